"""What time it is, for whoever writes it down.

Ordinarily that is the clock's. Who tells a past, the demo city, sets it for a while, so that the services themselves can be
used to make that past, in the order in which it went.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from tongban.base.calendar import CHINA

_told: ContextVar[datetime | None] = ContextVar("told", default=None)


def now() -> datetime:
    """The present moment, in China's time."""
    return _told.get() or datetime.now(CHINA)


@contextmanager
def telling(moment: datetime) -> Iterator[None]:
    """Let `now` be that moment inside the block, in this thread. Only for made-up pasts; a test holds everybody to it."""
    before = _told.set(moment.astimezone(CHINA))
    try:
        yield
    finally:
        _told.reset(before)
