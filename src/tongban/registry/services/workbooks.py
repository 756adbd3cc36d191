"""Taking a workbook of matters in: first looked at, row by row, then taken in; the same twice changes nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tongban.registry.actors import Actor
from tongban.registry.package import Known, check_package
from tongban.registry.reports import Outcome
from tongban.registry.services.matters import code_of, import_matter, known_here
from tongban.registry.workbook import Place, Row, locate


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
    """Look at a row, without taking it in."""
    findings = [Finding(f.place, f.code, f.why, f.mend) for f in row.faults]
    if row.package:
        told = {(f.place.sheet, f.place.row, f.place.column) for f in row.faults}
        for p in check_package(row.package, known):
            place = locate(row, p.field)
            if (place.sheet, place.row, place.column) not in told:  # the cell's own fault says it better
                findings.append(Finding(place, p.code, p.why, p.mend, p.level))
    refused = any(f.level == "error" for f in findings)
    about = row.package.get("matter")
    name = str(about.get("name", "")) if isinstance(about, Mapping) else ""
    return RowVerdict(row.place, code_of(row.package), name, "refused" if refused else "", tuple(findings))


def take_row(
    actor: Actor, row: Row, known: Known, *, note: str = "表格导入", publish_from: date | None = None
) -> RowVerdict:
    """Take a sound row in as a draft (or publish it); a refused one stays out, with what was found."""
    judged = judge_row(row, known)
    if judged.outcome == "refused":
        return judged
    done = import_matter(actor, row.package, change_note=note, known=known, publish_from=publish_from)
    findings = tuple(Finding(locate(row, p.field), p.code, p.why, p.mend, p.level) for p in done.problems)
    return RowVerdict(row.place, judged.code, judged.name, done.outcome, findings, done.id)


def take_rows(
    actor: Actor,
    rows: Iterable[Row],
    *,
    note: str = "表格导入",
    publish_from: date | None = None,
    tick: Callable[[RowVerdict], None] | None = None,
) -> list[RowVerdict]:
    """Take every row in, each with its own verdict and transaction; `tick` hears of each as it is done."""
    known = known_here()
    verdicts = []
    for row in rows:
        verdict = take_row(actor, row, known, note=note, publish_from=publish_from)
        verdicts.append(verdict)
        if tick is not None:
            tick(verdict)
    return verdicts
