# ruff: noqa: RUF002 -- the brackets of document numbers
"""Numbers of documents (文号) and of results (证照编号): gap-free by organisation, kind and year, under any load.

A number is taken in the transaction that uses it and goes back with it; the series' row is held until then.
"""

from datetime import datetime
from typing import Any

from django.db import OperationalError, connection

from tongban.base.calendar import CHINA
from tongban.base.codes.doc_number import make_doc_number
from tongban.engine.errors import Refused
from tongban.platforms.papers.models import AgencyWord
from tongban.registry.queries import as_of

RESULT = "result"
_NEXT = """
INSERT INTO papers_series AS s (organisation_id, key, year, last) VALUES (%s, %s, %s, 1)
ON CONFLICT (organisation_id, key, year) DO UPDATE SET last = s.last + 1 RETURNING last"""
_RESULT = f"""
WITH next AS ({_NEXT})
SELECT substr(o.code, 9, 9), next.last FROM next, registry_organisation o WHERE o.id = %s"""  # noqa: S608 -- of a constant
_DIGITS = "零一二三四五六七八九"


def next_serial(org: int, key: str, year: int) -> int:
    """The next number of that series. Raises Refused("busy") when somebody holds it for more than three seconds."""
    return int(_take(_NEXT, org, key, year)[0])


def document_number(org: int, key: str, word: str, at: datetime) -> str:
    """文号, e.g. 安市监许受〔2026〕12号 (GB/T 9704-2012, 7.2.5)."""
    year = at.astimezone(CHINA).year
    return make_doc_number(agency_word(org) + word, year, next_serial(org, key, year)).text


def result_number(org: int, at: datetime) -> str:
    """证照编号: organisation code (9), year (4), serial (6), e.g. 990000025-2026-000012."""
    year = at.astimezone(CHINA).year
    code, serial = _take(_RESULT, org, RESULT, year, org)
    return f"{code}-{year}-{serial:06d}"


def _take(sql: str, *params: str | int) -> tuple[Any, ...]:
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            row: tuple[Any, ...] = cursor.fetchone()
            return row
    except OperationalError as error:
        raise Refused("busy", "正在给别的文书编号,请稍候再试。") from error


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
