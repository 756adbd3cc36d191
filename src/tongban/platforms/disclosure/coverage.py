"""How well units keep the required columns: what is there, what is missing, what is no longer fresh. Counted from the catalogue."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import QuerySet

from tongban.platforms.disclosure.columns import Column, Item, Scheme
from tongban.platforms.disclosure.models import Record
from tongban.platforms.disclosure.provisions import schemes
from tongban.platforms.disclosure.public import public_sql
from tongban.platforms.disclosure.rules import months_later
from tongban.registry.models import Organisation
from tongban.registry.queries import as_of


@dataclass(frozen=True, slots=True)
class Kept:
    """What a unit has of an item: how many, and when the newest was published."""

    n: int
    newest: date


@dataclass(frozen=True, slots=True)
class Owed:
    """One item that one unit must have. `stale_since` is the first day on which the newest is no longer fresh."""

    org: int
    unit: str
    scheme: Scheme
    column: Column
    item: Item
    kept: Kept | None
    stale_since: date | None

    def state(self, on: date) -> str:
        """How it stands on a day: "missing", "stale" or "fresh"."""
        if self.kept is None:
            return "missing"
        return "stale" if self.stale_since is not None and self.stale_since <= on else "fresh"


@dataclass(frozen=True, slots=True)
class Score:
    """Of a unit: how many items it owes, how many are there, how many of these are fresh."""

    org: int
    unit: str
    owed: int
    there: int
    fresh: int

    @property
    def complete(self) -> int:
        """Share of what is there, in whole per cent; 100 where nothing is owed."""
        return 100 * self.there // self.owed if self.owed else 100

    @property
    def current(self) -> int:
        """Share of what is there and fresh, in whole per cent."""
        return 100 * self.fresh // self.owed if self.owed else 100


def owed(on: date, orgs: Iterable[int] | None = None, under: tuple[Scheme, ...] | None = None) -> list[Owed]:
    """What units (of these ids; all) must have on a day, beside what they have; `under` other schemes than those that hold."""
    under = schemes(on) if under is None else under
    held = _kept(under)
    wanted = None if orgs is None else set(orgs)
    natures = dict(Organisation.objects.values_list("pk", "nature"))
    found = []
    for node in as_of().nodes.values():
        if node.abolished or (wanted is not None and node.id not in wanted):
            continue
        for scheme in under:
            for column in scheme.columns:
                for item in column.items:
                    if item.owed_by(node.name, natures.get(node.id, "")):
                        kept = held.get((node.id, item.key))
                        ends = months_later(kept.newest, item.months) if kept and item.months else None
                        found.append(Owed(node.id, node.name, scheme, column, item, kept, ends))
    return found


def scores(rows: Iterable[Owed], on: date) -> list[Score]:
    """The units with how complete and fresh they are, the worst first."""
    by_unit: dict[tuple[int, str], list[str]] = defaultdict(list)
    for row in rows:
        by_unit[row.org, row.unit].append(row.state(on))
    found = [
        Score(org, unit, len(states), sum(s != "missing" for s in states), states.count("fresh"))
        for (org, unit), states in by_unit.items()
    ]
    return sorted(found, key=lambda s: (s.current, s.complete, -s.owed, s.unit))


def tallies(on: date) -> dict[str, Kept]:
    """What the public finds of each item, whoever published it."""
    found: dict[str, Kept] = {}
    for (_, key), kept in _kept(schemes(on)).items():
        was = found.get(key)
        found[key] = kept if was is None else Kept(was.n + kept.n, max(was.newest, kept.newest))
    return found


def records_in(keys: Iterable[str]) -> QuerySet[Record]:
    """Public records of these items, the newest first."""
    return Record.objects.public().filter(columns__overlap=list(keys)).order_by("-published_on", "-pk")


def _kept(under: tuple[Scheme, ...]) -> Mapping[tuple[int, str], Kept]:
    keys = [item.key for scheme in under for item in scheme.items]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [keys, keys])
        return {(org, key): Kept(n, newest) for org, key, n, newest in cursor.fetchall()}


_COUNT = f"""
SELECT r.publisher_id, c.key, count(*), max(r.published_on)
  FROM disclosure_record r CROSS JOIN LATERAL unnest(r.columns) AS c (key)
 WHERE r.columns && %s::varchar[] AND {public_sql("r")} AND c.key = ANY(%s)
 GROUP BY 1, 2"""  # noqa: S608 -- our own words
