"""Index numbers (索引号): the next of a publisher and a year, and those that were given before and are kept."""

from django.db import connection

from tongban.base.codes.index_number import import_index_number, make_index_number
from tongban.base.codes.reading import CodeError
from tongban.engine.errors import Refused
from tongban.registry.models import Organisation

LONGEST = 60
LAST_SERIAL = 99_999

_GAP = """
SELECT n FROM generate_series(1, %(last)s) n
 WHERE NOT EXISTS (SELECT FROM disclosure_record WHERE index_number = %(begins)s || lpad(n::text, 5, '0')) ORDER BY n LIMIT 1"""


def next_index_number(publisher: Organisation, year: int) -> str:
    """The next index number of a publisher.

    Where the five digits are used up, as by a number of another system that was mistyped, it is the lowest that nobody has.
    Raises Refused("no_code") where the publisher's code has no organisation code in it.
    """
    code = publisher.code[8:17]  # 统一社会信用代码: 9th to 17th character are the 组织机构代码
    serial = _count_to(code, year, None)
    try:
        return make_index_number(code, year, serial if serial <= LAST_SERIAL else _gap(code, year)).text
    except CodeError as error:
        raise Refused("no_code", f"编不出索引号：{error.message}") from error


def kept_index_number(given: str) -> str:
    """A number that another system gave, as it is kept; where it is one by the national rule, the house counts on from it.

    "" for none. Raises Refused("index_too_long").
    """
    if not given.strip():
        return ""
    read = import_index_number(given)
    if len(read.text) > LONGEST:
        raise Refused(
            "index_too_long", f"索引号超过 {LONGEST} 个字符，请核对。", detail={"field": "index_number"}
        )
    if read.value is not None:
        _count_to(read.value.publisher, read.value.year, read.value.serial)
    return read.text


def _count_to(code: str, year: int, serial: int | None) -> int:
    """Move the last serial of a publisher's year to this one, or by one; what it is now. Serials only go on."""
    moved = "greatest(s.last, excluded.last)" if serial is not None else "s.last + 1"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO disclosure_serial AS s (publisher_code, year, last) VALUES (%s, %s, %s) "  # noqa: S608 -- our own words
            f"ON CONFLICT (publisher_code, year) DO UPDATE SET last = {moved} RETURNING last",
            [code, year, serial if serial is not None else 1],
        )
        (last,) = cursor.fetchone()
    return int(last)


def _gap(code: str, year: int) -> int:
    """The lowest serial that no record of the publisher's year has; one too many where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_GAP, {"last": LAST_SERIAL, "begins": f"{code}/{year:04d}-"})
        row = cursor.fetchone()
    return int(row[0]) if row else LAST_SERIAL + 1
