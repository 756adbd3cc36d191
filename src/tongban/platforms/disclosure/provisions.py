"""What holds on a day for publishing: what comes with the programme, and what was decided at the desk beside it (规定).

Local publication limits and items of the required columns. Decisions are made in `services.deciding`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from tongban.platforms.disclosure import columns, rules
from tongban.platforms.disclosure.columns import Column, Decided, Item, Scheme
from tongban.platforms.disclosure.models import Provision
from tongban.platforms.disclosure.rules import Local, Regime
from tongban.registry.queries import region_stem


def limits() -> tuple[Local, ...]:
    """Every local limit that was ever decided, planned ones among them."""
    rows = Provision.objects.filter(kind=Provision.Kind.LIMIT, valid__isnull=False).order_by("about", "valid")
    return tuple(
        Local(region_stem(row.about), row.valid.lower, row.content["days"], row.basis)
        for row in rows
        if row.valid is not None
    )


def regimes(region: str) -> tuple[Regime, ...]:
    """Every regime of a region, oldest first, planned ones last."""
    return rules.regimes(region, limits())


def schemes(on: date) -> tuple[Scheme, ...]:
    """The schemes of required columns that hold on a day, with what must be in them."""
    return columns.schemes(on, items(on))


def column(key: str, on: date) -> Column | None:
    """The column of that key; None where there is none on the day."""
    return columns.column(key, on, items(on))


def suggested(title: str, on: date) -> tuple[str, ...]:
    """The items whose words stand in a title: proposed to the clerk, never put in by themselves."""
    return columns.suggested(title, on, items(on))


def items(on: date) -> tuple[Decided, ...]:
    """What was decided of items of columns and holds on a day."""
    rows = Provision.objects.filter(kind=Provision.Kind.ITEM, valid__contains=on).order_by("about")
    return tuple(decided(row.about, row.content) for row in rows)


def decided(key: str, said: Mapping[str, Any]) -> Decided:
    """An item as the content of a provision says it."""
    item = Item(key, said["name"], said["months"], tuple(said["units"]), tuple(said["words"]))
    return Decided(said["column"], item, said["holds"])
