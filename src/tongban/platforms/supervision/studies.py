"""The studies (研判): what rules over many cases judge, gathered, and what they find, put on record.

The rules themselves stand in `rules/study.py` and are pure; here is what they are told. Run by the worker every morning for
the day before, and safe to run again: the same finding is issued once.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache

from tongban.base.calendar import CHINA
from tongban.base.queries import current_calendar
from tongban.engine import patterns
from tongban.engine.errors import Refused
from tongban.engine.kinds import ask_source
from tongban.engine.ledger.verify import verify
from tongban.platforms.supervision.models import Card, Relation
from tongban.platforms.supervision.queries import midnight, rule_book
from tongban.platforms.supervision.register import record, register_case
from tongban.platforms.supervision.rules import STUDIES, RuleBook, Study
from tongban.registry.models import OfferingVersion
from tongban.registry.package import check_package
from tongban.registry.queries import as_of

log = logging.getLogger(__name__)

Thresholds = Mapping[str, int]
REMEMBERED = 7  # days back for which a morning that was missed is made up for
_DONE = "supervision.studied.{}"  # in the cache that all processes share


@dataclass(frozen=True, slots=True)
class Window:
    """The days a study looks at, both included."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        """The first instant."""
        return midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return midnight(self.last + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing a study judges. `case` is the case it is about; None: the unit itself."""

    org: int
    episode: str
    inputs: Mapping[str, Any]
    words: Mapping[str, Any] = field(default_factory=dict)
    case: int | None = None
    person: int | None = None


def window_of(study: Study, day: date) -> Window:
    """The window of a study that ends with a day: the day itself, or its month or quarter up to it."""
    if study.window == "day":
        return Window(day, day)
    month = day.month if study.window == "month" else day.month - (day.month - 1) % 3
    return Window(day.replace(month=month, day=1), day)


def study_yesterday() -> int:
    """Run the studies of the days since the last run, up to yesterday. For the worker, hourly. Returns what was found."""
    today = datetime.now(CHINA).date()
    found = 0
    for back in range(REMEMBERED, 0, -1):
        day = today - timedelta(days=back)
        if not cache.add(_DONE.format(day), value=True, timeout=2 * REMEMBERED * 86400):
            continue
        try:
            found += run_studies(day)
        except BaseException:
            cache.delete(_DONE.format(day))
            raise
    return found


def run_studies(day: date, only: Iterable[str] | None = None) -> int:
    """Ask all studies (or those of these ids) of the day; returns how many new findings there are."""
    by_case: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
    for rule_id in STUDIES if only is None else only:
        for subject, finding in judge(STUDIES[rule_id], day):
            by_case[subject.case].append(finding)
    found = 0
    units = [finding for finding in by_case.pop(None, []) if not _known(finding)]
    if units:
        by_case[register_case()] = units
    for case, findings in by_case.items():
        try:
            types = record(case, findings) if case is not None else ()
        except Refused as refusal:
            log.warning("the findings of case %s were not put on record: %s", case, refusal)
            continue
        found += types.count("finding.issued")
    return found


def judge(study: Study, day: date, book: RuleBook | None = None) -> Iterator[tuple[Subject, dict[str, Any]]]:
    """What a study finds on a day, as findings for the engine, by the thresholds of that day. Writes nothing.

    `book` is that day's, where whoever asks of many days has it at hand (`rule_books`).
    """
    book = book or rule_book(day)
    entry = book.entry(study)
    if not entry.enabled and study.id not in book.narrow:
        return
    window = window_of(study, day)
    for subject in GATHER[study.id](window, entry.thresholds):
        mine = book.entry(study, subject.org)
        level = study.judge(subject.inputs, mine.thresholds) if mine.enabled else 0
        if not level:
            continue
        snapshot = {
            "inputs": dict(subject.inputs), "thresholds": dict(mine.thresholds), "calendar": None,
            "person": subject.person, "org": subject.org, "rule_version": mine.version,
            "window": [window.first.isoformat(), window.last.isoformat()],
        }  # fmt: skip
        words = study.words.format_map({**mine.thresholds, **subject.inputs, **subject.words})
        yield (
            subject,
            {
                "rule": study.id,
                "level": level,
                "episode": subject.episode,
                "words": words,
                "inputs": snapshot,
            },
        )


