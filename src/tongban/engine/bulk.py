"""History imported through the very machine that carries live cases: same decisions, same detectors, same chain.

A record tells what happened to one case in another system. It is carried out in memory, command by command, with time
passing in between, and the finished rows are copied in, many cases a transaction. A record that the machine refuses
is answered with the refusal; the others go in. Several processes may import at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid5

from django.db import connection, transaction

from tongban.base.calendar import CHINA, BeyondHorizon
from tongban.base.canonical import CanonicalError, canonical, digest
from tongban.engine import kinds
from tongban.engine.carry import Carried, Standing, carry, chain
from tongban.engine.copying import Begun, Reached, Tables
from tongban.engine.definition import Definition
from tongban.engine.definitions import asks_form, definition, flow_of, newest_calendar
from tongban.engine.errors import Refused
from tongban.engine.ledger.chain import GENESIS
from tongban.engine.models import CommandRow
from tongban.engine.numbering import case_number, new_secret, secret_hash
from tongban.engine.state import EMPTY, NEW, SYSTEM, Actor, Command, Sealed, State
from tongban.registry.identity import id_digest, identity_doubts
from tongban.registry.models import OfferingVersion
from tongban.registry.tree import generation

HISTORY = UUID("1f6c2b1e-57a4-4d0f-8f0d-2a5d3c9e7b40")  # namespace of the ids of imported commands
MOST_TICKS = 200  # of one record; time acts on a case a few times in its life


@dataclass(frozen=True, slots=True)
class HistoryStep:
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


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """One case of the past. `key` names it for good: a second import of the same key changes nothing."""

    key: str
    offering_version: int
    applied: datetime
    applicant_name: str
    form: Mapping[str, Any]
    steps: tuple[HistoryStep, ...]
    materials: Mapping[str, str] = field(default_factory=dict)
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


@dataclass(frozen=True, slots=True)
class HistoryVerdict:
    """What became of a record. `code` is "imported", "there_already", or that of the refusal, at step `step` (0: opening)."""

    key: str
    ok: bool
    code: str
    message: str = ""
    case_id: int | None = None
    step: int = 0


def import_history(
    records: Iterable[HistoryRecord],
    progress: Callable[[int], None] | None = None,
    *,
    batch: int = 500,
) -> Iterator[HistoryVerdict]:
    """Import cases of the past; yields a verdict for each record, in order, once its batch is durable.

    `progress` is told how many records of each batch are done. Detectors run as they would have run at the time, watches
    included; findings are issued as of then. Subscribers are told inside the batch's transaction; effects (notices)
    are not sent for what is over. A batch that the database refuses is imported again one by one.
    """
    importer = _Importer()
    pending: list[HistoryRecord] = []
    for record in records:
        pending.append(record)
        if len(pending) >= batch:
            yield from importer.take(pending)
            if progress is not None:
                progress(len(pending))
            pending = []
    if pending:
        yield from importer.take(pending)
        if progress is not None:
            progress(len(pending))


@dataclass(slots=True)
class _Version:
    row: OfferingVersion
    flow: int
    definition: Definition
    asks_form: bool


@dataclass(slots=True)
class _Told:
    """What subscribers are to be told of one command."""

    seq: int
    command: Command
    carried: Carried


class _Importer:
    def __init__(self) -> None:
        self._versions: dict[int, _Version] = {}
        self._parents: dict[UUID, int | None] = {}  # of this batch, by the id of the command that opened them
        self._permissions = generation("permissions")
        self._calendar = newest_calendar()

    def take(self, records: Sequence[HistoryRecord]) -> list[HistoryVerdict]:
        ids = {r.key: _opening_id(r) for r in records}
        there = set(CommandRow.objects.filter(pk__in=ids.values()).values_list("pk", flat=True))
        numbers = self._numbers(len(records))
        tables, verdicts = Tables(), []
        told: list[_Told] = []
        seen: set[UUID] = set()
        parents = {_id_of(r.parent) for r in records if r.parent}
        self._parents = (
            dict(CommandRow.objects.filter(pk__in=parents).values_list("pk", "case_id")) if parents else {}
        )
        for record, no in zip(records, numbers, strict=True):
            command_id = ids[record.key]
            if command_id in there or command_id in seen:
                verdicts.append(HistoryVerdict(record.key, ok=True, code="there_already"))
                continue
            seen.add(command_id)
            verdicts.append(self._carry(record, no, command_id, tables, told))
            if command_id in parents and verdicts[-1].ok:
                self._parents[command_id] = no
        try:
            with transaction.atomic():
                tables.copy()
                kinds.tell(
                    kinds.Change(event, no, one.command, one.carried.facts)
                    for one in told
                    for no, event in enumerate(one.carried.events, start=one.seq + 1)
                )
        except Exception:
            if len(records) == 1:
                raise
            return [v for record in records for v in self.take([record])]
        return verdicts

    def _carry(
        self, record: HistoryRecord, no: int, command_id: UUID, tables: Tables, told: list[_Told]
    ) -> HistoryVerdict:
        mark, told_mark = tables.mark(), len(told)
        step = 0
        try:
            run = self._open(record, no, command_id)
            for step, command in enumerate(self._commands(record, run)):  # noqa: B007
                run.do(command, tables, told)
            run.finish(tables)
        except (Refused, BeyondHorizon, CanonicalError) as refusal:
            tables.back_to(mark)
            del told[told_mark:]
            if isinstance(refusal, Refused):
                return HistoryVerdict(
                    record.key, ok=False, code=refusal.code, message=refusal.message, step=step
                )
            return HistoryVerdict(
                record.key, ok=False, code="not_importable", message=str(refusal), step=step
            )
        return HistoryVerdict(record.key, ok=True, code="imported", case_id=no)

    def _open(self, record: HistoryRecord, no: int, command_id: UUID) -> "_Run":
        version = self._version(record.offering_version)
        offering = version.row.offering
        about = kinds.kind(record.kind)
        case = Standing(
            id=no, uid=uuid5(command_id, "case"), kind=record.kind, title=record.title or version.row.name,
            number=record.number or case_number(about.number_prefix, no, record.applied),
            matter=offering.matter_id, offering=offering.pk, org=offering.organisation_id, applicant=record.applicant,
            applicant_kind=record.applicant_kind, parent=self._parent(record), secrecy=about.secrecy, channel=record.channel,
        )  # fmt: skip
        return _Run(record, version, case)

    def _parent(self, record: HistoryRecord) -> int | None:
        """The case of the record it belongs to. Raises Refused("parent_missing") when that has not been imported."""
        if not record.parent:
            return None
        found = self._parents.get(_id_of(record.parent))
        if found is None:
            raise Refused("parent_missing", f"主办件“{record.parent}”没有导入,请先导入主办件。")
        return found

    def _commands(self, record: HistoryRecord, run: "_Run") -> Iterator[tuple[Command, datetime]]:
        opener = record.by if record.by is not None else record.applicant
        submitted: dict[str, Any] = {
            "kind": record.kind,
            "materials": dict(record.materials),
            "application": {
                "files": [],
                "who": Sealed(
                    {"name": record.applicant_name, "id": run.id_digest, "form": run.form_sha.hex()}
                ),
            },
        }
        if doubts := identity_doubts(record.id_type, record.id_number):
            submitted["doubts"] = doubts
        submitted |= record.said
        if run.case.parent is not None:
            submitted["parent"] = run.case.parent
        posts = run.version.definition.posts
        everywhere = frozenset(posts)
        opening = HistoryStep("submit", record.applied, opener, run.case.org, submitted, record.applied)
        for no, step in enumerate((opening, *record.steps)):
            if step.account is None:
                actor = SYSTEM
            else:
                kind: Literal["resident", "staff"] = (
                    "resident" if step.account == record.applicant and record.by != step.account else "staff"
                )
                org = None if kind == "resident" else (step.org or run.case.org)
                held = frozenset({step.post}) if step.post else everywhere
                actor = Actor(kind, step.account, step.name, org, held, _ANYTHING)
            at = step.at.astimezone(CHINA)
            now = (step.recorded or step.at).astimezone(CHINA)
            data = (
                step.data
                if "reason" in step.data or now - at < _LATE
                else {**step.data, "reason": "历史数据导入"}
            )
            yield Command(_step_id(record, no), step.type, actor, at, data, record.channel), now

    def _version(self, pk: int) -> _Version:
        found = self._versions.get(pk)
        if found is None:
            row = OfferingVersion.objects.select_related("offering").get(pk=pk)
            flow = flow_of(row)
            defn = definition(pk, flow, self._calendar, self._permissions)
            found = self._versions[pk] = _Version(row, flow, defn, asks_form(defn))
        return found

    def _numbers(self, count: int) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('engine_case_number') FROM generate_series(1, %s)", [count])
            return [n for (n,) in cursor.fetchall()]


_ANYTHING = frozenset({"*", "own"})
_LATE = timedelta(minutes=5)


class _Run:
    """One record being carried out."""

    def __init__(self, record: HistoryRecord, version: _Version, case: Standing) -> None:
        self.record, self.version, self.case = record, version, case
        self.state: State = NEW
        self.seq, self.last = 0, GENESIS
        self.fire_at: datetime | None = None
        self.rules: tuple[str, ...] = ()
        self.form_sha = digest(canonical(record.form))
        self.id_digest = id_digest(record.id_type, record.id_number) if record.id_number else ""

    def do(self, command_at: tuple[Command, datetime], tables: Tables, told: list["_Told"]) -> None:
        command, now = command_at
        for _ in range(MOST_TICKS):
            fire_at = self.fire_at
            if fire_at is None or fire_at > now:
                break
            tick_id = uuid5(HISTORY, f"{self.record.key}:tick:{self.seq}:{fire_at.isoformat()}")
            self._one(Command(tick_id, "tick", SYSTEM, fire_at, EMPTY, "system"), fire_at, tables, told)
            if self.fire_at == fire_at:
                break
        self._one(command, now, tables, told)

    def _one(self, command: Command, now: datetime, tables: Tables, told: list["_Told"]) -> None:
        carried = carry(self.case, self.version.definition, self.state, command, self.record.form, now)
        chained = chain(self.case, self.seq, self.last, command, carried.events, now)
        tables.events(self.case.id, command, chained.rows, chained.personal, now)
        tables.command(self.case, command, carried.events, carried.state.seq, now)
        if kinds.subscribers(self.case.kind):
            told.append(_Told(self.seq, command, carried))
        self.state, self.seq, self.last = carried.state, carried.state.seq, chained.last
        self.fire_at, self.rules = carried.fire_at, carried.rules

    def finish(self, tables: Tables) -> None:
        record, version = self.record, self.version
        begun = Begun(
            version.row.pk, version.flow, version.definition, version.asks_form, record.applied, record.applicant_name,
            self.id_digest, secret_hash(self.case.number, new_secret()), record.form, self.form_sha,
            _opening_id(record).hex,
        )  # fmt: skip
        tables.case(self.case, begun, Reached(self.state, self.last, self.fire_at, self.rules))


def _opening_id(record: HistoryRecord) -> UUID:
    return _id_of(record.key)


def _id_of(key: str) -> UUID:
    return uuid5(HISTORY, f"{key}:0")


def _step_id(record: HistoryRecord, no: int) -> UUID:
    return uuid5(HISTORY, f"{record.key}:{no}")
