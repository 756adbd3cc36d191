"""History imported through the very machine that carries live cases: same decisions, same detectors, same chain.

A record tells what happened to one case in another system. It is carried out in memory, command by command, with time
passing in between, and the finished rows are copied in, many cases a transaction. A record that the machine refuses
is answered with the refusal; the others go in. Several processes may import at once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.db import connection, transaction

from tongban.base.calendar import BeyondHorizon
from tongban.base.canonical import CanonicalError
from tongban.engine import kinds
from tongban.engine.carry import Standing, chain
from tongban.engine.copying import Begun, Reached, Tables
from tongban.engine.definition import Definition
from tongban.engine.definitions import asks_form, definition, flow_of, newest_calendar
from tongban.engine.errors import Refused
from tongban.engine.history import Done, HistoryRecord, Past, opening_of
from tongban.engine.ledger.chain import GENESIS
from tongban.engine.models import CommandRow
from tongban.engine.numbering import case_number, new_secret, secret_hash
from tongban.registry.models import OfferingVersion
from tongban.registry.tree import generation


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


class _Importer:
    def __init__(self) -> None:
        self._versions: dict[int, _Version] = {}
        self._parents: dict[UUID, int | None] = {}  # of this batch, by the id of the command that opened them
        self._permissions = generation("permissions")
        self._calendar = newest_calendar()

    def take(self, records: Sequence[HistoryRecord]) -> list[HistoryVerdict]:
        ids = {r.key: r.opening for r in records}
        there = set(CommandRow.objects.filter(pk__in=ids.values()).values_list("pk", flat=True))
        numbers = self._numbers(len(records))
        tables, verdicts = Tables(), []
        told: list[Done] = []
        seen: set[UUID] = set()
        parents = {opening_of(r.parent) for r in records if r.parent}
        self._parents = (
            dict(CommandRow.objects.filter(pk__in=parents).values_list("pk", "case_id")) if parents else {}
        )
        for record, no in zip(records, numbers, strict=True):
            command_id = ids[record.key]
            if command_id in there or command_id in seen:
                verdicts.append(HistoryVerdict(record.key, ok=True, code="there_already"))
                continue
            seen.add(command_id)
            verdicts.append(self._carry(record, no, tables, told))
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

    def _carry(self, record: HistoryRecord, no: int, tables: Tables, told: list[Done]) -> HistoryVerdict:
        mark, told_mark = tables.mark(), len(told)
        past: Past | None = None
        try:
            version = self._version(record.offering_version)
            past = Past(record, self._standing(record, no, version), version.definition)
            self._run(past, version, tables, told)
        except (Refused, BeyondHorizon, CanonicalError) as refusal:
            tables.back_to(mark)
            del told[told_mark:]
            step = 0 if past is None else past.step
            if isinstance(refusal, Refused):
                return HistoryVerdict(
                    record.key, ok=False, code=refusal.code, message=refusal.message, step=step
                )
            return HistoryVerdict(
                record.key, ok=False, code="not_importable", message=str(refusal), step=step
            )
        return HistoryVerdict(record.key, ok=True, code="imported", case_id=no)

    def _run(self, past: Past, version: "_Version", tables: Tables, told: list[Done]) -> None:
        """Carry a record out to its end, its rows into the tables."""
        case, record, last = past.case, past.record, GENESIS
        listened = bool(kinds.subscribers(case.kind))
        for done in past.run():
            command, carried, now = done.command, done.carried, done.now
            chained = chain(case, done.seq, last, command, carried.events, now)
            tables.events(case.id, command, chained.rows, chained.personal, now)
            tables.command(case, command, carried.events, carried.state.seq, now)
            if listened:
                told.append(done)
            last = chained.last
        begun = Begun(
            version.row.pk, version.flow, version.definition, version.asks_form, record.applied, record.applicant_name,
            past.id_digest, secret_hash(case.number, new_secret()), record.form, past.form_sha, record.opening.hex,
        )  # fmt: skip
        tables.case(case, begun, Reached(past.state, last, past.fire_at, past.rules))

    def _standing(self, record: HistoryRecord, no: int, version: "_Version") -> Standing:
        offering = version.row.offering
        about = kinds.kind(record.kind)
        return Standing(
            id=no, uid=uuid5(record.opening, "case"), kind=record.kind, title=record.title or version.row.name,
            number=record.number or case_number(about.number_prefix, no, record.applied),
            matter=offering.matter_id, offering=offering.pk, org=offering.organisation_id, applicant=record.applicant,
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
            found = self._versions[pk] = _Version(row, flow, defn, asks_form(defn))
        return found

    def _numbers(self, count: int) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('engine_case_number') FROM generate_series(1, %s)", [count])
            return [n for (n,) in cursor.fetchall()]
