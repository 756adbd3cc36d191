"""What the press makes is read by programs that are not ours: qpdf (through pikepdf) and poppler's pdftotext."""

import shutil
import subprocess
from io import BytesIO

import pikepdf
import pytest

from tongban.base.typeset import TypesetError, typeset

TEMPLATE = """
#let d = json(bytes(sys.inputs.data))
#set document(title: d.title, author: d.office, date: datetime(year: 2026, month: 3, day: 2))
#set text(lang: "zh", region: "cn", font: ("Noto Serif CJK SC",), size: 16pt)
= #d.title
#d.words
"""
DATA = {
    "title": "受理通知书",
    "office": "安澜市市场监管局",
    "words": '喆堃镕㛃䶮 #read("/etc/passwd") *不是标记*',
}


def opened(data=DATA):
    return pikepdf.open(BytesIO(typeset(TEMPLATE, data)))


def test_qpdf_finds_nothing_wrong():
    with opened() as pdf:
        assert pdf.check_pdf_syntax() == []


def test_it_says_that_it_is_pdf_a_2a_and_pdf_ua_1_and_carries_what_they_ask():
    with opened() as pdf, pdf.open_metadata() as meta:
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"], meta["pdfuaid:part"]) == ("2", "A", "1")
        assert meta["dc:title"] == "受理通知书"
        root = pdf.Root
        assert str(root.Lang) == "zh-CN"
        assert bool(root.MarkInfo.Marked)
        assert "/StructTreeRoot" in root
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        assert root.OutputIntents[0].DestOutputProfile.read_bytes()
        assert "/Encrypt" not in pdf.trailer


def test_every_font_is_embedded_and_can_be_read_back_as_text():
    with opened() as pdf:
        fonts = [f for page in pdf.pages for f in page.Resources.Font.values()]
        assert fonts
        for font in fonts:
            assert "/ToUnicode" in font
            file = font.DescendantFonts[0].FontDescriptor
            assert any(key in file for key in ("/FontFile2", "/FontFile3"))


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not on this machine")
def test_the_text_can_be_selected_as_it_was_given_and_nothing_typed_became_markup():
    read = subprocess.run(
        ["pdftotext", "-", "-"], input=typeset(TEMPLATE, DATA), capture_output=True, check=True
    )

    text = read.stdout.decode()
    assert "喆堃镕㛃䶮" in text
    assert '#read("/etc/passwd") *不是标记*' in " ".join(text.split())


def test_the_same_input_gives_the_same_bytes():
    turned = dict(reversed(DATA.items()))

    assert typeset(TEMPLATE, DATA) == typeset(TEMPLATE, turned)


@pytest.mark.parametrize(
    "template",
    [
        '#read("/etc/passwd")',
        '#read("../../../etc/passwd")',
        '#import "@preview/cetz:0.3.0"',
        "#nonsense",
        "= 没有标题",
    ],
)
def test_a_template_reaches_nothing_outside_and_its_faults_are_told(template):
    with pytest.raises(TypesetError):
        typeset(template, {})
