"""A year played in memory: told, carried out, judged, scored and forgotten, a piece at a time; no database is asked or written.

Each case goes through what an import of it goes through (`engine.history`): the same commands decided, the same detectors
after every step and on every watch. The finished case is then read back from the form its row would have, and all case
rules are asked of its whole life, as `tongban supervise replay` does. Only the counts stay.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from time import process_time
from uuid import uuid5

from tongban.base.calendar import BeyondHorizon
from tongban.base.canonical import CanonicalError
from tongban.engine import codec, kinds
from tongban.engine.carry import Standing
from tongban.engine.definitions import asks_form
from tongban.engine.errors import Refused
from tongban.engine.history import Done, Past
from tongban.engine.kinds import Facts
from tongban.engine.state import EMPTY, NEW, State
from tongban.platforms.supervision.kind import detector
from tongban.platforms.supervision.replay import carded, judge
from tongban.platforms.supervision.rules import EMPTY_BOOK, RuleBook, worst
from tongban.simulator import city
from tongban.simulator.city import City
from tongban.simulator.pieces import by_pieces
from tongban.simulator.scoring import Findings, Score
from tongban.simulator.year import Chronicle, Fault, Lived, Plan

Hear = Callable[[Lived, Past, list[Done]], None]


@dataclass(slots=True)
class Played:
    """What came of the cases played so far: the findings on the way (`live`) and of whole lives (`bulk`), scored.

    Seconds are of one processor: to tell the cases, to carry them out, to read them back, to ask all rules of them.
    `refused` are the first few that the machine did not take, with the reason.
    """

    cases: int = 0
    events: int = 0
    faults: int = 0
    refused: list[str] = field(default_factory=list)
    live: Score = field(default_factory=Score)
    bulk: Score = field(default_factory=Score)
    telling: float = 0.0
    carrying: float = 0.0
    reading: float = 0.0
    judging: float = 0.0

    @property
    def perfect(self) -> bool:
        """Whether nothing was refused, missed, or found that is not so, either way."""
        return not self.refused and self.live.perfect and self.bulk.perfect

    def add(self, other: "Played") -> None:
        """Take another piece's account in."""
        self.cases += other.cases
        self.events += other.events
        self.faults += other.faults
        self.refused = [*self.refused, *other.refused][:20]
        self.live.add(other.live)
        self.bulk.add(other.bulk)
        self.telling += other.telling
        self.carrying += other.carrying
        self.reading += other.reading
        self.judging += other.judging


def play(
    plan: Plan,
    *,
    processes: int = 1,
    manifest: Path | None = None,
    begin: int = 0,
    progress: Callable[[Played], None] | None = None,
) -> Played:
    """Play the plan's cases by the rules as declared, and score what is found against the faults in them.

    The same year whoever many processes play it; memory does not grow with it. The manifest (JSON Lines) is written
    where a file is named, the same as `simulate` writes. `progress` is told each piece. A run that was broken off is taken
    up again at the case `begin`.
    """
    total = Played()
    out = manifest.open("w", encoding="utf-8") if manifest is not None else None
    try:
        for lines, piece in by_pieces(plan.cases, processes, partial(play_piece, plan), begin):
            if out is not None:
                out.write(lines)
            total.add(piece)
            if progress is not None:
                progress(piece)
    finally:
        if out is not None:
            out.close()
    return total


def play_piece(plan: Plan, first: int, last: int) -> tuple[str, Played]:
    """Play the cases from `first` up to, not including, `last`: their lines of the manifest, and what came of them."""
    lived, played = _stage(plan).play(first, last)
    return "".join(fault.line() for one in lived for fault in one.faults), played


class Stage:
    """Where the cases of a chronicle are played, by the rules of the book of each moment."""

    def __init__(
        self, chronicle: Chronicle, town: City, book_of: Callable[[datetime], RuleBook] = lambda _: EMPTY_BOOK
    ) -> None:
        self._chronicle, self._plan, self._book_of = chronicle, chronicle.plan, book_of
        self._asks = {o.key: asks_form(o.definition) for o in town.offered}
        # The guards keep those from a case who declared a relation to its applicant: in this city nobody has.
        self._watch = kinds.Watch(lambda _: (), {"supervision": detector(book_of)})

    def play(self, first: int, last: int, hear: Hear | None = None) -> tuple[list[Lived], Played]:
        """Play the cases from `first` up to, not including, `last`; `hear` is told what was done in each."""
        begun = process_time()
        lived = list(self._chronicle.cases(first, last))
        told = process_time()
        played = Played(cases=len(lived), faults=sum(len(one.faults) for one in lived))
        ended = [(one, *self._carry(n, one, played, hear)) for n, one in enumerate(lived, start=first + 1)]
        carried = process_time()
        read = [(one, self._facts(case, one, codec.decode(kept))) for one, case, kept in ended if kept]
        back = process_time()
        found = [
            (one, facts, judge(facts, self._book_of(facts.state.closed or facts.now))) for one, facts in read
        ]
        played.judging = process_time() - back
        played.telling, played.carrying, played.reading = told - begun, carried - told, back - carried
        for one, facts, findings in found:
            due = _due(one.faults)
            played.live.take(one.record.key, due, carded(facts))
            played.bulk.take(one.record.key, due, worst(findings))
            for score in (played.live, played.bulk):
                score.planted.update(fault.rule for fault in one.faults if fault.planted)
        return lived, played

    def _carry(self, n: int, one: Lived, played: Played, hear: Hear | None) -> tuple[Standing, bytes]:
        """Carry a case out as an import would: its state as its row would hold it, nothing where it was refused."""
        case = _standing(n, one)
        past = Past(one.record, case, one.offered.definition, self._watch)
        done: list[Done] = []
        try:
            for deed in past.run():
                played.events += len(deed.carried.events)
                if hear is not None:
                    done.append(deed)
        except (Refused, BeyondHorizon, CanonicalError) as refusal:
            played.refused.append(f"{one.record.key} (step {past.step}): {refusal}")
            return case, b""
        if hear is not None:
            hear(one, past, done)
        return case, codec.encode(past.state)

    def _facts(self, case: Standing, one: Lived, state: State) -> Facts:
        form = one.record.form if self._asks[one.offered.key] else EMPTY
        return Facts(
            case.id, case.number, case.kind, case.title, case.matter, case.offering, case.org, case.applicant,
            case.secrecy, case.channel, one.offered.definition, NEW, state, (), self._plan.present, form, whole=True,
        )  # fmt: skip


def _standing(n: int, one: Lived) -> Standing:
    record, offered = one.record, one.offered
    return Standing(
        id=n, uid=uuid5(record.opening, "case"), kind=record.kind, title=record.title or offered.name, number=record.number,
        matter=offered.matter, offering=offered.offering, org=offered.org, applicant=record.applicant,
        applicant_kind=record.applicant_kind, parent=None, secrecy=kinds.kind(record.kind).secrecy, channel=record.channel,
    )  # fmt: skip


def _due(faults: Iterable[Fault]) -> Findings:
    due: dict[tuple[str, str], int] = {}
    for fault in faults:
        place = (fault.rule, fault.episode)
        due[place] = max(fault.level, due.get(place, 0))
    return due


@cache
def _stage(plan: Plan) -> Stage:
    """The stage that a process goes on playing on."""
    return Stage(Chronicle(plan, city.on_paper()), city.on_paper())
