"""A year in pieces, shared among processes: each piece is the same whoever does it, and comes back in its turn."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from tongban.base.processes import pool

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")

#: Cases of a piece.
PIECE = 250


def by_pieces(cases: int, processes: int, work: Callable[[int, int], T], begin: int = 0) -> Iterator[T]:
    """What `work(first, last)` gives for each piece of the cases from `begin` up to so many (`last` not included), in order.

    `processes` share them; no more than a few pieces are ahead of the one that is waited for, so that memory stays flat.
    With several processes `work` is a function of a module, plain arguments bound to it.
    """
    pieces = ((first, min(first + PIECE, cases)) for first in range(begin, cases, PIECE))
    if processes <= 1:
        for first, last in pieces:
            yield work(first, last)
        return
    with pool(processes) as hands:
        ahead: deque[Future[T]] = deque()
        for first, last in pieces:
            ahead.append(hands.submit(work, first, last))
            if len(ahead) > 2 * processes:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
