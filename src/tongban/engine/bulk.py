"""History imported through the very machine that carries live cases: same decisions, same detectors, same chain.

A record tells what happened to one case in another system. It is carried out in memory, command by command, with time
passing in between, and the finished rows are copied in, many cases a transaction. A record that the machine refuses
is answered with the refusal; the others go in. While a batch is written, the next is carried out already. Several
processes may import at once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID, uuid5

from django.db import DataError, IntegrityError, connection, connections, transaction
from msgspec import Struct

from tongban.base.calendar import BeyondHorizon
from tongban.base.canonical import CanonicalError
from tongban.engine import kinds
from tongban.engine.carry import Standing, chain
from tongban.engine.copying import Begun, Reached, Tables
from tongban.engine.definition import Definition
from tongban.engine.definitions import asks_form, definition, flow_of, newest_calendar
from tongban.engine.errors import Refused
from tongban.engine.history import HistoryRecord, Past, opening_of
from tongban.engine.ledger.chain import GENESIS
from tongban.engine.models import CommandRow
from tongban.engine.numbering import case_number, untold
from tongban.registry.models import OfferingVersion
from tongban.registry.tree import generation

HALF = "记录的文字里有半个字符，无法保存，请改正后再导入。"


class HistoryVerdict(Struct, frozen=True):
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
    are not sent for what is over. A batch that the database refuses is imported again one by one. Records are read a batch
    ahead of their verdicts; outside a transaction, subscribers are called in another thread.
    """
    importer, rest = _Importer(), iter(records)
    before: tuple[_Batch, Future[None]] | None = None
    with _beside() as do:
        while several := list(islice(rest, batch)):
            coming = _Batch(several)
            if before is not None and coming.hangs_on(before[0]):
                yield from _ended(importer, *before, progress)
                before = None
            importer.carry(coming)
            if before is not None:
                yield from _ended(importer, *before, progress)
            before = (coming, do(coming.write))
        if before is not None:
            yield from _ended(importer, *before, progress)


def _ended(
    importer: "_Importer", batch: "_Batch", written: "Future[None]", progress: Callable[[int], None] | None
) -> Iterator[HistoryVerdict]:
    """What became of a batch, once it is durable."""
    try:
        written.result()
        verdicts = batch.verdicts
    except Exception:  # noqa: BLE001 -- raised again where it is one record's own
        verdicts = [importer.alone(record) for record in batch.records]
    yield from verdicts
    if progress is not None:
        progress(len(batch.records))


@contextmanager
def _beside() -> Iterator[Callable[[Callable[[], None]], "Future[None]"]]:
    """A way to have something done on another connection while the caller goes on, as of the caller's own present.

    Inside a transaction it is done at once and on the same connection: no other would see what the transaction made,
    nor be undone with it.
    """
    if connection.in_atomic_block:
        yield _at_once
        return
    with ThreadPoolExecutor(1, "history") as thread:
        try:
            yield lambda work: thread.submit(copy_context().run, work)
        finally:
            thread.submit(connections.close_all).result()


def _at_once(work: Callable[[], None]) -> "Future[None]":
    done: Future[None] = Future()
    try:
        work()
    except Exception as error:  # noqa: BLE001 -- told to whoever asks for the result
        done.set_exception(error)
    else:
        done.set_result(None)
    return done


@dataclass(slots=True)
class _Batch:
    """Records that are carried out in memory, and what is to be written of them."""

    records: Sequence[HistoryRecord]
    openings: list[UUID] = field(init=False)  # ids of the commands that open them
    verdicts: list[HistoryVerdict] = field(default_factory=list)
    tables: Tables = field(default_factory=Tables)
    told: list[kinds.Change] = field(default_factory=list)  # what somebody listens to
    ids: set[UUID] = field(default_factory=set)  # of `openings`, those not refused

    def __post_init__(self) -> None:
        self.openings = [r.opening for r in self.records]

    def hangs_on(self, other: "_Batch") -> bool:
        """Whether some of these cannot be carried out before the other batch is written."""
        return not other.ids.isdisjoint(self.openings) or any(r.parent for r in self.records)

    def write(self) -> None:
        with transaction.atomic():
            self.tables.copy()
            kinds.tell(self.told)


class _Version(Struct, frozen=True):
    """What a case takes of the version it began with."""

    pk: int
    name: str
    matter: int
    offering: int
    org: int
    flow: int
    definition: Definition
    asks_form: bool