def judge_with(study: Study, day: date, thresholds: Thresholds) -> Iterator[tuple[Subject, int, str]]:
    """What a study would find on a day by other thresholds: the subject, the level, the sentence."""
    for subject in GATHER[study.id](window_of(study, day), thresholds):
        level = study.judge(subject.inputs, thresholds)
        if level:
            yield subject, level, study.words.format_map({**thresholds, **subject.inputs, **subject.words})


def _known(finding: Mapping[str, Any]) -> bool:
    """Whether a unit has the card already, in the register of whatever month."""
    said = {name: finding[name] for name in ("rule", "episode", "level")}
    return Card.objects.filter(**said, org_id=finding["inputs"]["org"]).exists()


# gathering


def _comparisons(window: Window, thresholds: Thresholds) -> Iterator[Subject]:
    for row in ask_source("reporting.comparisons", window.first, window.last):
        inputs = {name: row[name] for name in ("day", "type", "same", "differing", "missing")}
        yield Subject(row["org"], f"{row['day']}:{row['type']}", inputs)


def _emptiness(window: Window, thresholds: Thresholds) -> Iterator[Subject]:
    month = f"{window.first:%Y-%m}"
    for row in ask_source("reporting.emptiness", window.first, window.last):
        inputs = {"month": month, "objects": row["objects"], "empty": row["empty"]}
        yield Subject(
            row["org"], f"month:{month}", inputs, {"percent": _percent(row["empty"], row["objects"])}
        )


def _guides(window: Window, thresholds: Thresholds) -> Iterator[Subject]:
    """Published versions in force: what the integrity check says, and laws that are no longer in force."""
    rows = OfferingVersion.objects.filter(status="published", valid__contains=window.last).select_related(
        "offering"
    )
    for row in rows.order_by("pk").iterator(chunk_size=200):
        problems = [p.why for p in check_package(row.content) if p.level == "error"]
        for basis in row.content.get("legal_bases", ()):
            ended = str(basis.get("repealed_on", ""))
            if ended and ended <= window.last.isoformat():
                problems.append(f"依据“{basis.get('law', '')}”已于{ended}废止")
        if problems:
            inputs = {"version": row.pk, "no": row.no, "problems": problems[:20]}
            words = {"name": row.name, "count": len(problems), "listed": "；".join(problems[:3])}
            yield Subject(row.offering.organisation_id, f"version:{row.pk}", inputs, words)


def _misfits(window: Window, thresholds: Thresholds) -> Iterator[Subject]:
    """What the ledger finds in the cases that something was recorded of in the window."""
    roots = as_of().roots()
    for misfit in verify(since=window.begin).misfits:
        org = patterns.org_of(misfit.case) or (roots[0].id if roots else 0)
        inputs = {"misfit": misfit.kind, "case": misfit.case, "seq": misfit.seq}
        yield Subject(org, f"{misfit.kind}:{misfit.case}:{misfit.seq}"[:80], inputs, {"detail": str(misfit)})


def _penalties(window: Window, thresholds: Thresholds) -> Iterator[Subject]:
    """Each penalty of the window beside those of the twelve months before it, of the same matter and circumstances."""
    alike: dict[tuple[int, tuple[str, ...]], list[tuple[datetime, Decimal]]] = defaultdict(list)
    for row in patterns.penalties(window.begin - timedelta(days=366), window.end):
        said = row.discretion
        kind = (row.matter, tuple(sorted(said.get("circumstances") or (said.get("band", ""),))))
        amount = Decimal(str(said.get("amount", 0)))
        if row.at >= window.begin:
            earlier = [a for when, a in alike[kind] if when >= row.at - timedelta(days=365)]
            yield _beside(row.case, row.org, row.by, amount, earlier)
        alike[kind].append((row.at, amount))


