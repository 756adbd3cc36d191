"""How long one file is read, whatever its format: no document of an office takes seconds of processor time, a trap does."""

from __future__ import annotations

import time

MOST_SECONDS = 8.0
"""Seconds of processor time for one file."""


class TooLong(Exception):
    """The time for one file is over; what was read of it so far stands."""


class Patience:
    """The time that is left for one file, counted from now on in the thread that reads it."""

    def __init__(self) -> None:
        self._until = time.thread_time() + MOST_SECONDS

    def watch(self, *_: object) -> None:
        """Go on. Raises TooLong."""
        if time.thread_time() > self._until:
            raise TooLong
