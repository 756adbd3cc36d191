"""Several processes at one piece of work: each sets Django up before anything is unpickled that needs it.

Work is handed over by functions of modules and plain arguments; what a process needs besides it makes for itself and keeps.
"""

import gc
import multiprocessing as mp
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

SELDOM = 100_000  # objects after which rings of them are looked for


def pool(processes: int) -> ProcessPoolExecutor:
    """So many processes, begun anew (spawn): no connection and no lock is shared with this one. To be closed (`with`)."""
    return ProcessPoolExecutor(processes, mp.get_context("spawn"), initializer=_begin)


def make_room() -> None:
    """For a program that begins: all it loads will stay, so garbage is not looked for after every few hundred new objects."""
    gc.set_threshold(50_000, 20, 50)


def settle() -> None:
    """For a program that goes on serving: what is there now stays, and is not looked through again."""
    gc.collect()
    gc.freeze()
    make_room()


@contextmanager
def rings_seldom() -> Iterator[None]:
    """Objects that hold each other in rings are looked for seldom: states and rows are trees, they go by themselves."""
    before = gc.get_threshold()
    gc.set_threshold(SELDOM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _begin() -> None:
    import django

    make_room()
    django.setup()
