"""Organisation code 组织机构代码, GB 11714-1997: eight characters and a check character."""

import re
from dataclasses import dataclass

from tongban.base.codes.reading import CodeError, Read, holds, tidy

_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class OrgCode:
    """`text` is nine characters without the hyphen."""

    text: str

    @property
    def hyphenated(self) -> str:
        """As printed on certificates: 01413881-X."""
        return f"{self.text[:8]}-{self.text[8]}"


def parse_org_code(text: str) -> OrgCode:
    """The code, with or without its hyphen. Raises CodeError org_code.shape or org_code.check."""
    plain = _shaped(text)
    if plain[8] != check_character(plain[:8]):
        raise CodeError("org_code.check", f"组织机构代码 {plain} 的校验码不对，请核对是否抄错。")
    return OrgCode(plain)


def import_org_code(text: str) -> Read[OrgCode]:
    """The code as foreign data has it; a wrong check character is doubted, not refused."""
    try:
        plain = _shaped(text)
    except CodeError as doubt:
        return Read(text.strip(), None, (doubt,))
    try:
        return Read(plain, parse_org_code(plain))
    except CodeError as doubt:
        return Read(plain, OrgCode(plain), (doubt,))


def is_org_code(text: str) -> bool:
    """Whether the text is a valid organisation code."""
    return holds(parse_org_code, text)


def make_org_code(body: str) -> OrgCode:
    """The code of an eight-character body, check character computed."""
    return parse_org_code(body + check_character(body))


def check_character(body: str) -> str:
    """C9 = 11 - Σ value·weight mod 11, 10 written X and 11 written 0."""
    if not re.fullmatch(r"[0-9A-Z]{8}", body):
        raise CodeError("org_code.shape", "组织机构代码本体应为 8 位数字或大写字母。")
    rest = 11 - sum(int(c, 36) * w for c, w in zip(body, _WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def _shaped(text: str) -> str:
    plain = re.sub(r"^(.{8})-(.)$", r"\1\2", tidy(text))
    if not re.fullmatch(r"[0-9A-Z]{8}[0-9X]", plain):
        raise CodeError("org_code.shape", "组织机构代码应为 8 位数字或字母加 1 位校验码，如 01413881-X。")
    return plain
