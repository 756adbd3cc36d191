"""Index number 索引号 of published government information: 组织机构代码/年-五位流水号, twenty characters.

《政府信息公开目录系统实施指引（试行）》: given at publication, never changed.
Cities deviate; so imports keep what they find.
"""

import re
from dataclasses import dataclass

from tongban.base.codes.org_code import is_org_code
from tongban.base.codes.reading import CodeError, Read, holds, tidy
from tongban.base.codes.uscc import is_uscc

_STRICT = re.compile(r"([0-9A-Z]{8}[0-9X])/([0-9]{4})-([0-9]{5})")
_LOOSE = re.compile(r"([0-9A-Z]+)[/-]([0-9]{4})([0-9]{2})?-([0-9]+)")


@dataclass(frozen=True, slots=True)
class IndexNumber:
    """01413881X/2013-00051 is publisher 01413881X, year 2013, serial 51."""

    publisher: str
    year: int
    serial: int

    @property
    def text(self) -> str:
        """The twenty characters."""
        return f"{self.publisher}/{self.year}-{self.serial:05d}"


def parse_index_number(text: str) -> IndexNumber:
    """The number by the national rule. Raises CodeError index_number.shape or index_number.publisher."""
    found = _STRICT.fullmatch(tidy(text))
    if not found:
        raise CodeError(
            "index_number.shape",
            "索引号应为“9 位组织机构代码/4 位年份-5 位流水号”，如 01413881X/2013-00051。",
        )
    if not is_org_code(found[1]):
        raise CodeError("index_number.publisher", f"索引号中的组织机构代码 {found[1]} 校验码不对。")
    return IndexNumber(found[1], int(found[2]), int(found[3]))


def import_index_number(text: str) -> Read[IndexNumber]:
    """The number as published elsewhere. Never refused: an index number, once given, is that document's for ever.

    A value is given where the shape is the national one; else the text alone, with the deviation as doubt.
    """
    kept = tidy(text)
    national = _STRICT.fullmatch(kept)
    if national:
        value = IndexNumber(national[1], int(national[2]), int(national[3]))
        if is_org_code(value.publisher):
            return Read(kept, value)
        doubt = CodeError(
            "index_number.publisher", f"组织机构代码 {value.publisher} 校验码不对，索引号原样保留。"
        )
        return Read(kept, value, (doubt,))
    found = _LOOSE.fullmatch(kept)
    if not found:
        return Read(
            kept, None, (CodeError("index_number.shape", f"“{kept}”不是国家规定的索引号形式，原样保留。"),)
        )
    doubts = []
    if is_uscc(found[1]):
        doubts.append(CodeError("index_number.uscc", "前段码是统一社会信用代码，不是 9 位组织机构代码。"))
    elif not is_org_code(found[1]):
        doubts.append(CodeError("index_number.publisher", f"前段码 {found[1]} 不是组织机构代码。"))
    if found[3]:
        doubts.append(CodeError("index_number.month", "后段码的年份后带有月份。"))
    if len(found[4]) != 5:
        doubts.append(CodeError("index_number.serial", f"流水号是 {len(found[4])} 位，不是 5 位。"))
    if "/" not in kept:
        doubts.append(CodeError("index_number.separator", "前段码与后段码之间没有“/”。"))
    return Read(kept, None, tuple(doubts))


def is_index_number(text: str) -> bool:
    """Whether the text is an index number by the national rule."""
    return holds(parse_index_number, text)


def make_index_number(organisation: str, year: int, serial: int) -> IndexNumber:
    """The number of a publisher's organisation code, a year and a serial 1–99999."""
    if not 1 <= serial <= 99999:
        raise CodeError("index_number.serial", "索引号流水号应在 1 至 99999 之间。")
    return parse_index_number(f"{organisation}/{year:04d}-{serial:05d}")
