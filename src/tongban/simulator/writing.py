"""Writing a year down: cases imported as history, many a transaction, by as many processes as are asked for.

The manifest grows in the order of the cases whatever process wrote them; no process keeps more than one piece in memory.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

from tongban.simulator.pieces import PIECE, by_pieces
from tongban.simulator.year import Chronicle, Lived, Plan


@dataclass(slots=True)
class Told:
    """What became of the cases written so far. `refused` are the first few that the importer did not take, with the reason."""

    written: int = 0
    there: int = 0
    faults: int = 0
    refused: list[str] = field(default_factory=list)

    def add(self, other: "Told") -> None:
        """Take another piece's account in."""
        self.written += other.written
        self.there += other.there
        self.faults += other.faults
        self.refused = [*self.refused, *other.refused][:20]


def simulate(
    plan: Plan,
    manifest: Path,
    *,
    processes: int = 1,
    progress: Callable[[int], None] | None = None,
    hear: Callable[[Lived], None] | None = None,
) -> Told:
    """Write the plan's cases into the city in the database and their faults into the manifest (JSON Lines).

    A second run of the same plan writes nothing new and tells the same manifest. `hear` is told each case, in order, where
    one process writes them.
    """
    told = Told()
    part = manifest.with_name(f"{manifest.name}.part")
    with part.open("w", encoding="utf-8") as out:
        work = partial(_write_one, plan) if processes > 1 else partial(_write, _open(plan), hear)
        for lines, piece in by_pieces(plan.cases, processes, work):
            out.write(lines)
            told.add(piece)
            if progress is not None:
                progress(piece.written + piece.there)
    part.replace(manifest)
    return told


def _open(plan: Plan) -> Chronicle:
    from tongban.simulator import city

    return Chronicle(plan, city.read())


def _write(
    chronicle: Chronicle, hear: Callable[[Lived], None] | None, first: int, last: int
) -> tuple[str, Told]:
    from tongban.engine.bulk import import_history

    lived: list[Lived] = list(chronicle.cases(first, last))
    told = Told()
    if hear is not None:
        for one in lived:
            hear(one)
    for verdict in import_history([one.record for one in lived], batch=PIECE):
        if verdict.code == "there_already":
            told.there += 1
        elif verdict.ok:
            told.written += 1
        else:
            told.refused.append(f"{verdict.key} (step {verdict.step}): {verdict.code} {verdict.message}")
    lines = [fault.line() for one in lived for fault in one.faults]
    told.faults = len(lines)
    return "".join(lines), told


def _write_one(plan: Plan, first: int, last: int) -> tuple[str, Told]:
    return _write(_opened(plan), None, first, last)


@lru_cache(maxsize=1)
def _opened(plan: Plan) -> Chronicle:
    """The chronicle that a process that helps goes on telling from."""
    return _open(plan)
