"""Random bytes for salts and secrets, drawn from the operating system a piece at a time. Pure.

Every call of the operating system lets other threads have the interpreter, and a thread that salts event after event waits for
it as often: a batch of two thousand objects spent a third of its time so. A piece holds enough for hundreds of salts.
"""

import os
import threading

_PIECE = 8192


class _Piece(threading.local):
    """What a thread has drawn and not yet given; no byte is given twice."""

    drawn: bytes = b""
    given: int = 0


_piece = _Piece()


def fresh(count: int) -> bytes:
    """That many bytes from the operating system's generator, as good as `secrets.token_bytes`."""
    if count > _PIECE:
        return os.urandom(count)
    start = _piece.given
    if start + count > len(_piece.drawn):
        _piece.drawn, start = os.urandom(_PIECE), 0
    _piece.given = start + count
    return _piece.drawn[start : start + count]


def _forget() -> None:
    """A process born of this one begins with a piece of its own, or two would give the same bytes."""
    _piece.drawn, _piece.given = b"", 0


os.register_at_fork(after_in_child=_forget)
