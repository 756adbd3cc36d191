"""What holds on a day for publishing: how soon after the signing, and how often what is withheld is looked at again. Pure."""

import json
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

#: The attributes as a step of signing comes out; `UNEXPLAINED` was kept back and nobody said why.
PROACTIVE, UNEXPLAINED = "proactive", "unexplained"


@dataclass(frozen=True, slots=True)
class Regime:
    """The limits from a day on, in working days from the signing: the law's, and the one that binds here."""

    since: date
    law: int
    local: int
    basis: str


@dataclass(frozen=True, slots=True)
class Local:
    """A local limit 本地公开期限 that was decided: for the regions whose code begins so, in working days, from a day on."""

    region: str
    since: date
    days: int
    basis: str


@lru_cache(maxsize=256)
def regimes(region: str, decided: tuple[Local, ...] = ()) -> tuple[Regime, ...]:
    """Every regime of a region, oldest first: a new one begins where the law or the local rule changes."""
    book = _book()
    local = [row for row in (*book["local"], *map(_row, decided)) if region.startswith(row["region"])]
    found: list[Regime] = []
    for day in sorted({date.fromisoformat(row["since"]) for row in (*book["law"], *local)}):
        law, own = _last(book["law"], day), _last(_nearest(local, day), day)
        if law is None:
            continue
        rule = own if own is not None and own["days"] < law["days"] else law
        held = Regime(day, law["days"], rule["days"], rule["basis"])
        if not found or found[-1] != replace(held, since=found[-1].since):
            found.append(held)
    return tuple(found)


def regime(region: str, on: date, decided: tuple[Local, ...] = ()) -> Regime | None:
    """What holds in a region on a day; None before there was any law."""
    held = [r for r in regimes(region, decided) if r.since <= on]
    return held[-1] if held else None


def shortest() -> int:
    """The working days that the steps of a release take together: no limit can be shorter."""
    steps = template("release")["content"]["steps"]
    return sum(step["limit"]["amount"] for step in steps if step["limit"].get("counted", True))


def law(on: date) -> int | None:
    """The law's own limit on a day, in working days; None before there was any."""
    found = _last(_book()["law"], on)
    return None if found is None else int(found["days"])


def next_review(region: str, on: date) -> date:
    """When something withheld on a day is to be looked at again (条例第十八条): the same day so many months later."""
    rows = [row for row in _book()["review"] if region.startswith(row["region"])]
    rule = _last(_nearest(rows, on), on)
    return months_later(on, rule["months"] if rule else 12)


def months_later(day: date, months: int) -> date:
    """The same day number, or the last day of a shorter month."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@lru_cache(maxsize=4)
def template(name: str) -> Mapping[str, Any]:
    """Package, flow, roles and permissions of a kind: "release" or "rereview"."""
    read: dict[str, Any] = json.loads(_read(f"{name}.json"))
    return read


def checklist() -> tuple[str, ...]:
    """The points of the secrecy review 审查要点, as the flow has them."""
    step = next(n for n in template("release")["flow"]["nodes"] if n["key"] == "secrecy")
    return tuple(step["checklist"])


def content_under(held: Regime) -> dict[str, Any]:
    """The package of a release under the limits of a regime."""
    content: dict[str, Any] = json.loads(json.dumps(template("release")["content"]))
    content["limits"]["statutory"]["amount"] = held.law
    content["limits"]["promised"] |= {"amount": held.local, "note": held.basis}
    return content


@lru_cache(maxsize=1)
def _book() -> Mapping[str, Any]:
    read: dict[str, Any] = json.loads(_read("publication.json"))
    return read


def _read(name: str) -> str:
    return files("tongban.platforms.disclosure").joinpath("data", name).read_text(encoding="utf-8")


def _row(local: Local) -> Mapping[str, Any]:
    return {
        "region": local.region,
        "since": local.since.isoformat(),
        "days": local.days,
        "basis": local.basis,
    }


def _nearest(rows: Iterable[Mapping[str, Any]], on: date) -> list[Mapping[str, Any]]:
    """Of rows for a region those that hold on a day and are said of the narrowest region."""
    there = [row for row in rows if date.fromisoformat(row["since"]) <= on]
    longest = max((len(row["region"]) for row in there), default=0)
    return [row for row in there if len(row["region"]) == longest]


def _last(rows: Iterable[Mapping[str, Any]], on: date) -> Mapping[str, Any] | None:
    held = [row for row in rows if date.fromisoformat(row["since"]) <= on]
    return max(held, key=lambda row: row["since"], default=None)
