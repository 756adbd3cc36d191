"""The whole catalogue as files on disk: made by the worker for one state of it, and given out without computing anything.

A copy holds for a stamp (`registry.kept`), as kept pages do: it is made after the stamp was taken and given out only while
the stamp is in force, so it tells what the catalogue is now, to the record. Whoever asks first after a change has it made;
until it is there an answer is computed, one at a time in each web process, and everybody else is asked to come back.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from threading import BoundedSemaphore
from typing import BinaryIO

from django.conf import settings

from tongban.platforms.disclosure.machines import bulk, sitemap
from tongban.registry.kept import CATALOGUE, stamp

JSON_LINES, CSV = "records.jsonl", "records.csv"
AGAIN = 60
"""Seconds after which somebody who was turned away may ask again."""
_PART = re.compile(r"sitemap-(\d{1,9})\.xml")
_turn = BoundedSemaphore(1)


def part_name(no: int) -> str:
    """The name of the copy of one sitemap."""
    return f"sitemap-{no}.xml"


def state() -> str:
    """What the catalogue is now: differs whenever a copy of it would."""
    return blake2b("|".join(stamp(CATALOGUE).values()).encode(), digest_size=16).hexdigest()


def opened(name: str, of: str) -> BinaryIO | None:
    """The copy of that name of a state of the catalogue; None where it was not made."""
    try:
        return _path(name, of).open("rb")
    except FileNotFoundError:
        return None


def computed(name: str) -> Iterator[bytes] | None:
    """The same without a copy; None while this process computes another. The turn ends with the lines, however they end."""
    if not _turn.acquire(blocking=False):
        return None
    lines = _until_the_end(_lines(name))
    next(lines)
    return lines


def make(name: str) -> Path:
    """Make the copy of a name for the state of this moment, and remove those of other states.

    Nobody else makes the same copy meanwhile (`tasks.make_copy`). Raises KeyError for a name that no copy has.
    """
    lines, path = _lines(name), _path(name, state())
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    if not path.exists():
        handle, aside = tempfile.mkstemp(prefix=f"{name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.writelines(lines)
        Path(aside).replace(path)
    for other in path.parent.glob(f"{name}.*"):
        if other != path:
            other.unlink(missing_ok=True)
    return path


def _path(name: str, of: str) -> Path:
    return Path(settings.TONGBAN_CATALOGUE) / f"{name}.{of}"


def _lines(name: str) -> Iterator[bytes]:
    if found := _PART.fullmatch(name):
        return sitemap.part(int(found[1]))
    return {JSON_LINES: bulk.json_lines, CSV: bulk.csv_lines}[name]()


def _until_the_end(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The lines after a first empty one, which begins the turn; closing, breaking off and forgetting them end it."""
    try:
        yield b""
        yield from lines
    finally:
        _turn.release()
