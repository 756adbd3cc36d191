"""The same document is read from every format; hostile files are refused or made harmless, in words."""

import pytest

from tests.unit.disclosure import made
from tongban.platforms.disclosure.reader import DocumentRefused, read_bytes
from tongban.platforms.disclosure.reader.batches import files_of, zip_files

LINES = [
    "临川市人民政府办公室关于做好防汛抗旱工作的通知",
    "临政办发〔2019〕17号",
    "各县(区)人民政府，市政府各部门：",
    "为做好防汛工作，现通知如下。",
    "临川市人民政府办公室",
    "2019年4月12日",
]
TEXT = "\n".join(LINES)
TABLE = [
    ["索引号", "014416330/2019-00017", "发布机构", "临川市人民政府办公室"],
    ["文号", "临政办发〔2019〕17号", "发布日期", "2019-04-15"],
]
PAGE = f"""<!DOCTYPE html><html><head><title>通知_临川市人民政府</title><meta name="ArticleTitle" content="{LINES[0]}">
<meta name="PubDate" content="2019-04-15 10:20"><script>document.write('伪造标题的通知')</script></head><body>
<nav><a href="/">首页</a><a href="/x">关于其他事情的通知</a></nav>
<table>{"".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in TABLE)}</table>
<h1>{LINES[0]}</h1><div>{"".join(f"<p>{line}</p>" for line in LINES[1:])}</div>
<p style="display:none">索引号：999999999/2000-00001</p><ul><li><a href="/y">另一机关关于别的事的通知</a></li></ul></body></html>"""

FILES = {
    "a.txt": TEXT.encode(),
    "gb.txt": TEXT.encode("gb18030"),
    "u16.txt": TEXT.encode("utf-16"),
    "a.html": PAGE.encode(),
    "gb.htm": PAGE.replace("<head>", '<head><meta charset="gb2312">').encode("gb18030"),
    "a.docx": made.docx(LINES, TABLE),
    "a.ofd": made.ofd(LINES),
    "a.pdf": made.pdf(LINES),
}


@pytest.mark.parametrize("name", FILES)
def test_every_format_says_the_same(name):
    reading = read_bytes(FILES[name], name)
    assert reading.value("title") == LINES[0]
    assert reading.value("number") == "临政办发〔2019〕17号"
    assert reading.value("issuer") == "临川市人民政府办公室"
    assert reading.value("issued") == "2019-04-12"


def test_radicals_and_gaps_that_a_printer_left_in_a_pdf_are_put_right():
    lines = [
        "临川市⼈⺠政府关于做好⼤⽓防治⼯作的通知",
        "临政发〔 2019 〕 17 号",
        "各县(区)⼈⺠政府：",
        "为做好 2019 年⼤⽓防治，现通知如下。",
        "临川市⼈⺠政府",
        "2019 年 4 ⽉ 12 ⽇",
    ]
    reading = read_bytes(made.pdf(lines), "a.pdf")
    assert reading.value("title") == "临川市人民政府关于做好大气防治工作的通知"
    assert reading.value("number") == "临政发〔2019〕17号"
    assert reading.value("issuer") == "临川市人民政府"
    assert reading.value("issued") == "2019-04-12"
    assert "为做好2019年大气防治，现通知如下。" in reading.body
    assert "2019年4月12日" in reading.body


@pytest.mark.parametrize("name", ["a.html", "a.docx"])
def test_tables_of_pages_are_read_by_their_cells(name):
    reading = read_bytes(FILES[name], name)
    assert reading.value("index_number") == "014416330/2019-00017"
    assert reading.value("publisher") == "临川市人民政府办公室"
    assert reading.value("published") == "2019-04-15"


def test_a_script_is_not_run_and_the_page_says_so():
    reading = read_bytes(FILES["a.html"], "a.html")
    assert "伪造" not in reading.body
    assert any("脚本" in warning for warning in reading.warnings)


def bomb() -> bytes:
    return made.docx(["x"], extra={"word/media/a.bin": b"\0" * 60_000_000})


ENTITIES = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x SYSTEM "file:///etc/passwd">'
HOSTILE = {
    "empty": (b"  ", "a.txt", "document.empty"),
    "pdf said to be text": (made.pdf(LINES), "a.txt", "document.mismatch"),
    "page said to be docx": (PAGE.encode(), "a.docx", "document.mismatch"),
    "macro": (made.docx(LINES, extra={"word/vbaProject.bin": b"x"}), "a.docx", "document.macro"),
    "old word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.doc", "document.old_office"),
    "bomb": (bomb(), "a.docx", "document.bomb"),
    "entities": (made.docx(LINES, prolog=ENTITIES), "a.docx", "document.entities"),
    "outside entity": (made.docx(LINES, prolog=OUTSIDE), "a.docx", "document.entities"),
    "program": (b"\x7fELF" + b"\0" * 100, "a.txt", "document.mismatch"),
    "noise": (bytes(range(256)) * 20, "a.txt", "document.not_text"),
    "damaged pdf": (b"%PDF-1.7\nnothing", "a.pdf", "document.damaged"),
    "damaged zip": (b"PK\x03\x04" + b"\1" * 50, "a.docx", "document.damaged"),
    "zip in place of docx": (made.zipped({"a.txt": "x"}), "a.docx", "document.kind"),
    "ofd pointing outside": (
        made.zipped({"OFD.xml": "<a xmlns='x'><DocRoot>../../../etc/passwd</DocRoot></a>"}),
        "a.ofd",
        "document.damaged",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused_in_words(case):
    data, name, code = HOSTILE[case]
    with pytest.raises(DocumentRefused) as refused:
        read_bytes(data, name)
    assert refused.value.code in {code, "document.kind"} if case == "program" else refused.value.code == code
    assert len(refused.value.message) > 5


def test_deep_pages_do_not_break_the_reader():
    read_bytes(("<html><body>" + "<div>" * 5000 + TEXT + "</body></html>").encode(), "a.html")


def test_a_batch_goes_on_over_what_it_refuses():
    data = made.zipped(
        {
            "好的/a.txt": TEXT,
            "../../etc/cron.d/x.txt": TEXT,
            "/absolute.txt": TEXT,
            "C:\\windows\\x.txt": TEXT,
            "bomb.docx": bomb(),
            "b.txt": TEXT,
        }
    )
    verdicts = {}
    for file in zip_files(data):
        try:
            if file.refused:
                raise file.refused
            read_bytes(file.data, file.name)
            verdicts[file.name] = "ok"
        except DocumentRefused as refused:
            verdicts[file.name] = refused.code
    assert verdicts == {
        "好的/a.txt": "ok",
        "etc/cron.d/x.txt": "document.path",
        "absolute.txt": "document.path",
        "C:/windows/x.txt": "document.path",
        "bomb.docx": "document.bomb",
        "b.txt": "ok",
    }


def test_names_written_by_chinese_systems_are_readable():
    data = bytearray(made.zipped({"AAAA.txt": TEXT}))
    name = "通知".encode("gb18030")  # four bytes, without the mark of UTF-8
    assert zip_names(bytes(data).replace(b"AAAA", name)) == ["通知.txt"]
    assert zip_names(made.zipped({"通知.txt": TEXT})) == ["通知.txt"]


def zip_names(data: bytes) -> list[str]:
    return [file.name for file in zip_files(data)]


def test_links_in_a_folder_are_not_followed(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "b.txt").symlink_to("/etc/passwd")
    assert [file.name for file in files_of(tmp_path)] == ["a.txt"]
