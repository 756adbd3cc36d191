"""Document numbers 发文字号 in running text: the document's own apart from those it cites. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tongban.base.codes.doc_number import import_doc_number

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPEN, _CLOSE = r"[〔\[({【<《⦗{]", r"[〕\])}】>》⦘}]"
_YEAR = r"(?:19|20)[0-9]{2}"
_NUMBER = re.compile(
    rf"(?P<agency>[\u4e00-\u9fff](?:[ ]?[\u4e00-\u9fff]|[(][\u4e00-\u9fff]{{1,6}}[)])*)\s*{_OPEN}\s*(?P<year>{_YEAR})\s*年?\s*{_CLOSE}\s*第?\s*"
    r"(?P<serial>[0-9]{1,5})\s*号"
)
_CORE = re.compile(rf"{_OPEN}\s*(?P<year>{_YEAR})\s*年?\s*{_CLOSE}\s*第?\s*(?P<serial>[0-9]{{1,5}})\s*号")
_AGENCY = re.compile(r"[\u4e00-\u9fff](?:[ ]?[\u4e00-\u9fff]|[ ]?[(][\u4e00-\u9fff]{1,6}[)])*\s*$")
_LOST_YEAR = re.compile(
    rf"(?P<agency>[\u4e00-\u9fff]{{1,10}}(?:发|办|函|字|规|通|告|电|复|请|报|议|决|任|令))\s*(?:{_OPEN}\s*{_CLOSE})?\s*第?(?P<serial>[0-9]{{1,4}})\s*号"
)
_ORDER = re.compile(
    r"^(?P<head>[\u4e00-\u9fff]{2,30}(?:令|公告|通告))?\s*[(〔\[]?\s*(?P<number>(?:(?:19|20)[0-9]{2}\s*年\s*)?第\s*[0-9一二三四五六七八九十百〇零]{1,6}\s*号)\s*[)〕\]]?$"
)
_STOPS = re.compile(
    r"文件|文号|字号|编号|[通知意见办法方案规定决定批复公告通告细则]{2}(?=[\u4e00-\u9fff]{2,})|号|[的于按据和与及照《》根依](?=[\u4e00-\u9fff]{2,})"
)


@dataclass(frozen=True, slots=True)
class NumberFound:
    """A number at a place of a folded text. `value` is in its standard form, or the text without its lost year."""

    value: str
    start: int
    end: int
    has_year: bool = True
    certain: bool = True
    """False where the agency code ran together with the words before it."""


def find_numbers(folded: str) -> Iterator[NumberFound]:
    """Every number with a year, in order."""
    for core in _CORE.finditer(folded):
        before = _AGENCY.search(folded[max(0, core.start() - 24) : core.start()])
        if not before:
            continue
        run = before[0].replace(" ", "")
        agency, apart = _agency(run)
        value = _standard(agency, core["year"], core["serial"])
        if value:
            at = core.start() - len(before[0]) if len(agency) == len(run) else core.start() - len(agency)
            yield NumberFound(value, at, core.end(), certain=apart)


def whole_number(folded: str) -> NumberFound | None:
    """The number that a line or cell consists of, alone or in brackets, perhaps after 文号: or before 签发人."""
    text = re.sub(r"签\s*发\s*人.*$", "", folded).strip()
    text = re.sub(r"^(?:号|文号|字号|编号)\s*[:.]?\s*", "", text).strip()
    text = re.sub(r"^[(](.*号)[)]$", r"\1", text)
    found = next(find_numbers(text), None)
    if found and found.start == 0 and found.end >= len(text.rstrip(" .。")):
        return found
    lost = _LOST_YEAR.fullmatch(text.rstrip(" .。"))
    if lost and len(lost["agency"]) <= 8:
        return NumberFound(f"{lost['agency']}{int(lost['serial'])}号", 0, len(text), has_year=False)
    return None


def number_after(folded: str) -> NumberFound | None:
    """The number that follows directly where a title has ended, in text run together."""
    lead = re.match(r"[\s.。,，(:;]*(?:号|文号)?[\s.。(:]*", folded)
    at = lead.end() if lead else 0
    rest = folded[at : at + 40]
    found = _NUMBER.match(rest)
    if found and len(found["agency"]) <= 14:
        value = _standard(found["agency"].replace(" ", ""), found["year"], found["serial"])
        if value:
            return NumberFound(value, at, at + found.end())
    lost = _LOST_YEAR.match(rest)
    if lost and len(lost["agency"]) <= 8:
        return NumberFound(f"{lost['agency']}{int(lost['serial'])}号", at, at + lost.end(), has_year=False)
    return None


def order_number(folded: str) -> tuple[str, str] | None:
    """(head, number) of a line such as 安澜市人民政府令第12号, 第 12 号, 2023年第5号; head is "" where it stands alone."""
    found = _ORDER.fullmatch(folded.strip())
    if not found:
        return None
    return found["head"] or "", "".join(found["number"].split())


def cited(before: str, after: str) -> bool:
    """Whether a number between these texts is a citation: 《…》（川办函〔2012〕19号）, 根据…要求."""
    return bool(
        re.search(
            r"[》\"”」]\s*[(]?\s*$|(?:根据|按照|依据|关于|贯彻|落实|遵照|参照|执行|以及|和|、)\s*[《(]?\s*$",
            before,
        )
    ) or bool(re.match(r"\s*[)]?\s*(?:文件|文|精神|要求|规定|同时废止|废止|等|的)", after))


def with_year(value: str, year: int) -> str | None:
    """A number whose year was lost, completed: 商政办发21号 and 2014 give 商政办发〔2014〕21号."""
    found = re.fullmatch(r"(.+?)([0-9]{1,5})号", value)
    return _standard(found[1], str(year), found[2]) if found else None


def _standard(agency: str, year: str, serial: str) -> str | None:
    read = import_doc_number(f"{agency}〔{year}〕{int(serial)}号")
    return read.value.text if read.value else None


def _agency(text: str) -> tuple[str, bool]:
    """The agency code at the end of a run of characters, and whether it stood apart."""
    cut = 0
    for stop in _STOPS.finditer(text):
        cut = stop.end()
    code = text[cut:]
    if 1 <= len(code) <= 10:
        return code, cut == 0
    return code[-10:], False
