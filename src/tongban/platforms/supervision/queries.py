"""Reads of supervision: how the rules stand on a day, the cards of a case, the proof of a card."""

import time
from datetime import date, datetime

from django.db.models import QuerySet

from tongban.base.calendar import CHINA
from tongban.base.queries import calendar_of
from tongban.platforms.supervision.models import Card, RuleVersion
from tongban.platforms.supervision.rules import Entry, RuleBook, reprove
from tongban.registry.models import Account

#: Seconds for which a process may go on with the book it read. A change begins on a later day (services.revise_rule),
#: so a book that is this old is still right.
KEEP = 30.0


def rule_book(on: date) -> RuleBook:
    """The rules as they stand on a day, and when the next change that is known begins."""
    entries = {
        row.rule: Entry(row.thresholds, row.enabled, row.pk)
        for row in RuleVersion.objects.filter(valid__contains=on).only("rule", "thresholds", "enabled")
    }
    later = (
        RuleVersion.objects.filter(valid__startswith__gt=on)
        .order_by("valid__startswith")
        .values_list("valid__startswith", flat=True)
        .first()
    )
    return RuleBook(entries, None if later is None else midnight(later))


def book_in_force(now: datetime) -> RuleBook:
    """The book of that moment's day, read at most every KEEP seconds and process."""
    day = now.astimezone(CHINA).date()
    found = _books.get(day)
    if found is None or time.monotonic() - found[0] > KEEP:
        if len(_books) > 64:
            _books.clear()
        found = _books[day] = (time.monotonic(), rule_book(day))
    return found[1]


def forget_books() -> None:
    """Read the book anew next time (after a revision in this process)."""
    _books.clear()


def cards_of(account: Account, case_id: int) -> QuerySet[Card]:
    """The cards of a case that the account may see, first given first."""
    return Card.objects.visible_to(account).filter(case_id=case_id).order_by("issued_at", "id")


def proved_level(card: Card) -> int:
    """The level that follows from the card's snapshot today: equal to the card's, or something was changed.

    Raises CalendarVersion.DoesNotExist when the calendar it was counted with is gone.
    """
    return reprove(card.rule, card.snapshot, calendar_of(card.snapshot["calendar"]["sha256"]))


def midnight(day: date) -> datetime:
    """The first instant of a day in China."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA)


_books: dict[date, tuple[float, RuleBook]] = {}
