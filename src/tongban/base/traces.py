"""Personal data in words that are to become public. Pure; finds traces, the person who publishes judges the rest."""

import re
import unicodedata

# Each begins where a run of its characters begins, so that a long run is looked at once and not from every place in it.
_TRACES = (
    ("手机号码", re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")),
    ("电话号码", re.compile(r"(?<!\d)0\d{2,3}[-—]?\d{7,8}(?!\d)")),
    ("证件号码", re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")),
    ("银行卡号", re.compile(r"(?<!\d)\d{16,19}(?!\d)")),
    ("邮箱", re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++\.[\w.]+")),
    ("车牌号码", re.compile(r"[\u4e00-\u9fff][A-Z][·•]?[A-Z0-9]{5,6}(?![A-Z0-9])")),
    ("门牌", re.compile(r"(?<!\d)\d++\s*(?:号楼|栋|单元)\s*\d*|\d{3,4}\s*室")),
)
#: What people write between the groups of a long number.
_APART = re.compile(r"(?<=\d)[ \-\u2010-\u2015·.]+(?=\d)")


def traces(text: str, *, names: tuple[str, ...] = ()) -> list[str]:
    """What in the text tells who somebody is, in words for the person who is to remove it; `names` are known ones."""
    plain = unicodedata.normalize("NFKC", text)  # digits in full width are digits
    said = (plain, _APART.sub("", plain))  # 138 0013 8000 is a telephone number, too
    found = [f"{what}“{m.group()}”" for t in said for what, pattern in _TRACES for m in pattern.finditer(t)]
    close = "".join(plain.split())
    found += [f"姓名“{name}”" for name in names if len(name) > 1 and "".join(name.split()) in close]
    return list(dict.fromkeys(found))
