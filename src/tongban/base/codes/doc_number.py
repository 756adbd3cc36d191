# ruff: noqa: RUF001, RUF002 -- the brackets of document numbers are what this is about
"""Document number 发文字号 (文号): agency code, year in 〔〕, serial (GB/T 9704-2012, 7.2.5)."""

import re
import unicodedata
from dataclasses import dataclass

from tongban.base.codes.reading import CodeError, Read, holds

_STRICT = re.compile(r"([\u4e00-\u9fa5（）]{1,20})〔((?:19|20)[0-9]{2})〕([1-9][0-9]{0,4})号")
_LOOSE = re.compile(
    r"(.{1,20}?)[〔\[({【<《⦗]((?:19|20)[0-9]{2})年?[〕\])}】>》⦘](?:第)?0*([1-9][0-9]{0,4})号"
)


@dataclass(frozen=True, slots=True)
class DocNumber:
    """坛政办发〔2013〕64号 is agency 坛政办发, year 2013, serial 64."""

    agency: str
    year: int
    serial: int

    @property
    def text(self) -> str:
        """As the standard prints it."""
        return f"{self.agency}〔{self.year}〕{self.serial}号"


def parse_doc_number(text: str) -> DocNumber:
    """The number in its standard form. Raises CodeError doc_number.shape."""
    found = _STRICT.fullmatch(text.strip())
    if not found:
        raise CodeError("doc_number.shape", "文号应写成“机关代字〔年份〕序号号”，如“坛政办发〔2013〕64号”。")
    return DocNumber(found[1], int(found[2]), int(found[3]))


def import_doc_number(text: str) -> Read[DocNumber]:
    """The number as found in the wild, brought to 〔〕 from [2011], (2012), ﹝﹞, ［］, 【】 and the like.

    Spaces, 第, 年 inside the brackets and leading zeros are dropped and doubted (doc_number.normalised); without a
    year there is no value and the text is kept (doc_number.no_year, doc_number.shape).
    """
    kept = text.strip()
    if _STRICT.fullmatch(kept):
        return Read(kept, parse_doc_number(kept))
    found = _LOOSE.fullmatch("".join(unicodedata.normalize("NFKC", kept).split()))
    if found:
        agency = found[1].replace("(", "（").replace(")", "）")
        value = DocNumber(agency, int(found[2]), int(found[3]))
        if is_doc_number(value.text):
            doubt = CodeError("doc_number.normalised", f"文号“{kept}”已规范为“{value.text}”。")
            return Read(value.text, value, (doubt,))
    if re.search(r"[0-9]号$", kept) and not re.search(r"(19|20)[0-9]{2}", kept):
        return Read(kept, None, (CodeError("doc_number.no_year", f"文号“{kept}”没有年份。"),))
    return Read(kept, None, (CodeError("doc_number.shape", f"“{kept}”不像文号，原样保留。"),))


def is_doc_number(text: str) -> bool:
    """Whether the text is a document number in its standard form."""
    return holds(parse_doc_number, text)


def make_doc_number(agency: str, year: int, serial: int) -> DocNumber:
    """The number of an agency code, a year and a serial 1–99999."""
    return parse_doc_number(f"{agency}〔{year}〕{serial}号")
