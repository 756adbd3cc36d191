"""Small real files for the demonstration: a one-page PDF, a floor plan as PNG; same words, same bytes. Pure."""

import struct
import zlib
from collections.abc import Sequence


def pdf_page(title: str, lines: Sequence[str]) -> bytes:
    """A PDF 1.4 page of A4 with a title and lines of Chinese, set in the viewer's own Song face (STSong-Light)."""
    text = ["BT /F1 20 Tf 80 760 Td", f"<{_hex(title)}> Tj", "/F1 12 Tf"]
    text.extend(f"0 -28 Td <{_hex(line)}> Tj" for line in lines)
    text.append("ET")
    stream = "\n".join(text).encode()
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
        (
            b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe)"
            b" /Ordering (GB1) /Supplement 4 >> /DW 1000 /FontDescriptor 7 0 R >>"
        ),
        (
            b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /FontBBox [-25 -254 1000 880] /ItalicAngle 0"
            b" /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>"
        ),
    ]
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for no, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (no, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, table)
    return bytes(out)


def floor_plan(rooms: int) -> bytes:
    """A greyscale PNG: the outline of a shop with that many rooms along a corridor, doors left open."""
    width, height = 480, 320
    rows = [bytearray(b"\xff" * width) for _ in range(height)]

    def across(y: int, a: int, b: int) -> None:
        for x in range(a, b):
            rows[y][x] = rows[y + 1][x] = 0x30

    def down(x: int, a: int, b: int) -> None:
        for y in range(a, b):
            rows[y][x] = rows[y][x + 1] = 0x30

    across(20, 20, width - 20)
    across(height - 22, 20, width - 20)
    down(20, 20, height - 20)
    down(width - 22, 20, height - 20)
    corridor = 190
    step = (width - 40) // rooms
    for no in range(rooms):
        left = 20 + no * step
        across(corridor, left, left + step - 34)
        if no:
            down(left, 20, corridor)
    raw = b"".join(b"\x00" + bytes(row) for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(raw, 9))
        + _chunk(b"IEND", b"")
    )


def _hex(text: str) -> str:
    return text.encode("utf-16-be").hex().upper()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
