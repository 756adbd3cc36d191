"""Citizen identity number 公民身份号码, GB 11643-1999, and the fifteen-digit form before it."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tongban.base.codes.reading import CodeError, Read, holds, tidy

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


@dataclass(frozen=True, slots=True)
class CitizenId:
    """`text` is eighteen characters, the last a digit or capital X."""

    text: str

    @property
    def region(self) -> str:
        """Six-digit region of first registration (as it was then; not where the person lives)."""
        return self.text[:6]

    @property
    def birth(self) -> date:
        """Date of birth."""
        return date(int(self.text[6:10]), int(self.text[10:12]), int(self.text[12:14]))

    @property
    def sex(self) -> Literal["male", "female"]:
        """By the parity of the sequence number."""
        return "male" if int(self.text[16]) % 2 else "female"

    def age(self, on: date) -> int:
        """Full years on that day (周岁)."""
        return on.year - self.birth.year - ((on.month, on.day) < (self.birth.month, self.birth.day))


def parse_citizen_id(text: str, *, county: bool = False, today: date | None = None) -> CitizenId:
    """The number. `county` also refuses region codes of a whole province or city; `today` refuses births after it.

    Raises CodeError citizen_id.length, .shape, .region, .birth or .check.
    """
    plain = tidy(text)
    if len(plain) != 18:
        raise CodeError("citizen_id.length", f"身份证号应为 18 位，现在是 {len(plain)} 位。")
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", plain):
        raise CodeError("citizen_id.shape", "身份证号应为 17 位数字加 1 位数字或 X。")
    if county and plain[4:6] == "00":
        raise CodeError("citizen_id.region", "身份证号前 6 位应为县级行政区划代码。")
    _birth(plain[6:14], today)
    if plain[17] != check_character(plain[:17]):
        raise CodeError("citizen_id.check", "身份证号的校验码不对，请核对是否输错。")
    return CitizenId(plain)


def import_citizen_id(text: str) -> Read[CitizenId]:
    """The number as old data has it: fifteen digits are brought to eighteen, faults are doubted, not refused."""
    plain = tidy(text)
    try:
        if len(plain) == 15:
            upgraded = upgrade_citizen_id(plain)
            return Read(
                upgraded.text, upgraded, (CodeError("citizen_id.old", "15 位旧号已按 19xx 年升为 18 位。"),)
            )
        return Read(plain, parse_citizen_id(plain))
    except CodeError as doubt:
        return Read(plain, None, (doubt,))


def is_citizen_id(text: str) -> bool:
    """Whether the text is a valid eighteen-character number."""
    return holds(parse_citizen_id, text)


def make_citizen_id(region: str, birth: date, sequence: int) -> CitizenId:
    """The number of a region, a birth and a sequence 0–999, check character computed. For tests and demonstrations."""
    body = f"{region}{birth:%Y%m%d}{sequence:03d}"
    return parse_citizen_id(body + check_character(body))


def upgrade_citizen_id(text: str) -> CitizenId:
    """The eighteen-character form of a fifteen-digit number (births 1900–1999)."""
    plain = tidy(text)
    if not re.fullmatch(r"[1-9][0-9]{14}", plain):
        raise CodeError("citizen_id.old_shape", "旧身份证号应为 15 位数字。")
    body = plain[:6] + "19" + plain[6:]
    return parse_citizen_id(body + check_character(body))


def check_character(body: str) -> str:
    """The 18th character (ISO 7064 MOD 11-2). Finds every single wrong digit."""
    if not re.fullmatch(r"[0-9]{17}", body):
        raise CodeError("citizen_id.shape", "身份证号前 17 位应为数字。")
    return _CHECKS[sum(int(c) * w for c, w in zip(body, _WEIGHTS, strict=True)) % 11]


def mask_citizen_id(text: str) -> str:
    """3204**********0015: the first and last four stay. Anything shorter than nine characters is hidden whole."""
    return text[:4] + "*" * (len(text) - 8) + text[-4:] if len(text) > 8 else "*" * len(text)


def _birth(digits: str, today: date | None) -> None:
    try:
        birth = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise CodeError("citizen_id.birth", f"身份证号中的出生日期 {digits} 不存在。") from None
    if today and birth > today:
        raise CodeError("citizen_id.birth", f"身份证号中的出生日期 {birth} 晚于今天。")
