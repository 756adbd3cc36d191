"""Reads of supervision: how the rules stand on a day, the cards of a case, the proof of a card."""

import time
from bisect import bisect_right
from collections.abc import Callable
from datetime import date, datetime

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Concat, Greatest, Left, Length, Repeat, Replace

from tongban.base.calendar import CHINA
from tongban.base.queries import calendar_of, current_calendar
from tongban.engine.people import ERASED
from tongban.platforms.supervision.models import Card, RuleVersion
from tongban.platforms.supervision.rules import RULES, Entry, RuleBook, reprove
from tongban.registry.models import Account

#: Seconds for which a process may go on with the book it read. A change begins on a later day (services.revise_rule),
#: so a book that is this old is still right.
KEEP = 30.0


def rule_book(on: date) -> RuleBook:
    """The rules as they stand on a day, and when the next change that is known begins."""
    return _Shelf().book(on)


def rule_books() -> Callable[[datetime], RuleBook]:
    """All books at once, for a long run: asked with an instant it gives that day's."""
    shelf = _Shelf()
    if not shelf.changes:
        only = shelf.book(date.min)
        return lambda _: only
    return lambda at: shelf.book(at.astimezone(CHINA).date())


def book_in_force(now: datetime) -> RuleBook:
    """The book of that moment's day, whether today's or one of years ago; read at most every KEEP seconds a process."""
    shelf = _shelves[-1] if _shelves else None
    if shelf is None or time.monotonic() - shelf.read_at > KEEP:
        shelf = _Shelf()
        _shelves[:] = [shelf]
    return shelf.book(now.astimezone(CHINA).date())


def forget_books() -> None:
    """Read the books anew next time (after a revision in this process)."""
    _shelves.clear()


def cards_of(account: Account, case_id: int) -> QuerySet[Card]:
    """The cards of a case that the account may see, first given first."""
    return Card.objects.visible_to(account).filter(case_id=case_id).order_by("issued_at", "id")


def with_titles(cards: QuerySet[Card]) -> QuerySet[Card]:
    """The cards with `title`: that of the case, without its applicant's name, which who supervises is not told."""
    hidden = Concat(
        Left("case__applicant_name", 1),
        Repeat(Value("*"), Greatest(Length("case__applicant_name") - 1, 1)),
        output_field=CharField(),
    )
    masked = Replace("case_title", F("case__applicant_name"), hidden, output_field=CharField())  # type: ignore[arg-type]  # the stubs know values only
    plain = Q(case__applicant_kind="organisation") | Q(case__applicant_name__in=("", ERASED))
    title = Case(When(plain, then=F("case_title")), default=masked)
    return cards.annotate(title=title)  # type: ignore[no-redef]  # declared on the model for those who read it


def proved_level(card: Card) -> int:
    """The level that follows from the card's snapshot today: equal to the card's, or something was changed.

    Raises CalendarVersion.DoesNotExist when the calendar it was counted with is gone.
    """
    named = card.snapshot["calendar"]
    return reprove(card.rule, card.snapshot, calendar_of(named["sha256"]) if named else current_calendar())


def midnight(day: date) -> datetime:
    """The first instant of a day in China."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA)


class _Shelf:
    """Every book there was and is planned: one for each stretch of days on which nothing changes."""

    def __init__(self) -> None:
        self.read_at = time.monotonic()
        rows = list(RuleVersion.objects.only("rule", "thresholds", "enabled", "valid", "org", "matter"))
        edges = {day for row in rows for day in (row.valid.lower, row.valid.upper) if day is not None}
        self._days = sorted(edges)
        self._books = [
            _book(
                [
                    row
                    for row in rows
                    if row.valid.lower <= day and (row.valid.upper is None or day < row.valid.upper)
                ],
                midnight(self._days[n + 1]) if n + 1 < len(self._days) else None,
            )
            for n, day in enumerate(self._days)
        ]
        self._before = RuleBook(changes_at=midnight(self._days[0]) if self._days else None)

    @property
    def changes(self) -> bool:
        """Whether there is more than one book."""
        return bool(self._days)

    def book(self, on: date) -> RuleBook:
        place = bisect_right(self._days, on) - 1
        return self._books[place] if place >= 0 else self._before


def _book(rows: list[RuleVersion], changes_at: datetime | None) -> RuleBook:
    entries: dict[str, Entry] = {}
    narrow: dict[str, dict[tuple[int, int], Entry]] = {}
    for row in rows:
        declared = (
            RULES[row.rule].defaults if row.rule in RULES else {}
        )  # thresholds that came after the row was kept
        entry = Entry({**declared, **row.thresholds}, row.enabled, row.pk)
        scope = (row.org_id or 0, row.matter_id or 0)
        if scope == (0, 0):
            entries[row.rule] = entry
        else:
            narrow.setdefault(row.rule, {})[scope] = entry
    return RuleBook(entries, changes_at, narrow)


_shelves: list[_Shelf] = []
