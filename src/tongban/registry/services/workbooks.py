"""Taking a workbook of matters in: first looked at, row by row, then taken in; the same twice changes nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from tongban.registry.actors import Actor
from tongban.registry.package import Known, check_package
from tongban.registry.reports import Outcome
from tongban.registry.services.batches import import_batch, newest_versions, place_of
from tongban.registry.services.matters import code_of, import_matter, known_here
from tongban.registry.workbook import Place, Row, keep_unspoken, kept_warning, locate

BATCH = 200  # rows in one transaction


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a row: where, what, why, how to mend it."""

    place: Place
    code: str
    why: str
    mend: str
    level: Literal["error", "warning"] = "error"


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What becomes of one row. `outcome` is "" while it has only been looked at and is sound."""

    place: Place
    code: str
    name: str
    outcome: Outcome | Literal[""]
    findings: tuple[Finding, ...] = ()
    version: int | None = None

    @property
    def word(self) -> Literal["clean", "warned", "refused"]:
        """The verdict in one word."""
        if self.outcome == "refused":
            return "refused"
        return "warned" if self.findings else "clean"


def judge_row(row: Row, known: Known) -> RowVerdict:
    """Look at a row by itself, without taking it in."""
    findings = [Finding(f.place, f.code, f.why, f.mend, f.level) for f in row.faults]
    if row.package:
        told = {(f.place.sheet, f.place.row, f.place.column) for f in row.faults if f.level == "error"}
        for p in check_package(row.package, known):
            place = locate(row, p.field)
            if (place.sheet, place.row, place.column) not in told:  # the cell's own fault says it better
                findings.append(Finding(place, p.code, p.why, p.mend, p.level))
    refused = any(f.level == "error" for f in findings)
    about = row.package.get("matter")
    name = str(about.get("name", "")) if isinstance(about, Mapping) else ""
    return RowVerdict(row.place, code_of(row.package), name, "refused" if refused else "", tuple(findings))


def judge_rows(rows: Sequence[Row], known: Known) -> list[RowVerdict]:
    """Look at rows together with what is here: parts that have no column keep what the newest version says."""
    for batch in batched(rows, BATCH):
        held = newest_versions([row.package for row in batch if row.spoken is not None])
        for row in batch:
            old = held.get(place_of(row.package))
            if old is not None and (kept := keep_unspoken(row, old.content)):
                row.faults.append(kept_warning(row, kept))
    return [judge_row(row, known) for row in rows]


def take_batch(
    actor: Actor,
    rows: Sequence[Row],
    known: Known,
    *,
    note: str = "表格导入",
    publish_from: date | None = None,
) -> list[RowVerdict]:
    """Take the sound rows in as drafts (or publish them); refused ones stay out, with what was found."""
    judged = judge_rows(rows, known)
    sound = [n for n, verdict in enumerate(judged) if verdict.outcome != "refused"]
    packages = [rows[n].package for n in sound]
    if publish_from is None:
        done = import_batch(actor, packages, known=known, change_note=note)
    else:
        done = [
            import_matter(actor, package, change_note=note, known=known, publish_from=publish_from)
            for package in packages
        ]
    for n, verdict in zip(sound, done, strict=True):
        told = {f.code for f in judged[n].findings}
        more = tuple(
            Finding(locate(rows[n], p.field), p.code, p.why, p.mend, p.level)
            for p in verdict.problems
            if p.code not in told
        )
        judged[n] = replace(
            judged[n],
            outcome=verdict.outcome,
            findings=judged[n].findings + more,
            version=verdict.id,
        )
    return judged


def take_rows(
    actor: Actor,
    rows: Iterable[Row],
    *,
    note: str = "表格导入",
    publish_from: date | None = None,
    tick: Callable[[RowVerdict], None] | None = None,
) -> list[RowVerdict]:
    """Take every row in, each with its own verdict, so many in one transaction; `tick` hears of each as it is done."""
    known = known_here()
    verdicts: list[RowVerdict] = []
    for batch in batched(list(rows), BATCH):
        done = take_batch(actor, batch, known, note=note, publish_from=publish_from)
        verdicts += done
        for verdict in done:
            if tick is not None:
                tick(verdict)
    return verdicts


def batched(rows: Sequence[Row], many: int) -> Iterator[Sequence[Row]]:
    """The rows, so many at a time."""
    for start in range(0, len(rows), many):
        yield rows[start : start + many]
