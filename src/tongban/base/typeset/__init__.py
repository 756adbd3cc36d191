"""Typesetting (排版): a Typst template and plain data make an accessible PDF for the archive. Knows no government.

Data goes in as JSON and is never spliced into markup, so that nothing a person typed can become code. The same
template, data and fonts give the same bytes. Templates can read nothing of this machine and import no package.
"""

from tongban.base.typeset.fonts import FAMILIES, FontsMissing, font_folders
from tongban.base.typeset.press import STANDARDS, TypesetError, picture, typeset

__all__ = ["FAMILIES", "STANDARDS", "FontsMissing", "TypesetError", "font_folders", "picture", "typeset"]
