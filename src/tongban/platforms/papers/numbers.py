# ruff: noqa: RUF002 -- the brackets of document numbers
"""Numbers of documents (文号) and of results (证照编号): gap-free by organisation, kind and year, under any load.

A number is taken in the transaction that uses it and goes back with it; the series' row is held until then.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from psycopg.errors import DeadlockDetected, LockNotAvailable

from tongban.base.calendar import CHINA
from tongban.base.codes.doc_number import make_doc_number
from tongban.engine.errors import Refused
from tongban.engine.kinds import Change
from tongban.engine.wire import ask, statement, texts
from tongban.platforms.papers.models import AgencyWord, ResultNumber
from tongban.registry.queries import as_of

RESULT = "result"
_NEXT = """
INSERT INTO papers_series AS s (organisation_id, key, year, last) VALUES ($1, $2, $3, 1)
ON CONFLICT (organisation_id, key, year) DO UPDATE SET last = s.last + 1 RETURNING last"""
_SERIAL = statement(_NEXT)
_RESULT = statement(f"""
WITH next AS ({_NEXT}),
     made AS (SELECT substr(o.code, 9, 9) || '-' || $3::text || '-' || CASE WHEN next.last < 1000000 THEN lpad(next.last::text, 6, '0')
                     ELSE next.last::text END AS number FROM next, registry_organisation o WHERE o.id = $1)
SELECT number, EXISTS (SELECT 1 FROM papers_resultnumber r WHERE r.number = made.number) FROM made""")  # noqa: S608 -- of a constant
_KEPT = "INSERT INTO papers_resultnumber (number, case_id, organisation_id, matter_id, elsewhere)"
_OWN = statement(f"{_KEPT} VALUES ($1, $2, $3, $4, false)")
_KEEP = statement(f"""
{_KEPT} SELECT $1::varchar, $2::bigint, $3, $4, false
 WHERE NOT EXISTS (SELECT 1 FROM papers_resultnumber WHERE number = $1 AND organisation_id = $3 AND matter_id = $4)
ON CONFLICT DO NOTHING RETURNING id""")  # noqa: S608 -- of a constant
_SERIES = re.compile(r"[0-9A-Z]{9}-[0-9]{4}-[0-9]{6,}")
_DASHES = dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0x30FC, 0xFE58, 0xFE63, 0xFF0D), "-")
_DIGITS = "零一二三四五六七八九"


def next_serial(org: int, key: str, year: int) -> int:
    """The next number of that series. Raises Refused("busy") when somebody holds it for more than three seconds."""
    (serial,) = _take(_SERIAL, org, key, year) or ("0",)
    return int(serial)


def document_number(org: int, key: str, word: str, at: datetime) -> str:
    """文号, e.g. 安市监许受〔2026〕12号 (GB/T 9704-2012, 7.2.5)."""
    year = at.astimezone(CHINA).year
    return make_doc_number(agency_word(org) + word, year, next_serial(org, key, year)).text


def result_number(org: int, at: datetime) -> str:
    """证照编号: organisation code (9), year (4), serial (6), e.g. 990000025-2026-000012.

    One that stands on a result already (written by hand before that was refused) is passed over.
    """
    year = at.astimezone(CHINA).year
    number, known = _take(_RESULT, org, RESULT, year) or ("", "f")
    return result_number(org, at) if known == "t" else number


def plain(number: str) -> str:
    """A number of a result as it is compared: full-width letters, kinds of dashes, spaces and case do not matter."""
    text = unicodedata.normalize("NFKC", number.translate(_DASHES))
    return "".join(text.translate(_DASHES).split()).upper()


def is_series(number: str) -> bool:
    """Whether it looks like a number of ours, which only `result_number` gives."""
    return _SERIES.fullmatch(plain(number)) is not None


def keep_number(change: Change) -> None:
    """In the transaction that issues a result: its number is the only one of this matter in this organisation.

    Raises Refused: "number_taken", "busy" (somebody else is writing the same number at this moment).
    """
    number, facts = plain(str(change.event.payload["number"])), change.facts
    row = (number, facts.case_id, facts.org, facts.matter)
    if change.along is not None and is_series(
        number
    ):  # given by `result_number`, which has looked: nobody has it
        change.along.append((_OWN, texts(*row)))
    elif _take(_KEEP, *row) is None:
        raise Refused(
            "number_taken",
            f"编号“{change.event.payload['number']}”已经用在本单位同一事项的另一份证照上，请核对。",
            detail={"field": "certificate", "number": number},
        )


def keep_numbers(changes: Sequence[Change]) -> None:
    """What history and other systems tell is kept as they tell it, so that it is found; it may repeat."""
    told = [(plain(str(c.event.payload.get("number", "")))[:100], c.facts) for c in changes]
    ResultNumber.objects.bulk_create(
        [
            ResultNumber(
                number=n, case_id=f.case_id, organisation_id=f.org, matter_id=f.matter, elsewhere=True
            )
            for n, f in told
            if n and not n.startswith(f"{f.number}-")
        ],
        ignore_conflicts=True,
    )


def _take(name: bytes, *params: str | int) -> list[str] | None:
    try:
        row = ask((name, texts(*params)))
    except (LockNotAvailable, DeadlockDetected) as error:
        raise Refused("busy", "正在给别的文书编号，请稍候再试。") from error
    return None if row is None else [(value or b"").decode() for value in row]


def agency_word(org: int) -> str:
    """The organisation's 机关代字; where none is said, one is made of its short name and stays."""
    row = AgencyWord.objects.filter(pk=org).first()
    if row is not None:
        return row.word
    node = as_of().nodes.get(org)
    plain = "".join(c for c in (node.short_name or node.name if node else "") if "\u4e00" <= c <= "\u9fa5")
    word = plain[:10] or "机关"
    if AgencyWord.objects.filter(word=word).exists() or not plain:
        word = word[:8] + "".join(_DIGITS[int(c)] for c in str(org))
    return AgencyWord.objects.get_or_create(organisation_id=org, defaults={"word": word[:14]})[0].word
