"""Reads of ratings: what a case may still be rated for, shares by level, and who reads what was said."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from django.core.signing import BadSignature, Signer
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncMonth

from tongban.base.calendar import CHINA
from tongban.engine import codec, kinds
from tongban.engine.models import Case
from tongban.engine.people import scopes
from tongban.platforms.rating.book import book
from tongban.platforms.rating.models import Rating
from tongban.platforms.rating.steps import met
from tongban.registry.models import Account

_SALT = "tongban.rating"
By = Literal["matter", "org", "month", "step"]
_COLUMNS = {"matter": "matter__name", "org": "org_id", "month": "month", "step": "step"}


@dataclass(frozen=True, slots=True)
class Slot:
    """One step of a case that can be rated, or was; `why` says why it cannot be (any more)."""

    step: str
    no: int
    name: str
    at: datetime
    rating: Rating | None
    open: bool
    why: str


@dataclass(frozen=True, slots=True)
class Share:
    """How often each level was given. `counts[0]` is level 1; percentages only from enough ratings on."""

    key: object
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def shown(self) -> bool:
        """Whether there are enough of them that shares tell nobody's opinion."""
        return self.total >= book().shown_from

    @property
    def good(self) -> float:
        """Percentage of those at least fairly satisfied (三级以上)."""
        return 100 * sum(self.counts[2:]) / self.total if self.total else 0.0

    def percent(self, level: int) -> float:
        """Percentage of one level."""
        return 100 * self.counts[level - 1] / self.total if self.total else 0.0


def token(case_id: int) -> str:
    """What a link carries that lets its holder rate the case, and nothing else."""
    return Signer(salt=_SALT).sign(str(case_id)).replace(":", ".")


def case_of_token(text: str) -> int | None:
    """The case a link is for; None for a link that is not ours."""
    try:
        return int(Signer(salt=_SALT).unsign(text.replace(".", ":", 1)))
    except (BadSignature, ValueError):
        return None


def slots(case: Case, now: datetime | None = None) -> tuple[Slot, ...]:
    """The steps of a case that its applicant met, oldest first. Kinds nobody outside follows have none."""
    now, rules = now or datetime.now(CHINA), book()
    if not kinds.kind(case.kind).public or case.parent_id is not None:
        return ()
    given = {(r.step, r.no): r for r in Rating.objects.filter(case_id=case.pk)}
    found = []
    for m in met(codec.load(case.state), rules.steps_of(case.kind)):
        rating = given.get((m.step, m.no))
        if rating is not None:
            open_, why = now <= rating.change_until, "评价已经过了可以修改的时间。"
        else:
            open_ = now <= m.at + timedelta(days=rules.open_for_days)
            why = f"这一步过去了 {rules.open_for_days} 天，不能再评价。"
        found.append(
            Slot(m.step, m.no, rules.step_name(m.step, m.no), m.at, rating, open_, "" if open_ else why)
        )
    return tuple(found)


def unrated(case: Case, now: datetime | None = None) -> int:
    """How many steps of a case wait for a rating."""
    return sum(1 for s in slots(case, now) if s.open and s.rating is None)


def counted(account: Account, verb: str = "view") -> QuerySet[Rating]:
    """Ratings that count in what the account sees: of the cases its grants reach."""
    return Rating.objects.filter(
        scopes(account).of(verb).q(org="org_id", matter="matter_id", secrecy="case__secrecy")
    )


def readable(account: Account) -> QuerySet[Rating]:
    """The one predicate over what was said: ratings whose words, contact and case the account may read.

    Who supervises or leads where the case is, and never who worked on it (对被评价人匿名).
    """
    held = scopes(account).of_any("supervise", "approve")
    reach = held.q(org="org_id", matter="matter_id", secrecy="case__secrecy")
    return Rating.objects.filter(reach).exclude(rated__contains=[account.pk])


def between(rows: QuerySet[Rating], first: date, last: date) -> QuerySet[Rating]:
    """Those given in a stretch of days, both included."""
    begin = datetime(first.year, first.month, first.day, tzinfo=CHINA)
    end = datetime(last.year, last.month, last.day, tzinfo=CHINA) + timedelta(days=1)
    return rows.filter(given_at__gte=begin, given_at__lt=end)


def shares(rows: QuerySet[Rating], by: By) -> list[Share]:
    """How often each level was given, by matter, unit, month or step; most ratings first, months in their order."""
    if by == "month":
        rows = rows.annotate(month=TruncMonth("given_at", tzinfo=CHINA))
    column = _COLUMNS[by]
    found: dict[object, list[int]] = {}
    for key, level, n in rows.order_by().values_list(column, "level").annotate(n=Count("pk")):
        found.setdefault(key, [0] * 5)[level - 1] += n
    made = [Share(key, tuple(counts)) for key, counts in found.items()]
    return sorted(made, key=lambda s: str(s.key) if by == "month" else (-s.total, str(s.key)))


def public_share(org_id: int, matter_id: int) -> Share | None:
    """What everybody may know of a matter at a unit: the shares of all its ratings, once there are enough."""
    found = shares(Rating.objects.filter(org_id=org_id, matter_id=matter_id), "org")
    return found[0] if found and found[0].shown else None
