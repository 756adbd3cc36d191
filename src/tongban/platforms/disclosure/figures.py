"""Quantity, quality, responsibility 数量能统计、质量能评价、责任能追究: public records of a period, grouped, marked, and by whose hands."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, QuerySet

from tongban.base.queries import current_calendar
from tongban.platforms.disclosure.models import GENRE_CODES, THEMES, Deed, Link, Record
from tongban.platforms.disclosure.provisions import limits
from tongban.platforms.disclosure.public import public_q
from tongban.platforms.disclosure.quality import Average, Facts, Mark, average, judge, needed
from tongban.registry.models import Account
from tongban.registry.queries import organisation_name, today

BY: Mapping[str, str] = {"unit": "单位", "theme": "主题", "genre": "体裁", "month": "月份"}
"""What records may be grouped by: key → words."""
HANDS: Mapping[str, str] = {"drafted": "起草", "reviewed": "审查", "released": "签发、发布"}
"""What people do to a record: key → words."""
_ACTS = {
    "created": "drafted",
    "imported": "drafted",
    "reviewed": "reviewed",
    "signed": "released",
    "released": "released",
}
_ENDS = (Link.Kind.REPLACES, Link.Kind.REPEALS)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which public records are looked at: published in a period, by a unit, of a class, by somebody's hand, with a fault."""

    first: date
    last: date
    unit: int = 0
    theme: str = ""
    genre: str = ""
    month: str = ""
    fault: str = ""
    hand: str = ""
    person: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one class: its value, its words, and how they do together."""

    value: str
    name: str
    average: Average


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, and how many records went through their hands as what."""

    id: int
    name: str
    counts: Mapping[str, int]


def records(account: Account, asked: Asked, verb: str = "view") -> QuerySet[Record]:
    """The records asked for, as far as the account sees them (with `export`: may take them out), the newest first.

    A fault is not a matter of the database: `marks` tells it.
    """
    rows = Record.objects.visible_to(account, verb).filter(
        pk__in=Record.objects.public().filter(published_on__range=(asked.first, asked.last)).values("pk")
    )
    wanted = {"publisher_id": asked.unit, "theme": asked.theme, "genre": asked.genre}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if asked.month:
        year, month = asked.month.split("-")
        rows = rows.filter(published_on__year=int(year), published_on__month=int(month))
    if asked.hand in HANDS and asked.person:
        acts = [act for act, hand in _ACTS.items() if hand == asked.hand]
        rows = rows.filter(
            Exists(Deed.objects.filter(record=OuterRef("pk"), act__in=acts, account=asked.person))
        )
    return rows.order_by("-published_on", "-pk")


def marks(rows: QuerySet[Record], fault: str = "") -> dict[int, Mark]:
    """The mark of each record in their order; with a fault only of those that do not meet that criterion."""
    calendar, on, decided = current_calendar(), today(), limits()
    told = {pk: judge(facts, calendar, on, decided) for pk, facts in _facts(rows)}
    if not fault:
        return told
    return {pk: mark for pk, mark in told.items() if fault in {c.key for c in mark.lacking}}


def grouped(rows: QuerySet[Record], told: Mapping[int, Mark], by: str) -> list[Group]:
    """The records with their marks by a class, each with how its records do; the largest first, months in their order."""
    field = {"unit": "publisher_id", "theme": "theme", "genre": "genre", "month": "published_on"}[by]
    of = dict(rows.values_list("pk", field))
    held: dict[str, list[Mark]] = defaultdict(list)
    for pk, mark in told.items():
        value = f"{of[pk]:%Y-%m}" if by == "month" else str(of[pk])
        held[value].append(mark)
    groups = [Group(value, _name(by, value), average(those)) for value, those in held.items()]
    if by == "month":
        return sorted(groups, key=lambda g: g.value)
    return sorted(groups, key=lambda g: (-g.average.n, g.name))


def people(rows: QuerySet[Record]) -> list[Person]:
    """Through whose hands the records went, and how many as what; who did most first."""
    held: dict[int, Counter[str]] = defaultdict(Counter)
    done = Deed.objects.filter(
        record__in=rows.order_by().values("pk"), act__in=_ACTS, account__isnull=False
    ).order_by()
    for hand in HANDS:
        acts = [act for act, does in _ACTS.items() if does == hand]
        counted = done.filter(act__in=acts).values_list("account").annotate(n=Count("record", distinct=True))
        for account, n in counted:
            held[account][hand] += n
    names = {a.pk: a.display_name for a in Account.objects.filter(pk__in=held)}
    told = [Person(pk, names[pk], {hand: counts[hand] for hand in HANDS}) for pk, counts in held.items()]
    return sorted(told, key=lambda p: (-sum(p.counts.values()), p.name))


def hands_of(pks: Collection[int]) -> dict[int, dict[str, str]]:
    """Who drafted, reviewed and released each record: the names, in the order in which they did."""
    told: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    rows = Deed.objects.filter(record__in=pks, act__in=_ACTS).select_related("account")
    for deed in rows.order_by("at", "pk"):
        names = told[deed.record_id][_ACTS[deed.act]]
        if deed.account is not None and deed.account.display_name not in names:
            names.append(deed.account.display_name)
    return {pk: {hand: "、".join(names[hand]) for hand in HANDS} for pk, names in told.items()}


def _facts(rows: QuerySet[Record]) -> Iterator[tuple[int, Facts]]:
    """What `quality` asks of each record, read without the texts themselves."""
    links = Link.objects.standing().filter(public_q("source"), target=OuterRef("pk"))
    found = rows.annotate(
        interpreted=Exists(links.filter(kind=Link.Kind.INTERPRETS)),
        ended_by=Exists(links.filter(kind__in=_ENDS)),
    ).values(
        *needed(), "pk", "number", "signed_on", "ends_on", "validity", "publisher__region_id", "size", "lines", "garbled",
        "interpreted", "ended_by",
    )  # fmt: skip
    for row in found.iterator(chunk_size=2000):
        filled = frozenset(
            name for name in needed() if row[name] and not (name == "genre" and row[name] == "99")
        )
        yield (
            row["pk"],
            Facts(
                filled, row["number"], row["title"], row["genre"], str(row["publisher__region_id"]), row["signed_on"],
                row["issued_on"], row["published_on"], row["ends_on"], row["validity"], row["size"], row["lines"],
                row["garbled"], row["interpreted"], row["ended_by"],
            ),
        )  # fmt: skip


def _name(by: str, value: str) -> str:
    if by == "unit":
        return organisation_name(int(value))
    if by == "theme":
        return THEMES.get(value, "未分类")
    if by == "genre":
        return GENRE_CODES.get(value, value)
    year, month = value.split("-")
    return f"{year}年{int(month)}月"
