"""What a provision would change, before it is decided (预览): which publications would have been late, which units would lack what."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from tongban.base.calendar import BeyondHorizon
from tongban.base.queries import current_calendar
from tongban.platforms.disclosure import columns, coverage, rules
from tongban.platforms.disclosure.columns import Decided
from tongban.platforms.disclosure.models import Record
from tongban.platforms.disclosure.provisions import items, limits
from tongban.platforms.disclosure.rules import Local
from tongban.registry.queries import region_stem, today

SHOWN = 50
"""Publications or units that are told by name."""


@dataclass(frozen=True, slots=True)
class Late:
    """A publication that would be judged otherwise: how many working days it took from its signing (or its date)."""

    record: Record
    days: int
    was_late: bool


@dataclass(frozen=True, slots=True)
class LimitPreview:
    """Of the publications of a period: how many, how many were late, how many would have been, and those that differ."""

    looked: int
    now: int
    then: int
    differing: tuple[Late, ...]


@dataclass(frozen=True, slots=True)
class Lacking:
    """A unit that would stand otherwise with an item: "missing", "stale", "fresh", or "" where it does not owe it."""

    unit: str
    now: str
    then: str


@dataclass(frozen=True, slots=True)
class ItemPreview:
    """Of an item: how many units owe it and how many of them fall short, now and then, and the units that differ."""

    owed: tuple[int, int]
    short: tuple[int, int]
    differing: tuple[Lacking, ...]


def of_limit(region: str, days: int, first: date, last: date) -> LimitPreview:
    """What a local limit would have meant for what was published in these days by the units of a region and below it."""
    stem, calendar, held = region_stem(region), current_calendar(), limits()
    rows = Record.objects.public().filter(
        published_on__range=(first, last), publisher__region__code__startswith=stem
    )
    looked = now = then = 0
    differing: list[Late] = []
    rows = rows.select_related("publisher").defer("body", "words").order_by("-published_on", "-pk")
    for row in rows.iterator(chunk_size=2000):
        begun = row.signed_on or row.issued_on
        if begun is None or row.published_on is None or row.published_on < begun:
            continue
        of_region = str(row.publisher.region_id)
        stands, narrower = rules.regime(of_region, begun, held), _narrower(held, of_region, stem)
        if stands is None:
            continue
        try:
            used = calendar.W(row.published_on) - calendar.W(begun)
        except BeyondHorizon:
            continue
        would = stands.local if narrower else min(days, stands.law)
        looked, was, will = looked + 1, used > stands.local, used > would
        now, then = now + was, then + will
        if was != will and len(differing) < SHOWN:
            differing.append(Late(row, used, was))
    return LimitPreview(looked, now, then, tuple(differing))


@lru_cache(maxsize=64)
def _narrower(held: tuple[Local, ...], region: str, stem: str) -> bool:
    """Whether a narrower place within the region has a limit of its own, which goes before."""
    return any(len(one.region) > len(stem) and region.startswith(one.region) for one in held)


def of_item(proposed: Decided, on: date | None = None) -> ItemPreview:
    """What an item of a column would ask of units today, beside what it asks now."""
    on = on or today()
    held = items(on)
    key = proposed.item.key
    others = tuple(d for d in held if d.item.key != key)
    now = _states(columns.schemes(on, held), key, on)
    then = _states(columns.schemes(on, (*others, proposed)), key, on)
    differing = [
        Lacking(unit, now.get(unit, ""), then.get(unit, ""))
        for unit in sorted(now.keys() | then.keys())
        if now.get(unit, "") != then.get(unit, "")
    ]
    return ItemPreview(
        (len(now), len(then)),
        (sum(s != "fresh" for s in now.values()), sum(s != "fresh" for s in then.values())),
        tuple(differing[:SHOWN]),
    )


def _states(under: tuple[columns.Scheme, ...], key: str, on: date) -> dict[str, str]:
    """How each unit that owes the item stands with it."""
    return {row.unit: row.state(on) for row in coverage.owed(on, None, under) if row.item.key == key}