class _Importer:
    def __init__(self) -> None:
        self._versions: dict[int, _Version] = {}
        self._parents: dict[UUID, int | None] = {}  # of this batch, by the id of the command that opened them
        self._permissions = generation("permissions")
        self._calendar = newest_calendar()

    def alone(self, record: HistoryRecord) -> HistoryVerdict:
        """Import one record by itself: what a subscriber or the database refuses of it becomes its verdict."""
        one = _Batch([record])
        self.carry(one)
        try:
            one.write()
        except Refused as refusal:
            return _refused(record, refusal)
        except (IntegrityError, DataError) as error:
            return _refused(record, _unfit(record, error))
        return one.verdicts[0]

    def carry(self, batch: _Batch) -> None:
        """Carry out in memory what is not there already."""
        records, ids = batch.records, batch.openings
        there = set(CommandRow.objects.filter(pk__in=ids).values_list("pk", flat=True))
        parents = {opening_of(r.parent) for r in records if r.parent}
        self._parents = (
            dict(CommandRow.objects.filter(pk__in=parents).values_list("pk", "case_id")) if parents else {}
        )
        for record, command_id, no in zip(records, ids, self._numbers(len(records)), strict=True):
            if command_id in there or command_id in batch.ids:
                batch.verdicts.append(HistoryVerdict(record.key, ok=True, code="there_already"))
                continue
            verdict = self._carry(record, command_id, no, batch)
            batch.verdicts.append(verdict)
            if verdict.ok:
                batch.ids.add(command_id)
                if command_id in parents:
                    self._parents[command_id] = no

    def _carry(self, record: HistoryRecord, opening: UUID, no: int, batch: _Batch) -> HistoryVerdict:
        tables, told = batch.tables, batch.told
        mark, told_mark = tables.mark(), len(told)
        past: Past | None = None
        try:
            version = self._version(record.offering_version)
            past = Past(record, self._standing(record, opening, no, version), version.definition)
            self._run(past, version, batch)
        except (Refused, BeyondHorizon, CanonicalError, UnicodeEncodeError) as refusal:
            tables.back_to(mark)
            del told[told_mark:]
            step = 0 if past is None else past.step
            if not isinstance(refusal, Refused):
                half = isinstance(refusal, UnicodeEncodeError)
                refusal = Refused("not_importable", HALF if half else str(refusal))
            return _refused(record, refusal, step)
        return HistoryVerdict(record.key, ok=True, code="imported", case_id=no)

    def _run(self, past: Past, version: "_Version", batch: _Batch) -> None:
        """Carry a record out to its end, its rows into the tables of the batch."""
        case, record, last, tables = past.case, past.record, GENESIS, batch.tables
        heard = kinds.subscribers(case.kind)
        for done in past.run():
            command, carried, now = done.command, done.carried, done.now
            chained = chain(case, done.seq, last, command, carried.events, now)
            tables.events(case.id, command, chained.rows, chained.personal, now)
            tables.command(case, command, carried.events, carried.state.seq, now)
            batch.told += [
                kinds.Change(event, no, command, carried.facts)
                for no, event in enumerate(carried.events, start=done.seq + 1)
                if event.type in heard
            ]
            last = chained.last
        begun = Begun(
            version.pk, version.flow, version.definition, version.asks_form, record.applied, record.applicant_name,
            past.id_digest, untold(), record.form, past.form_sha, past.first.hex,
        )  # fmt: skip
        tables.case(case, begun, Reached(past.state, last, past.fire_at, past.rules))

    def _standing(self, record: HistoryRecord, opening: UUID, no: int, version: "_Version") -> Standing:
        about = kinds.kind(record.kind)
        return Standing(
            id=no, uid=uuid5(opening, "case"), kind=record.kind, title=record.title or version.name,
            number=record.number or case_number(about.number_prefix, no, record.applied),
            matter=version.matter, offering=version.offering, org=version.org, applicant=record.applicant,
            applicant_kind=record.applicant_kind, parent=self._parent(record), secrecy=about.secrecy, channel=record.channel,
        )  # fmt: skip

    def _parent(self, record: HistoryRecord) -> int | None:
        """The case of the record it belongs to. Raises Refused("parent_missing") when that has not been imported."""
        if not record.parent:
            return None
        found = self._parents.get(opening_of(record.parent))
        if found is None:
            raise Refused("parent_missing", f"主办件“{record.parent}”没有导入，请先导入主办件。")
        return found

    def _version(self, pk: int) -> _Version:
        found = self._versions.get(pk)
        if found is None:
            row = OfferingVersion.objects.select_related("offering").get(pk=pk)
            flow = flow_of(row)
            defn = definition(pk, flow, self._calendar, self._permissions)
            of = row.offering
            found = self._versions[pk] = _Version(
                pk, row.name, of.matter_id, of.pk, of.organisation_id, flow, defn, asks_form(defn)
            )
        return found

    def _numbers(self, count: int) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('engine_case_number') FROM generate_series(1, %s)", [count])
            return [n for (n,) in cursor.fetchall()]


def _refused(record: HistoryRecord, refusal: Refused, step: int = 0) -> HistoryVerdict:
    return HistoryVerdict(record.key, ok=False, code=refusal.code, message=refusal.message, step=step)


def _unfit(record: HistoryRecord, error: Exception) -> Refused:
    """What the database says of a record that it does not take, in words."""
    said = getattr(error.__cause__, "diag", None)
    if said is not None and said.constraint_name == "case_number_once":
        return Refused("number_taken", f"编号“{record.number}”已是另一件的编号，请核对后改正。")
    why = error if said is None else said.message_primary
    return Refused("not_importable", f"数据库不接受这条记录：{why}")