def _beside(case: int, org: int, by: int | None, amount: Decimal, like: list[Decimal]) -> Subject:
    n = len(like)
    mean = sum(like, Decimal()) / n if n else Decimal()
    spread = (sum(((a - mean) ** 2 for a in like), Decimal()) / n).sqrt() if n else Decimal()
    away = amount - mean
    # all alike and this one not: as far away as can be
    z100 = int((away / spread * 100).to_integral_value()) if spread else (0 if away == 0 else 10000)
    inputs = {
        "amount": str(amount),
        "like": n,
        "mean": f"{mean:.2f}",
        "spread": f"{spread:.2f}",
        "z100": z100,
    }
    return Subject(org, "likeness", inputs, {"deviation": f"{abs(z100) / 100:.1f}"}, case, by)


def _close_ties(window: Window, thresholds: Thresholds) -> Iterator[Subject]:
    """Who handled one applicant's cases how often, on posts where somebody else could have."""
    quarter = f"{window.first:%Y}Q{(window.first.month + 2) // 3}"
    for row in patterns.ties(window.begin, window.end, thresholds["times"]):
        all_ = max(row.all, row.times)
        inputs = {"times": row.times, "all": all_, "quarter": quarter}
        episode, words = f"{quarter}:{row.person}:{row.digest[:16]}", {"percent": _percent(row.times, all_)}
        yield Subject(row.org, episode, inputs, words, row.latest, row.person)


def _relations(window: Window, thresholds: Thresholds) -> Iterator[Subject]:
    """Steps done in the window by somebody who has declared a relation to the applicant."""
    declared = (
        Relation.objects.filter(valid__contains=window.last).exclude(digest="").select_related("account")
    )
    declared = declared.exclude(status=Relation.Status.DISMISSED)
    by_pair = {(row.account_id, row.digest): row for row in declared}
    for row in patterns.done_for(window.begin, window.end, list(by_pair)):
        relation = by_pair[row.person, row.digest]
        inputs = {"relation": relation.words, "step": row.step, "task": row.task}
        words = {"person": relation.account.display_name}
        yield Subject(row.org, f"task:{row.task}", inputs, words, row.case, row.person)


def _tries(window: Window, thresholds: Thresholds) -> Iterator[Subject]:
    """Grants of the window after applications for the same that came to nothing shortly before."""
    for row in patterns.tries(window.begin, window.end, thresholds["days"]):
        inputs = {"earlier": len(row.results), "results": row.results}
        words = {"listed": "、".join(_ENDED.get(r, r) for r in row.results)}
        yield Subject(row.org, "tries", inputs, words, row.case, row.by)


def _last_hours(window: Window, thresholds: Thresholds) -> Iterator[Subject]:
    """How many of a unit's cases of the day ended in the last hour of work, or after it."""
    closing = window.begin + timedelta(minutes=current_calendar().minutes[-1][1] - 60)
    for row in patterns.ended(window.begin, window.end, closing):
        inputs = {"day": window.first.isoformat(), "all": row.all, "late": row.late}
        yield Subject(row.org, f"day:{window.first}", inputs, {"percent": _percent(row.late, row.all)})


def _reports(window: Window, thresholds: Thresholds) -> Iterator[Subject]:
    """Annual reports on disclosure that were to be out by the day and are not."""
    for row in ask_source("inquiry.reports_missing", window.first, window.last):
        late = (window.last - row["due"]).days
        inputs = {
            "year": row["year"],
            "due": row["due"].isoformat(),
            "day": window.last.isoformat(),
            "late": late,
        }
        yield Subject(row["org"], f"report:{row['year']}", inputs)


_ENDED = {"withdrawn": "撤回", "denied": "不予", "refused": "不予受理"}


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "0%"


Gather = Callable[[Window, Thresholds], Iterator[Subject]]
GATHER: Mapping[str, Gather] = {
    "P10": _comparisons, "N02": _emptiness, "N05": _guides, "N06": _misfits, "J03": _penalties, "R02": _close_ties,
    "R03": _relations, "R04": _tries, "S01": _last_hours, "D04": _reports,
}  # fmt: skip
