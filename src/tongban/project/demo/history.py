"""Writing the told cases down: every deed goes through the engine's own store, at the time it happened.

The same `decide`, guards, supervision rules and ledger as live work; only the clock is the tale's. Deeds of all
cases are carried out in the order in which they were recorded, and between them whatever time itself does.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import orjson

from tongban.base import present
from tongban.base.canonical import canonical, digest
from tongban.base.models import StoredFile
from tongban.engine import kinds
from tongban.engine.carry import Standing
from tongban.engine.definitions import asks_form, definition
from tongban.engine.models import OutboxRow, Watch
from tongban.engine.numbering import case_number, new_secret, secret_hash
from tongban.engine.people import actor_on, scopes
from tongban.engine.services import Applicant
from tongban.engine.state import NEW, SYSTEM, Actor, Command, Sealed
from tongban.engine.store import Held, NewForm, Opening, Request, carry_out, open_new
from tongban.project.demo.telling import Deed
from tongban.registry.identity import id_digest
from tongban.registry.models import Account, OfferingVersion

Course = Iterator[datetime]
"""Something done in several sittings: it gives the moment of each, and does it when asked for the next one."""

CITY = UUID("99010000-0000-4000-8000-000000000099")


@dataclass(slots=True)
class Record:
    """One case as it is to be written: who applies, with what, and everything done to it in order."""

    version: OfferingVersion
    flow: int
    form: Mapping[str, Any]
    applicant: Applicant
    kind: str
    channel: str
    title: str
    files: Mapping[str, StoredFile]
    deeds: list[Deed]
    parent: "Record | None" = None
    children: list["Record"] = field(default_factory=list)
    case_id: int = 0


class _Earlier(Exception):
    def __init__(self, at: datetime) -> None:
        self.at = at


def write(
    records: Iterable[Record],
    people: Mapping[int, Account],
    until: datetime,
    done: Callable[[], None],
    beside: Iterable[Course] = (),
) -> None:
    """Carry out every deed of every record, oldest first; `done` is called after each case's last one.

    `beside` is what others do meanwhile, supervision above all: each goes on when its moment has come, with everything
    before that moment on record, and no further than `until`.
    """
    records, courses = list(records), list(beside)
    queue = [(_recorded(r.deeds[0]), no, 0) for no, r in enumerate(records) if r.deeds]
    queue += [(at, -1 - no, 0) for no, course in enumerate(courses) if (at := next(course, until)) < until]
    heapq.heapify(queue)
    last: dict[int, datetime] = {}
    passed = queue[0][0] if queue else until
    while queue:
        at, no, step = heapq.heappop(queue)
        if no < 0:
            _let_time_pass(at, last, passed)
            passed = at
            with present.telling(at):
                following = next(courses[-1 - no], until)
            if following < until:
                heapq.heappush(queue, (max(at, following), no, 0))
            continue
        record = records[no]
        if step == 0:
            _open(no, record, people)
        else:
            _act(no, step, record, people)
        last[record.case_id] = at
        if step + 1 < len(record.deeds):
            heapq.heappush(queue, (_recorded(record.deeds[step + 1]), no, step + 1))
        else:
            done()
    _let_time_pass(until, last, passed)
    # What effects would have done (notices, members of joint cases) is told in the records themselves.
    OutboxRow.objects.filter(sent_at__isnull=True).update(sent_at=until)


def _recorded(deed: Deed) -> datetime:
    return deed.recorded or deed.at


def _open(no: int, record: Record, people: Mapping[int, Account]) -> None:
    deed, version, who = record.deeds[0], record.version, record.applicant
    offering = version.offering
    command_id = uuid5(CITY, f"{no}:0")
    form_sha = digest(canonical(record.form))
    secret = new_secret()

    def plan(next_: int, permissions: str, calendar: int | None) -> tuple[Opening, Command, datetime]:
        defn = definition(version.pk, record.flow, calendar, permissions)
        about = kinds.kind(record.kind)
        number = case_number(about.number_prefix, next_, deed.at)
        parent = record.parent.case_id if record.parent is not None else None
        case = Standing(
            id=next_, uid=uuid5(command_id, "case"), number=number, kind=record.kind, title=record.title,
            matter=offering.matter_id, offering=offering.pk, org=offering.organisation_id,
            applicant=who.account.pk if who.account else None, applicant_kind=who.kind, parent=parent,
            secrecy=about.secrecy, channel=record.channel,
        )  # fmt: skip
        digest_ = id_digest(who.id_type, who.id_number) if who.id_number else ""
        submitted = dict(deed.data) | {
            "application": {
                "files": [{"material": key, "sha256": file.pk} for key, file in record.files.items()],
                "who": Sealed({"name": who.name, "phone": who.phone, "id": digest_, "form": form_sha.hex()}),
            }
        }
        if parent is not None:
            submitted["parent"] = parent
        opening = Opening(
            case=case, definition=defn, version=version.pk, flow=record.flow, applicant_name=who.name,
            applicant_digest=digest_, secret_hash=secret_hash(number, secret), opened_at=deed.at,
            asks_form=asks_form(defn), form=record.form, form_sha=form_sha,
            files=tuple(
                {
                    "id": uuid5(command_id, f"file {key}"), "material": key, "sha256": file.pk,
                    "name": f"{_named(defn, key)}.{_ending(file)}",
                }
                for key, file in record.files.items()
            ),
        )  # fmt: skip
        actor = _actor(deed, people, case, permissions)
        return (
            opening,
            Command(command_id, "submit", actor, deed.at, submitted, record.channel),
            _recorded(deed),
        )

    request = Request(command_id, "submit", deed.who, _sha("submit", no))
    record.case_id = open_new(request, plan).outcome["case_id"]


def _act(no: int, step: int, record: Record, people: Mapping[int, Account]) -> None:
    deed = record.deeds[step]
    data = dict(deed.data)
    if "child" in data:
        data["child"] = record.children[data["child"]].case_id
    while True:
        try:
            _carry(record.case_id, uuid5(CITY, f"{no}:{step}"), deed, data, people)
        except _Earlier as first:  # but never before what is on record already (late entries)
            _tick(record.case_id, max(first.at, _recorded(record.deeds[step - 1])))
        else:
            return


def _carry(
    case_id: int, command_id: UUID, deed: Deed, data: Mapping[str, Any], people: Mapping[int, Account]
) -> None:
    recorded = _recorded(deed)

    def plan(held: Held) -> tuple[Command, datetime, NewForm | None]:
        due = held.watch[0]
        if due is not None and due <= recorded:
            raise _Earlier(due)
        actor = _actor(deed, people, held.case, held.permissions, held)
        return Command(command_id, deed.type, actor, deed.at, data, deed.channel), recorded, None

    carry_out(case_id, Request(command_id, deed.type, deed.who, _sha(deed.type, command_id)), plan)


def _tick(case_id: int, at: datetime) -> None:
    command_id = uuid5(CITY, f"tick {case_id} {at.isoformat()}")

    def plan(held: Held) -> tuple[Command, datetime, NewForm | None]:
        return Command(command_id, "tick", SYSTEM, at, {}, "system"), at, None

    carry_out(case_id, Request(command_id, "tick", None, _sha("tick", command_id)), plan)


def _let_time_pass(until: datetime, last: Mapping[int, datetime], since: datetime) -> None:
    """What fell due after the last deeds so far: cards, deemed acceptance, lapses. Up to `since` it was looked at before."""
    while True:
        due = list(
            Watch.objects.filter(fire_at__lte=until).order_by("fire_at", "pk").values_list("pk", "fire_at")
        )
        if not due:
            return
        for case_id, at in due:
            _tick(case_id, max(at, last.get(case_id, since), since))


def _actor(
    deed: Deed,
    people: Mapping[int, Account],
    case: Standing,
    permissions: str,
    held: Held | None = None,
) -> Actor:
    if deed.who is None:
        return SYSTEM
    account = people[deed.who]
    if account.kind == Account.Kind.RESIDENT and held is None:
        return Actor("resident", account.pk, account.display_name, None, frozenset(), frozenset({"own"}))
    return actor_on(
        account, case, held.state if held else NEW, scopes(account, permissions), deed.data.get("task")
    )


def _named(defn: Any, key: str) -> str:
    name: str = defn.terms.materials[key].name
    return name


def _ending(file: StoredFile) -> str:
    return "png" if file.media_type == "image/png" else "pdf"


def _sha(*parts: Any) -> bytes:
    return digest(orjson.dumps(parts, default=str))
