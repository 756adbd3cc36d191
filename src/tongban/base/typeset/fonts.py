"""Where the Chinese fonts of documents are. They come with the system (Debian: fonts-noto-cjk), not with us."""

import os
from functools import cache
from pathlib import Path

import typst

#: What templates set text in: body, headings.
FAMILIES = ("Noto Serif CJK SC", "Noto Sans CJK SC")
#: Where systems keep fonts. Only these folders are looked through, so that all machines find the same.
PLACES = (
    "/usr/share/fonts/opentype/noto",
    "/usr/share/fonts/noto-cjk",
    "/usr/share/fonts/google-noto-cjk",
    "/usr/local/share/fonts",
)


class FontsMissing(Exception):
    """A family that documents are set in is not on this machine."""

    remedy = "Debian/Ubuntu：安装 fonts-noto-cjk；字体在别处的，用 TONGBAN_FONTS 指明文件夹。"

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"缺少排版文书所用的字体：{'、'.join(missing)}。")
        self.missing = missing


@cache
def font_folders() -> tuple[str, ...]:
    """The folders in which every family of FAMILIES is found. Raises FontsMissing.

    TONGBAN_FONTS (folders, separated as in PATH) is looked through first.
    """
    said = [p for p in os.environ.get("TONGBAN_FONTS", "").split(os.pathsep) if p]
    folders = tuple(p for p in (*said, *PLACES) if Path(p).is_dir())
    have = set(typst.Fonts(False, False, list(folders)).families()) if folders else set()  # noqa: FBT003 -- positional in the library
    missing = tuple(f for f in FAMILIES if f not in have)
    if missing:
        raise FontsMissing(missing)
    return folders
