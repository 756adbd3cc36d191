"""What must be public by itself, where, how often and by whom: key areas 重点领域 and the list of article 20. Pure data.

From `data/columns.json`, each scheme and item with the days it holds, and what was decided beside it (`provisions` reads that).
How well units do is measured in `coverage`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

#: Stands for every organ of the administration, in `units`.
EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that must be there. `months` is how long it is fresh (0: it only has to be there).

    `units` are words of the names of those who owe it; `words` those in a title that suggest it.
    """

    key: str
    name: str
    months: int
    units: tuple[str, ...]
    words: tuple[str, ...]

    def owed_by(self, name: str, nature: str) -> bool:
        """Whether a unit of that name and nature must have it."""
        if EVERYBODY in self.units:
            return nature in ("机关", "行政机关")
        return any(word in name for word in self.units)


@dataclass(frozen=True, slots=True)
class Decided:
    """One item of a column as it was decided at the desk: it stands in place of the item of that key, or beside the others.

    `holds` false: it need not be there any more.
    """

    column: str
    item: Item
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the site: an area or an item of the list, with what must be in it."""

    key: str
    name: str
    basis: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """A set of columns that a law or an order asks for."""

    key: str
    name: str
    basis: str
    columns: tuple[Column, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """All that must be there."""
        return tuple(item for column in self.columns for item in column.items)


@lru_cache(maxsize=64)
def schemes(on: date, decided: tuple[Decided, ...] = ()) -> tuple[Scheme, ...]:
    """The schemes that hold on a day, with the items that do; `decided` is what was decided for that day."""
    return tuple(
        Scheme(
            row["key"],
            row["name"],
            row["basis"],
            tuple(_column(c, on, decided) for c in row["columns"] if _holds(c, on)),
        )
        for row in _book()["schemes"]
        if _holds(row, on)
    )


def column(key: str, on: date, decided: tuple[Decided, ...] = ()) -> Column | None:
    """The column of that key; None where there is none on the day."""
    return next((c for scheme in schemes(on, decided) for c in scheme.columns if c.key == key), None)


def suggested(title: str, on: date, decided: tuple[Decided, ...] = ()) -> tuple[str, ...]:
    """The items whose words stand in a title: proposed to the clerk, never put in by themselves."""
    return tuple(
        i.key
        for scheme in schemes(on, decided)
        for i in scheme.items
        if any(word in title for word in i.words)
    )


def _column(raw: Mapping[str, Any], on: date, decided: tuple[Decided, ...]) -> Column:
    own = {d.item.key: d for d in decided if d.column == raw["key"]}
    known = {item.key: item for item in _items(raw, on)}
    known |= {key: d.item for key, d in own.items()}
    items = tuple(item for key, item in known.items() if key not in own or own[key].holds)
    return Column(raw["key"], raw["name"], raw.get("basis", ""), items)


def _items(raw: Mapping[str, Any], on: date) -> tuple[Item, ...]:
    return tuple(
        Item(
            f"{raw['key']}-{i['key']}",
            i["name"],
            i.get("months", 0),
            tuple(i["units"]),
            tuple(i.get("words", ())),
        )
        for i in raw["items"]
        if _holds(i, on)
    )


def _holds(raw: Mapping[str, Any], on: date) -> bool:
    since, until = str(raw.get("since", "")), str(raw.get("until", ""))
    return since <= on.isoformat() and (not until or on.isoformat() <= until)


@lru_cache(maxsize=1)
def _book() -> Mapping[str, Any]:
    text = files("tongban.platforms.disclosure").joinpath("data/columns.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    return read
