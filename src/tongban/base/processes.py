"""How a process begins, alone or as one of several at one piece of work, and how often it looks for garbage.

Of several, each sets Django up before anything is unpickled that needs it. Work is handed over by functions of modules
and plain arguments; what a process needs besides it makes for itself and keeps.
"""

import gc
import multiprocessing as mp
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def pool(processes: int) -> ProcessPoolExecutor:
    """So many processes, begun anew (spawn): no connection and no lock is shared with this one. To be closed (`with`)."""
    return ProcessPoolExecutor(processes, mp.get_context("spawn"), initializer=_begin)


def make_room() -> None:
    """For a program that begins: what it loads stays, and states and rows are trees, which go by themselves.

    So objects that hold each other in rings are not looked for after every few hundred new ones.
    """
    gc.set_threshold(50_000, 20, 50)


def settle() -> None:
    """For a program that goes on serving: what is there now stays, and is not looked through again."""
    gc.collect()
    gc.freeze()
    make_room()


def deep(work: Callable[[], T]) -> T:
    """Do work whose calls go deep, such as a page's, on one piece of memory.

    Python 3.11 and 3.12 keep the frames of calls in pieces of 16 KiB, each asked of the system when a call does not fit any
    more and given back as it returns; work that goes up and down across such an edge pays for that at every call
    (python/cpython#142183). This frame claims so much that everything below it fits into the piece that was made for it.
    """
    return work()


# In slots of 8 bytes, of which a piece comes to hold 131,072: what is left is for a thousand calls.
deep.__code__ = deep.__code__.replace(co_stacksize=70_000)


def _begin() -> None:
    import django

    make_room()
    django.setup()
