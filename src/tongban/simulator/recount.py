"""What the studies must find in a whole year, counted anew from the cases as they were told: the second opinion on them.

Takes from a case who applied for what, who did which step when, and how it ended; asks no database.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean, pstdev
from typing import Any

from tongban.base.calendar import CHINA
from tongban.engine.state import State

Expected = dict[tuple[str, str, str], int]  # (rule, key of the case or unit, episode) -> level
FAILED = frozenset({"withdrawn", "denied", "refused"})
TRIES, TRY_DAYS = 2, 30  # R04
OFTEN, SHARE = 5, 30  # R02
LATE_CASES, LATE_SHARE = 20, 80  # S01
LIKE, FAR = 10, 200  # J03, in hundredths of a deviation


@dataclass(frozen=True, slots=True)
class Told:
    """One case as it was told. `digest` is that of its applicant's number."""

    key: str
    org: int
    matter: str
    digest: str
    state: State


def recount(
    cases: Iterable[Told],
    last: date,
    closing: int,
    several: frozenset[str],
    declared: Iterable[tuple[int, str]],
) -> Expected:
    """Everything that J03, R02, R03, R04 and S01 must find up to the `last` day.

    `closing` is the minute of the day from which it is late, `several` the posts that more than one person holds,
    `declared` who has declared a relation to whose digest.
    """
    told = list(cases)
    found: Expected = {}
    for part in (
        _tries(told),
        _crowded(told, closing),
        _close(told, last, several),
        _related(told, set(declared)),
        _unlike(told),
    ):
        found.update(part)
    return found


def _tries(told: list[Told]) -> Iterator[tuple[tuple[str, str, str], int]]:
    failed: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for case in told:
        if case.state.result in FAILED and case.state.closed is not None:
            failed[case.matter, case.digest].append(case.state.closed)
    for case in told:
        s = case.state
        if s.decided is None or s.applied is None or s.result not in ("granted", "partial"):
            continue
        since = s.decided - timedelta(days=TRY_DAYS)
        if sum(since <= at <= s.applied for at in failed.get((case.matter, case.digest), ())) >= TRIES:
            yield ("R04", case.key, "tries"), 1


def _crowded(told: list[Told], closing: int) -> Iterator[tuple[tuple[str, str, str], int]]:
    days: dict[tuple[int, date], list[bool]] = defaultdict(list)
    for case in told:
        if case.state.closed is not None:
            at = case.state.closed.astimezone(CHINA)
            days[case.org, at.date()].append(at.hour * 60 + at.minute >= closing)
    for (org, day), ended in days.items():
        late = sum(ended)
        if late >= LATE_CASES and late * 100 >= len(ended) * LATE_SHARE:
            yield ("S01", str(org), f"day:{day}"), 1


def _close(
    told: list[Told], last: date, several: frozenset[str]
) -> Iterator[tuple[tuple[str, str, str], int]]:
    """One hand for one applicant, in each quarter up to its last day or the last of all."""
    hands: dict[tuple[str, int, int, str], set[str]] = defaultdict(set)
    for case in told:
        for task in case.state.tasks:
            if (
                task.kind == "human"
                and task.status == "done"
                and task.by is not None
                and task.done is not None
            ) and task.post in several:
                quarter = _quarter(task.done.astimezone(CHINA).date())
                hands[quarter, task.by, case.org, case.digest].add(case.key)
    of_applicant: dict[tuple[int, str], list[State]] = defaultdict(list)
    for case in told:
        of_applicant[case.org, case.digest].append(case.state)
    for (quarter, person, org, digest), keys in hands.items():
        if len(keys) < OFTEN:
            continue
        begin, end = _ends(quarter, last)
        all_ = sum(
            s.applied is not None and s.applied < end and (s.closed is None or s.closed >= begin)
            for s in of_applicant[org, digest]
        )
        if len(keys) * 100 > max(all_, len(keys)) * SHARE:
            yield ("R02", str(org), f"{quarter}:{person}:{digest[:16]}"), 1


def _quarter(day: date) -> str:
    return f"{day:%Y}Q{(day.month + 2) // 3}"


def _ends(quarter: str, last: date) -> tuple[datetime, datetime]:
    year, number = int(quarter[:4]), int(quarter[5])
    begin = datetime(year, number * 3 - 2, 1, tzinfo=CHINA)
    following = datetime(year + number // 4, number % 4 * 3 + 1, 1, tzinfo=CHINA)
    return begin, min(following, datetime(last.year, last.month, last.day, tzinfo=CHINA) + timedelta(days=1))


def _related(told: list[Told], declared: set[tuple[int, str]]) -> Iterator[tuple[tuple[str, str, str], int]]:
    for case in told:
        for task in case.state.tasks:
            if task.status == "done" and (task.by, case.digest) in declared:
                yield ("R03", case.key, f"task:{task.no}"), 3


def _unlike(told: list[Told]) -> Iterator[tuple[tuple[str, str, str], int]]:
    """A penalty beside those of the year before it for the same."""
    punished = [(c.state.decided, c, c.state.decision["discretion"]) for c in told
                if c.state.decided is not None and c.state.decision.get("discretion")]  # fmt: skip
    alike: dict[tuple[str, tuple[str, ...]], list[tuple[datetime, float]]] = defaultdict(list)
    for at, case, said in sorted(punished, key=lambda p: p[0]):
        same = alike[case.matter, _kind(said)]
        amount = float(said.get("amount", 0))
        earlier = [a for when, a in same if when >= at - timedelta(days=365)]
        same.append((at, amount))
        if len(earlier) < LIKE:
            continue
        mean, spread = fmean(earlier), pstdev(earlier)
        away = abs(amount - mean)
        if (spread and round(away / spread * 100) > FAR) or (not spread and away):
            yield ("J03", case.key, "likeness"), 1


def _kind(said: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(said.get("circumstances") or (said.get("band", ""),)))
