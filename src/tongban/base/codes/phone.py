"""Telephone numbers 电话号码 as people and exchanges write them, brought to one form (E.164 where there is one)."""

import re
from dataclasses import dataclass
from typing import Literal

import phonenumbers

from tongban.base.codes.reading import CodeError, holds, tidy


@dataclass(frozen=True, slots=True)
class Phone:
    """`e164` is +8613800138000, "" for short numbers (12345), which have none; `national` is as dialled at home."""

    national: str
    e164: str
    kind: Literal["mobile", "fixed", "toll_free", "short", "foreign"]
    extension: str = ""


def parse_phone(text: str, *, area: str = "") -> Phone:
    """The number a person or a caller-ID gave. `area` (0519) completes local numbers of seven or eight digits.

    Accepts 0, 86, +86 or 0086 before a mobile number, hyphens, brackets, spaces, and an extension after a hyphen or 转.
    Raises CodeError phone.shape or phone.area.
    """
    plain = re.sub(r"^(?:00|\+)86", "", re.sub(r"[()·.]", "", tidy(text)))
    number, extension = _split_extension(plain)
    if number.startswith("+") or (number.startswith("00") and len(number) > 10):
        return _foreign("+" + number.lstrip("+0"), text)
    number = number.replace("-", "")
    mobile = re.fullmatch(r"(?:0|86)?(1[3-9][0-9]{9})", number)
    if mobile:
        return _domestic(mobile[1], "mobile", extension)
    if re.fullmatch(r"[48]00[0-9]{7}", number):
        return _domestic(number, "toll_free", extension)
    if re.fullmatch(r"(?:0[0-9]{2,3})?(?:1[0-9]{2}|1[0-9]{4}|9[56][0-9]{3,6})", number):
        return Phone(number, "", "short", extension)
    if re.fullmatch(r"[2-9][0-9]{6,7}", number):
        if not re.fullmatch(r"0[0-9]{2,3}", area):
            raise CodeError("phone.area", "固定电话请写上区号，如 0519-82881234。")
        number = area + number
    if plain != tidy(text) and re.fullmatch(r"[1-9][0-9]{8,11}", number):
        number = "0" + number  # +86 519 8288 1234
    if re.fullmatch(r"0[0-9]{2,3}[2-9][0-9]{6,7}", number):
        return _domestic(number, "fixed", extension)
    raise CodeError("phone.shape", "请填写 11 位手机号，或带区号的固定电话，如 0519-82881234。")


def is_phone(text: str) -> bool:
    """Whether the text is a telephone number complete with its area code."""
    return holds(parse_phone, text)


def mask_phone(text: str) -> str:
    """138****8000: four digits before the last four are hidden; short numbers are not secret."""
    digits = re.sub(r"[^0-9+]", "", text)
    if len(digits) < 8:
        return text if len(digits) <= 5 else "*" * len(digits)
    return digits[:-8] + "****" + digits[-4:]


def _domestic(number: str, kind: Literal["mobile", "fixed", "toll_free"], extension: str) -> Phone:
    parsed = phonenumbers.parse(number, "CN")
    if not phonenumbers.is_possible_number(parsed) or (
        kind == "fixed" and not phonenumbers.is_valid_number(parsed)
    ):
        raise CodeError("phone.shape", f"{number} 不是有效的电话号码，请核对区号和位数。")
    return Phone(
        number, phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), kind, extension
    )


def _foreign(number: str, given: str) -> Phone:
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        raise CodeError("phone.shape", f"“{given}”不是有效的国际电话号码。") from None
    if not phonenumbers.is_valid_number(parsed):
        raise CodeError("phone.shape", f"“{given}”不是有效的国际电话号码。")
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return Phone(written, written, "foreign")


def _split_extension(plain: str) -> tuple[str, str]:
    found = re.fullmatch(r"(\+?[0-9-]*?[0-9]{7,})(?:转|EXT|-)([0-9]{1,6})", plain)
    return (found[1], found[2]) if found else (plain, "")
