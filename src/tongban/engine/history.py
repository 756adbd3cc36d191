"""One case of the past carried out in memory: same decisions, same guards, same detectors, time passing in between.

No database: `bulk.py` writes down what comes of it; a simulated year may be played without being written.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid5

from msgspec import Struct

from tongban.base.calendar import CHINA
from tongban.base.canonical import canonical, digest
from tongban.engine import kinds
from tongban.engine.carry import Carried, Standing, carry
from tongban.engine.definition import Definition
from tongban.engine.state import EMPTY, NEW, SYSTEM, Actor, Command, Sealed, State
from tongban.registry.identity import id_digest, identity_doubts

HISTORY = UUID("1f6c2b1e-57a4-4d0f-8f0d-2a5d3c9e7b40")  # namespace of the ids of imported commands
MOST_TICKS = 200  # of one record; time acts on a case a few times in its life


class HistoryStep(Struct, frozen=True):
    """One command of the past. `account` did it (None: the system); `recorded` is when the other system wrote it down.

    `name` is what the account was called then; it stands where a command names who approved (延期).
    """

    type: str
    at: datetime
    account: int | None = None
    org: int | None = None
    data: Mapping[str, Any] = EMPTY
    recorded: datetime | None = None
    post: str = ""  # code of the post they did it under, where the other system tells; "" the step's own
    name: str = ""


class HistoryRecord(Struct, frozen=True):
    """One case of the past. `key` names it for good; a second import of the same key changes nothing."""

    key: str
    offering_version: int
    applied: datetime
    applicant_name: str
    form: Mapping[str, Any]
    steps: tuple[HistoryStep, ...]
    materials: Mapping[str, str] = EMPTY
    applicant: int | None = None  # account
    applicant_kind: str = "person"
    id_type: str = ""
    id_number: str = ""
    by: int | None = None  # account that took it in; None: the applicant themself
    kind: str = "licence"
    title: str = ""
    number: str = ""  # as in the other system; "" gives it one of ours
    channel: str = "import"
    parent: str = (
        ""  # key of the record of the joint case it belongs to, imported before or earlier in this run
    )
    said: Mapping[str, Any] = EMPTY  # what else was said when it was taken in: "force" with its "reason"

    @property
    def opening(self) -> UUID:
        """The id of the command that opens it."""
        return opening_of(self.key)


class Done(Struct, frozen=True):
    """One command that was carried out at `now`, on a case that had `seq` events before."""

    seq: int
    command: Command
    carried: Carried
    now: datetime


class Past:
    """One record on its way. `state` is where it stands, `step` which of its steps is being done (0: the opening).

    `first` is the id of the command that opens it.
    """

    def __init__(
        self, record: HistoryRecord, case: Standing, definition: Definition, watch: kinds.Watch | None = None
    ) -> None:
        self.record, self.case, self.definition, self._watch = record, case, definition, watch
        self.state: State = NEW
        self.step = 0
        self.fire_at: datetime | None = None
        self.rules: tuple[str, ...] = ()
        self.first = record.opening
        self.form_sha = digest(canonical(record.form))
        self.id_digest = id_digest(record.id_type, record.id_number) if record.id_number else ""

    def run(self) -> Iterator[Done]:
        """Carry the record out to its end, a command at a time. Raises Refused, BeyondHorizon, CanonicalError."""
        for no, step in enumerate((self._opening(), *self.record.steps)):
            self.step = no
            command, now = self._command(step)
            yield from self._passing(now)
            yield self._one(command, now)

    def _passing(self, until: datetime) -> Iterator[Done]:
        """What time itself does, and what supervision sees when it looks again, up to an instant."""
        for _ in range(MOST_TICKS):
            at = self.fire_at
            if at is None or at > until:
                return
            tick = uuid5(HISTORY, f"{self.record.key}:tick:{self.state.seq}:{at.isoformat()}")
            yield self._one(Command(tick, "tick", SYSTEM, at, EMPTY, "system"), at)
            if self.fire_at == at:
                return

    def _one(self, command: Command, now: datetime) -> Done:
        seq = self.state.seq
        carried = carry(
            self.case, self.definition, self.state, command, self.record.form, now, watch=self._watch
        )
        self.state, self.fire_at, self.rules = carried.state, carried.fire_at, carried.rules
        return Done(seq, command, carried, now)

    def _opening(self) -> HistoryStep:
        record = self.record
        who = {"name": record.applicant_name, "id": self.id_digest, "form": self.form_sha.hex()}
        submitted: dict[str, Any] = {
            "kind": record.kind,
            "materials": dict(record.materials),
            "application": {"files": [], "who": Sealed(who)},
        }
        if doubts := identity_doubts(record.id_type, record.id_number):
            submitted["doubts"] = doubts
        submitted |= record.said
        if self.case.parent is not None:
            submitted["parent"] = self.case.parent
        opener = record.by if record.by is not None else record.applicant
        return HistoryStep("submit", record.applied, opener, self.case.org, submitted, record.applied)

    def _command(self, step: HistoryStep) -> tuple[Command, datetime]:
        """The command of a step, and when it was recorded; what was entered late is given a reason where it has none."""
        record = self.record
        at, now = step.at.astimezone(CHINA), (step.recorded or step.at).astimezone(CHINA)
        late = now - at >= _LATE and "reason" not in step.data
        data = {**step.data, "reason": "历史数据导入"} if late else step.data
        id_ = UUID(int=self.first.int + self.step)  # the commands of a record count on from its first
        return Command(id_, step.type, self._actor(step), at, data, record.channel), now

    def _actor(self, step: HistoryStep) -> Actor:
        record = self.record
        if step.account is None:
            return SYSTEM
        own = step.account == record.applicant and record.by != step.account
        kind: Literal["resident", "staff"] = "resident" if own else "staff"
        org = None if own else (step.org or self.case.org)
        held = frozenset({step.post}) if step.post else self.definition.codes
        return Actor(kind, step.account, step.name, org, held, _ANYTHING)


def opening_of(key: str) -> UUID:
    """The id of the command that opens the record of that key."""
    return uuid5(HISTORY, f"{key}:0")


_ANYTHING = frozenset({"*", "own"})
_LATE = timedelta(minutes=5)
