"""What must be public by itself, where, how often and by whom: key areas 重点领域 and the list of article 20. Pure data.

From `data/columns.json`, each scheme and item with the days it holds. How well units do is measured in `coverage`.
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
def schemes(on: date) -> tuple[Scheme, ...]:
    """The schemes that hold on a day, with the items that do."""
    return tuple(
        Scheme(
            row["key"],
            row["name"],
            row["basis"],
            tuple(_column(c, on) for c in row["columns"] if _holds(c, on)),
        )
        for row in _book()["schemes"]
        if _holds(row, on)
    )


def column(key: str, on: date) -> Column | None:
    """The column of that key; None where there is none on the day."""
    return next((c for scheme in schemes(on) for c in scheme.columns if c.key == key), None)


def suggested(title: str, on: date) -> tuple[str, ...]:
    """The items whose words stand in a title: proposed to the clerk, never put in by themselves."""
    return tuple(
        i.key for scheme in schemes(on) for i in scheme.items if any(word in title for word in i.words)
    )


def _column(raw: Mapping[str, Any], on: date) -> Column:
    items = tuple(
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
    return Column(raw["key"], raw["name"], raw.get("basis", ""), items)


def _holds(raw: Mapping[str, Any], on: date) -> bool:
    since, until = str(raw.get("since", "")), str(raw.get("until", ""))
    return since <= on.isoformat() and (not until or on.isoformat() <= until)


@lru_cache(maxsize=1)
def _book() -> Mapping[str, Any]:
    text = files("tongban.platforms.disclosure").joinpath("data/columns.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    return read
