"""What people at the workbench are reminded of above their to-do list: work that is due and that no case carries.

Registered in `AppConfig.ready`, as the groups of the rail are, so that no room has to import another one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Reminding:
    """One reminder: what is due, where it is done, and what the link there says."""

    words: str
    href: str
    link: str


Source = Callable[[HttpRequest], Iterable[Reminding]]
_sources: list[Source] = []


def register_reminders(source: Source) -> None:
    """Have `source(request)` say what the person is reminded of."""
    if source not in _sources:
        _sources.append(source)


def reminders(request: HttpRequest) -> tuple[Reminding, ...]:
    """All that the person is reminded of, in the order in which the sources were registered."""
    return tuple(one for source in _sources for one in source(request))
