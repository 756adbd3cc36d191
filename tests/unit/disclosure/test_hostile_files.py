"""Hostile files are refused or made harmless, in words that say why and how to mend it; those beside them are read."""

import io
import time

import pytest

from tests.unit.disclosure import hostile, made
from tests.unit.disclosure.hostile import LINES, NEUTRAL, REFUSED, TEXT, TITLE
from tongban.base.files import DOCUMENTS, FileRefused, clean_filename, sniff
from tongban.platforms.disclosure.reader import DocumentRefused, open_source, read_bytes
from tongban.platforms.disclosure.reader.batches import zip_files

#: What the public may hand in (`faces.hall.services.TAKEN`) and what the counter takes.
DOORS = (frozenset({"pdf", "jpg", "png", "ofd"}), DOCUMENTS)
UNREAD = {"document.entities", "document.no_text", "document.damaged", "document.bomb", "document.locked"}
"""What only a reader stumbles over: at the doors such a file is kept unopened, and leaves as a download."""


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_file_is_refused_in_words(case):
    name, data, code = REFUSED[case]
    begun = time.process_time()
    with pytest.raises(DocumentRefused) as refused:
        read_bytes(data, name)
    assert refused.value.code == code
    assert "请" in refused.value.message, "how to mend it"
    assert time.process_time() - begun < 3


@pytest.mark.parametrize("case", NEUTRAL)
def test_what_is_dangerous_in_a_file_is_left_out_and_said(case):
    name, data, word = NEUTRAL[case]
    begun = time.process_time()
    reading = read_bytes(data, name)
    assert time.process_time() - begun < 5
    assert reading.value("title") == TITLE
    assert reading.value("index_number") is None
    told = " ".join(reading.warnings)
    assert word in told if word else "公开前" not in told
    assert not {"\x00", "\x1b", "\u202e", "\u2066", "\ufffe"} & set(reading.body)
    assert "伪造" not in reading.body
    assert "alert" not in reading.body or case == "text that breaks the page", "a text may speak of it"
    assert chr(0x0301) * 3 not in reading.body


def test_forms_that_draw_each_other_end():
    begun = time.process_time()
    with pytest.raises(DocumentRefused, match=r"没有文字|解开后过大"):
        read_bytes(hostile.pdf_of_laughing_forms(), "图.pdf")
    assert time.process_time() - begun < 5


def ofd_of_steps(pieces: int, step: float) -> bytes:
    """A page of an OFD on which every piece of text lies `step` mm below the one before."""
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    texts = "".join(
        f'<ofd:TextObject Boundary="0 {n * step:g} 9 9"><ofd:TextCode X="0" Y="0">字{n}</ofd:TextCode></ofd:TextObject>'
        for n in range(pieces)
    )
    return made.zipped(
        {
            "OFD.xml": f"<ofd:OFD {space}><ofd:DocRoot>D.xml</ofd:DocRoot></ofd:OFD>",
            "D.xml": f'<ofd:Document {space}><ofd:Page BaseLoc="P.xml"/></ofd:Document>',
            "P.xml": f"<ofd:Page {space}>{texts}</ofd:Page>",
        }
    )


def test_text_at_very_many_heights_is_read_in_one_pass():
    begun = time.process_time()
    source = open_source(ofd_of_steps(20_000, 3), "高.ofd")
    assert time.process_time() - begun < 2
    assert [line.bare for line in source.lines[:2]] == ["字0", "字1"]
    assert len(source.lines) == 20_000
    near = open_source(ofd_of_steps(4, 1.5), "近.ofd")
    assert [line.bare for line in near.lines] == ["字0字1", "字2字3"]


def test_of_a_page_with_monstrously_many_pieces_only_the_first_are_read(monkeypatch):
    monkeypatch.setattr("tongban.platforms.disclosure.reader.formats.ofd.MOST_PIECES", 3)
    source = open_source(ofd_of_steps(5, 3), "多.ofd")
    assert [line.bare for line in source.lines] == ["字0", "字1", "字2"]
    assert "超过" in source.warnings[0]


@pytest.mark.parametrize("step", [float("nan"), float("inf"), 1e300])
def test_places_that_are_no_numbers_do_no_harm(step):
    assert open_source(ofd_of_steps(3, step), "数.ofd").lines


FORMATS = {
    "一.docx": made.docx(LINES),
    "一.html": f"<html><body><p>{'</p><p>'.join(LINES)}</p></body></html>".encode(),
    "一.ofd": made.ofd(LINES),
    "一.pdf": made.pdf(LINES),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_stops_when_its_time_is_over(monkeypatch, name):
    assert len(open_source(FORMATS[name], name).lines) == len(LINES)
    monkeypatch.setattr("tongban.platforms.disclosure.reader.formats.patience.MOST_SECONDS", -1.0)
    if name.endswith((".ofd", ".pdf")):  # of which nothing is left then
        with pytest.raises(DocumentRefused, match="没有文字"):
            open_source(FORMATS[name], name)
    else:
        told = open_source(FORMATS[name], name)
        assert not told.lines
        assert "过于复杂" in told.warnings[0]


def test_tables_within_tables_end(monkeypatch):
    monkeypatch.setattr("tongban.platforms.disclosure.reader.formats.patience.MOST_SECONDS", 0.5)
    inner = "<w:p/>" * 30_000
    for _ in range(80):
        inner = f"<w:tbl><w:tr><w:tc>{inner}</w:tc></w:tr></w:tbl>"
    body = f'<w:document xmlns:w="{made.W}"><w:body>{inner}</w:body></w:document>'
    begun = time.process_time()
    open_source(made.zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": body}), "套.docx")
    assert time.process_time() - begun < 2


def test_an_archive_is_taken_file_by_file():
    told = {file.name: file.refused.code if file.refused else "" for file in zip_files(hostile.tricky_zip())}
    assert told == hostile.TRICKS


def test_one_locked_file_does_not_lock_the_others_out():
    files = list(zip_files(hostile.locked_zip()))
    assert [(file.name, file.refused.code if file.refused else file.data.decode()) for file in files] == [
        ("好.txt", TEXT),
        ("锁.txt", "document.locked"),
    ]


def test_entries_that_share_their_bytes_are_a_bomb():
    with pytest.raises(DocumentRefused) as refused:
        list(zip_files(hostile.flat_bomb()))
    assert refused.value.code in {
        "document.bomb",
        "document.damaged",
    }  # newer versions of Python see it first


@pytest.mark.parametrize("case", [case for case in REFUSED if case != "picture"])
@pytest.mark.parametrize("taken", DOORS, ids=("public", "counter"))
def test_the_doors_for_materials_take_none_of_them_or_keep_it_closed(case, taken):
    name, data, code = REFUSED[case]
    said = refusal_of(name, data, taken)
    assert "请" in said if said else code in UNREAD | {"document.empty"}


def refusal_of(name, data, taken):
    """The words with which a door refuses a file, "" where it takes it."""
    try:
        sniff(io.BytesIO(data), name, allowed=taken)
    except FileRefused as refused:
        return refused.message
    return ""


def test_names_of_devices_and_directions_are_harmless():
    assert clean_filename("CON.txt") == "_CON.txt"
    assert clean_filename("a/aux") == "_aux"
    assert clean_filename("nul .pdf") == "_nul .pdf"
    assert clean_filename("控制.txt") == "控制.txt"
    assert clean_filename("通知\u202efdp.exe") == "通知fdp.exe"
