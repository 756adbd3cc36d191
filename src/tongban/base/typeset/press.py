"""The press itself: one compiler a process, used by one thread at a time."""

import atexit
import re
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import Any

import orjson
import typst

from tongban.base.typeset.fonts import font_folders

#: PDF/A-2a (archival, tagged, text readable) and PDF/UA-1 (accessible): ISO 19005-2, ISO 14289-1.
STANDARDS = ("a-2a", "ua-1")
_PACKAGE = re.compile(r"@(preview|local)\b")
_lock = Lock()


class TypesetError(Exception):
    """A template cannot be set: it is wrong, or does not fit its data."""


def typeset(template: str, data: Mapping[str, Any], *, parts: Mapping[str, str] | None = None) -> bytes:
    """The PDF of a template with its data, which the template reads as `json(bytes(sys.inputs.data))`.

    `parts` are further files the template may import by name. The template sets title, author, date and language of
    the document; without a title no PDF is made. Raises TypesetError, FontsMissing.
    """
    files = {"main.typ": template, **(parts or {})}
    for name, text in files.items():
        if _PACKAGE.search(text):
            raise TypesetError(f"{name}: a template imports no package")
    inputs = {"data": orjson.dumps(dict(data), default=str, option=orjson.OPT_SORT_KEYS).decode()}
    with _lock:
        try:
            made = _press().compile(
                input={name: text.encode() for name, text in files.items()},
                sys_inputs=inputs,
                pdf_standards=list(STANDARDS),
                format="pdf",
                timestamp=0,
            )
        except typst.TypstError as error:
            raise TypesetError(str(error)) from None
    return bytes(made)


#: One picture on a page of its own size.
_PICTURE = """#let d = json(bytes(sys.inputs.data))
#set page(width: d.width * 1pt, height: auto, margin: 0pt)
#image(bytes(d.svg), format: "svg", width: 100%)"""


def picture(svg: str, *, width: float, dots: int = 200) -> bytes:
    """A drawing (SVG, letters in the families of `fonts`) as PNG, `width` points wide at so many dots an inch.

    For documents that cannot keep drawings as such. Raises TypesetError, FontsMissing.
    """
    inputs = {"data": orjson.dumps({"svg": svg, "width": width}).decode()}
    with _lock:
        try:
            made = _press().compile(
                input={"main.typ": _PICTURE.encode()}, sys_inputs=inputs, format="png", ppi=float(dots)
            )
        except typst.TypstError as error:
            raise TypesetError(str(error)) from None
    return bytes(made)


@cache
def _press() -> Any:
    sealed = tempfile.mkdtemp(prefix="tongban-press-")  # all that a template could reach on disk: nothing
    atexit.register(shutil.rmtree, sealed, ignore_errors=True)
    return typst.Compiler(
        root=sealed,
        font_paths=list(font_folders()),
        ignore_system_fonts=True,
        package_path=sealed,
        package_cache_path=sealed,
    )
