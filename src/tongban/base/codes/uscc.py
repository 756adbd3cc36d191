"""Unified social credit code 统一社会信用代码, GB 32100-2015: eighteen characters of a 31-letter alphabet."""

import re
from dataclasses import dataclass

from tongban.base.codes import org_code
from tongban.base.codes.reading import CodeError, Read, holds, tidy

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
KINDS = {
    "11": "机关",
    "12": "事业单位",
    "13": "编办直接管理机构编制的群众团体",
    "19": "其他（机构编制）",
    "51": "社会团体",
    "52": "民办非企业单位",
    "53": "基金会",
    "59": "其他（民政）",
    "91": "企业",
    "92": "个体工商户",
    "93": "农民专业合作社",
}
_VALUES = {c: n for n, c in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, n, 31) for n in range(17))


@dataclass(frozen=True, slots=True)
class Uscc:
    """A code whose parts are where the standard puts them."""

    text: str

    @property
    def authority(self) -> str:
        """Registering department 登记管理部门 and kind of body 机构类别, two characters."""
        return self.text[:2]

    @property
    def kind(self) -> str:
        """The kind of body in words, or "" when the prefix is not a known one."""
        return KINDS.get(self.text[:2], "")

    @property
    def region(self) -> str:
        """Six-digit region of the registering authority (as it was then)."""
        return self.text[2:8]

    @property
    def org_code(self) -> org_code.OrgCode:
        """The organisation code inside, GB 11714."""
        return org_code.OrgCode(self.text[8:17])


def parse_uscc(text: str) -> Uscc:
    """The code. Raises CodeError uscc.length, uscc.alphabet, uscc.region, uscc.check or uscc.org_check."""
    plain = _shaped(text)
    for doubt in _doubts(plain):
        raise doubt
    return Uscc(plain)


def import_uscc(text: str) -> Read[Uscc]:
    """The code as foreign data has it; wrong check characters are doubted, not refused."""
    try:
        plain = _shaped(text)
    except CodeError as doubt:
        return Read(text.strip(), None, (doubt,))
    return Read(plain, Uscc(plain), tuple(_doubts(plain)))


def is_uscc(text: str) -> bool:
    """Whether the text is a valid unified social credit code."""
    return holds(parse_uscc, text)


def make_uscc(authority: str, region: str, organisation: str) -> Uscc:
    """The code of a two-character prefix, a six-digit region and a nine-character organisation code."""
    body = authority + region + organisation
    if len(body) != 17:
        raise CodeError("uscc.length", "前 17 位应由 2 位类别、6 位区划和 9 位组织机构代码组成。")
    return parse_uscc(body + check_character(body))


def check_character(body: str) -> str:
    """The 18th character: (31 - Σ value·3^(i-1) mod 31) mod 31. Finds every single wrong character."""
    try:
        total = sum(_VALUES[c] * w for c, w in zip(body, _WEIGHTS, strict=True))
    except (KeyError, ValueError):
        raise CodeError("uscc.alphabet", "前 17 位含有不允许的字符。") from None
    return ALPHABET[-total % 31]


def mask_uscc(text: str) -> str:
    """First four and last four characters; for sole traders, whose code leads to a person."""
    return text[:4] + "*" * (len(text) - 8) + text[-4:] if len(text) > 8 else "*" * len(text)


def _shaped(text: str) -> str:
    plain = re.sub(r"[-\u2010\u2013\u2014]", "", tidy(text))
    if len(plain) != 18:
        raise CodeError("uscc.length", f"统一社会信用代码应为 18 位，现在是 {len(plain)} 位。")
    strange = [c for c in plain if c not in _VALUES]
    if strange:
        raise CodeError(
            "uscc.alphabet",
            f"统一社会信用代码不使用“{strange[0]}”（不含 I、O、S、V、Z），请核对是否把数字抄成了字母。",
        )
    if not plain[2:8].isdigit():
        raise CodeError("uscc.region", "第 3 至 8 位应为 6 位行政区划数字。")
    return plain


def _doubts(plain: str) -> list[CodeError]:
    found = []
    if plain[17] != check_character(plain[:17]):
        found.append(CodeError("uscc.check", f"统一社会信用代码 {plain} 的校验码不对，请核对是否抄错。"))
    if plain[16] != org_code.check_character(plain[8:16]):
        found.append(CodeError("uscc.org_check", f"{plain} 中第 9 至 17 位组织机构代码的校验码不对。"))
    return found
