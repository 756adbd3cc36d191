"""The reader: what a file of text, HTML, DOCX, PDF or OFD says of itself, with a confidence and the place it was read from. Pure.

It proposes and never decides. Rules are about how official documents and the pages of government sites look in general; none is about one file. What it does
not know it leaves out.
"""

from tongban.platforms.disclosure.reader.formats import DocumentRefused, open_source
from tongban.platforms.disclosure.reader.reading import read_bytes, read_source, read_text
from tongban.platforms.disclosure.reader.readings import FIELDS, Evidence, Proposal, Reading

__all__ = [
    "FIELDS",
    "DocumentRefused",
    "Evidence",
    "Proposal",
    "Reading",
    "open_source",
    "read_bytes",
    "read_source",
    "read_text",
]
