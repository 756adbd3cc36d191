"""Uploaded files, kept by their content: what they really are, whether they are harmless, and how they leave again.

A file exists once per digest. Who may see it, and what it was called, is the business of whoever refers to it.
"""

from tongban.base.files.errors import FileRefused, ScannerUnavailable
from tongban.base.files.response import download
from tongban.base.files.sniff import DOCUMENTS, IMAGES, KINDS, FileKind, sniff
from tongban.base.files.store import (
    clean_filename,
    erase_content,
    file_path,
    is_intact,
    is_needed,
    let_go,
    open_file,
    store_upload,
)

__all__ = [
    "DOCUMENTS",
    "IMAGES",
    "KINDS",
    "FileKind",
    "FileRefused",
    "ScannerUnavailable",
    "clean_filename",
    "download",
    "erase_content",
    "file_path",
    "is_intact",
    "is_needed",
    "let_go",
    "open_file",
    "sniff",
    "store_upload",
]
