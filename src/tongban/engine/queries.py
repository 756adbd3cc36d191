"""Reads of cases.

Who sees which is said in `engine.sight`; no other module asks for cases in any other way.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from django.db import connection
from django.db.models import Count, QuerySet

from tongban.base.calendar import CHINA
from tongban.engine import codec, kinds
from tongban.engine.carry import Standing
from tongban.engine.definition import Definition
from tongban.engine.definitions import definition, newest_calendar
from tongban.engine.ledger.chain import unsealed
from tongban.engine.machine import fold
from tongban.engine.models import Case, CaseData, CaseParty, EventPersonal, EventRow
from tongban.engine.numbering import secret_fits
from tongban.engine.people import HANDLING, mask_name, scopes, takes_part
from tongban.engine.sight import reaches
from tongban.engine.state import EMPTY, Event, State
from tongban.engine.words import sentence
from tongban.registry.models import Account
from tongban.registry.tree import generation

PAGE = 50


def can_see(actor: Account, case: Case, verb: str = "view") -> bool:
    """Whether `visible_to(actor, verb)` holds the case. No query but for scopes, and for who takes part."""
    return reaches(actor, *standing(case), scopes(actor), verb)


def find_case(actor: Account, number: str) -> Case | None:
    """The case of that number if the account may see it."""
    return Case.objects.visible_to(actor).filter(number=number).first()


def case_row(case_id: int) -> Case:
    """A case for the engine's own work after a commit, whoever may see it. Raises Case.DoesNotExist."""
    return Case.objects.select_related("offering", "applicant").get(pk=case_id)


def console_case(number: str) -> Case | None:
    """A case for the operator at the console, who answers for the whole installation; faces use `find_case`."""
    return Case.objects.filter(number=number).first()


def case_numbers(ids: Collection[int]) -> dict[int, str]:
    """The numbers of cases a department's system opened itself, to answer it again with what it was told."""
    return dict(Case.objects.filter(pk__in=ids).values_list("pk", "number")) if ids else {}


def helped_by(case: Case) -> int | None:
    """The unit whose clerk took a case in for another one (帮办代办), for a case one has in hand."""
    if not CaseParty.objects.filter(case=case, role=CaseParty.Role.HELPER).exists():
        return None
    return EventRow.objects.filter(case_id=case.pk, seq=1).values_list("actor_org_id", flat=True).first()


def open_case_ids(after: int = 0) -> QuerySet[Case, int]:
    """Numbers of the cases that are not closed, in order, for jobs that go through all of them."""
    return Case.objects.filter(concluded_at=None, pk__gt=after).order_by("pk").values_list("pk", flat=True)


def opened_cases(begin: datetime, end: datetime) -> QuerySet[Case]:
    """The cases applied for from an instant up to another, for jobs of the whole house; faces use `visible_to`.

    What the house keeps in cases of its own (registers) is left out.
    """
    return Case.objects.filter(opened_at__gte=begin, opened_at__lt=end).exclude(kind="register")


def member_case(parent: int, member: str) -> Case | None:
    """The case of a member (实施编码) of a joint approval, for effects after the commit; the latest."""
    rows = Case.objects.select_related("offering_version", "flow", "offering")
    return rows.filter(parent_id=parent, offering__implementation_code=member).order_by("-id").first()


def finished_cases() -> QuerySet[Case]:
    """The cases that are closed, for the job that files them; faces use `visible_to`."""
    return Case.objects.filter(concluded_at__isnull=False)


def case_to_erase(case_id: int) -> Case | None:
    """What of a case row says who applied, and whether the case is closed, for a lawful erasure; faces use `visible_to`."""
    return (
        Case.objects.only("phase", "applicant_name", "applicant_digest", "title").filter(pk=case_id).first()
    )


def claim_case(case_id: int) -> Case | None:
    """Lock a case for a background step if nobody has it; inside a transaction. Only its number of events is read."""
    rows = Case.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return rows.filter(pk=case_id).only("pk", "seq").first()


def standing(case: Case) -> tuple[Standing, State]:
    """A case row as the engine's own data."""
    return (
        Standing(
            case.pk, case.uid, case.number, case.kind, case.title, case.matter_id, case.offering_id, case.org_id,
            case.applicant_id, case.applicant_kind, case.parent_id, case.secrecy, case.channel,
        ),
        codec.load(case.state),
    )  # fmt: skip


def case_definition(case: Case) -> Definition:
    """What the case is carried out under, compiled."""
    return definition(case.offering_version_id, case.flow_id, newest_calendar(), generation("permissions"))


def case_form(case: Case) -> Mapping[str, Any]:
    """The latest revision of the form, for conditions; not for showing (see `case_data`)."""
    return latest_form(case.pk)


def latest_form(case_id: int) -> Mapping[str, Any]:
    """The same by the case's id, for the engine's own work inside a command."""
    rows = CaseData.objects.filter(case_id=case_id).order_by("-no").values_list("data", flat=True)
    return rows.first() or EMPTY


@dataclass(frozen=True, slots=True)
class FormData:
    """One revision of the form, and whether personal fields were left out."""

    no: int
    data: Mapping[str, Any]
    masked: bool


def case_data(actor: Account, case: Case, no: int | None = None) -> FormData | None:
    """A revision of the form (the latest when not said) as the actor may see it.

    Who only supervises or counts sees the form without its personal fields; the applicant, and who works on the case,
    sees all of it. None when the case is not theirs to see.
    """
    if not can_see(actor, case):
        return None
    rows = CaseData.objects.filter(case_id=case.pk)
    row = (rows.filter(no=no) if no is not None else rows.order_by("-no")).first()
    if row is None:
        return None
    if sees_personal(actor, case):
        return FormData(row.no, row.data, masked=False)
    personal = _personal_fields(case)
    return FormData(row.no, {k: v for k, v in row.data.items() if k not in personal}, masked=True)


def sees_personal(actor: Account, case: Case) -> bool:
    """Whether personal values are shown: to the applicant, their agents and co-applicants, and to whom the case is work."""
    info, state = standing(case)
    held = scopes(actor)
    if case.applicant_id == actor.pk or takes_part(actor, case.pk):
        return True
    return any(reaches(actor, info, state, held, verb) for verb in HANDLING)


@dataclass(frozen=True, slots=True)
class Concern:
    """What a third party (第三人) is told of a case: that it is, where it is, how far it is. No names, no form, no papers."""

    number: str
    matter: str
    org_id: int
    opened_at: datetime
    phase: str
    result: str
    concluded_at: datetime | None
    since: datetime
    case_id: int


def concerns(account: Account, number: str = "") -> tuple[Concern, ...]:
    """The cases the account has to do with as a third party, the latest first; one of them by its number."""
    rows = CaseParty.objects.filter(account=account, role=CaseParty.Role.THIRD, case__secrecy=0)
    if number:
        rows = rows.filter(case__number=number.strip().upper())
    return tuple(
        Concern(
            p.case.number, p.case.offering_version.name, p.case.org_id, p.case.opened_at, p.case.phase, p.case.result,
            p.case.concluded_at, p.since, p.case_id,
        )
        for p in rows.select_related("case__offering_version").order_by("-case__opened_at", "-case_id")
    )  # fmt: skip


#: Where the event that begins a case keeps who applies (`services.open_case`): what documents name.
WHO = "/application/who"


def who_is_erased(case_id: int) -> bool:
    """Whether the applicant's personal data were erased by law: then nothing is made of them any more."""
    return EventPersonal.objects.filter(case_id=case_id, seq=1, path=WHO, erased_at__isnull=False).exists()


def personal_values(case_id: int, seq: int) -> dict[str, Any]:
    """What stands beside one event, by its place in the payload; for the engine itself, which passes it on."""
    rows = EventPersonal.objects.filter(case_id=case_id, seq=seq, erased_at__isnull=True)
    return dict(rows.values_list("path", "value"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in words for people (全程留痕)."""

    seq: int
    type: str
    words: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    actor_id: int | None
    org_id: int | None
    channel: str
    late: bool  # entered afterwards (补录)
    payload: Mapping[str, Any] = field(default_factory=dict)


def timeline(actor: Account, case: Case) -> tuple[Entry, ...]:
    """The events of a case, first to last, in words; personal values only for those who may see them.

    Empty when the case is not the actor's to see.
    """
    if not can_see(actor, case):
        return ()
    values: dict[int, dict[str, Any]] = {}
    personal = sees_personal(actor, case)
    if personal:
        rows = EventPersonal.objects.filter(case_id=case.pk, erased_at__isnull=True)
        for seq, path, value in rows.values_list("seq", "path", "value"):
            values.setdefault(seq, {})[path] = value
    defn = case_definition(case)
    tasks = codec.load(case.state).tasks
    events = list(EventRow.objects.filter(case_id=case.pk).order_by("seq"))
    names = dict(
        Account.objects.filter(pk__in={e.actor_id for e in events if e.actor_id}).values_list(
            "pk", "display_name"
        )
    )
    hidden = actor.kind == Account.Kind.RESIDENT
    entries = []
    for e in events:
        if hidden and e.type in INTERNAL:
            continue
        payload = unsealed(e.payload, values.get(e.seq, {}))
        own = e.actor_id == actor.pk
        name = "系统" if e.actor_id is None else names.get(e.actor_id, "")
        if e.actor_kind == "resident" and not personal:
            name = mask_name(name, "person")
        entries.append(
            Entry(
                seq=e.seq, type=e.type, words=sentence(e.type, payload, defn, tasks),
                occurred_at=e.occurred_at, recorded_at=e.recorded_at,
                actor=name if own or not hidden or e.actor_kind != "staff" else "工作人员",
                actor_id=None if hidden and not own else e.actor_id, org_id=e.actor_org_id, channel=e.channel,
                late=_late(e),
                payload={} if hidden else payload,
            )
        )  # fmt: skip
    return tuple(entries)


def _late(e: EventRow) -> bool:
    """Entered afterwards: by a person, or by another system that had a day to tell it."""
    behind = e.recorded_at - e.occurred_at
    if e.channel == "report":
        return behind > timedelta(days=1) and e.type != "finding.issued"
    return behind > timedelta(minutes=5) and e.actor_kind != "system"


#: What passes inside the house and is not told to the applicant.
INTERNAL = frozenset(
    {
        "task.claimed", "task.released", "task.reassigned", "task.delegated", "task.handed_back", "task.cancelled",
        "task.rescheduled",
        "split.opened", "split.arrived", "finding.issued", "finding.handled", "record.anchored", "note.added",
        "correction.proposed",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One open task as the to-do list shows it. `key` continues the list after it."""

    case_id: int
    no: int
    number: str
    kind: str
    title: str
    applicant_name: str
    node: str
    name: str
    post_id: int | None
    org_id: int | None
    assignee_id: int | None
    opened_at: datetime
    due_at: datetime | None
    level: int
    paused: bool
    urged: int

    @property
    def key(self) -> str:
        """Where to go on: due, case and task number."""
        due = "" if self.due_at is None else self.due_at.isoformat()
        return f"{due}|{self.case_id}|{self.no}"


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """How much waits: free on my posts, mine by name, and of all these how many are overdue or due within a day."""

    free: int
    mine: int
    overdue: int
    soon: int


def inbox(
    account: Account,
    kind: str | None = None,
    after: str = "",
    limit: int = PAGE,
    which: Literal["all", "free", "mine"] = "all",
) -> tuple[InboxItem, ...]:
    """The account's to-do list (待办): free work on its posts and what is in its name, soonest due first, undated last.

    `after` is the `key` of the last item seen. Reads as many index entries as it returns for each post, however large the
    archive.
    """
    held = scopes(account)
    due, case_id, no = _position(after)
    rows: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        cursor.execute(
            _INBOX,
            {
                "posts": sorted(held.post_ids) if which in ("all", "free") else [],
                "me": account.pk if which in ("all", "mine") else -1,
                "due": due, "case": case_id, "no": no, "limit": limit, "kind": kind,
            },
        )  # fmt: skip
        rows = cursor.fetchall()
    return tuple(InboxItem(*row) for row in rows)


def inbox_counts(account: Account, now: datetime | None = None) -> InboxCounts:
    """How many tasks wait for the account."""
    now = now or datetime.now(CHINA)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"posts": sorted(scopes(account).post_ids), "me": account.pk, "now": now})
        return InboxCounts(*cursor.fetchone())


# For each post and for the person themself, the first entries of the partial index after the position; then the best
# of these. `kind` filters inside, so that a rare kind walks the open tasks of those posts and nothing else.
_INBOX = """
WITH mine AS (
    SELECT t.* FROM unnest(%(posts)s::bigint[]) AS p(id) CROSS JOIN LATERAL (
        SELECT t.*, coalesce(t.due_at, 'infinity') AS due FROM engine_task t
         WHERE t.post_id = p.id AND t.status = 'open' AND t.assignee_id IS NULL AND t.kind = 'human'
           AND (coalesce(t.due_at, 'infinity'), t.case_id, t.no) > (%(due)s::timestamptz, %(case)s, %(no)s)
           AND (%(kind)s::text IS NULL
                OR EXISTS (SELECT 1 FROM engine_case k WHERE k.id = t.case_id AND k.kind = %(kind)s))
         ORDER BY coalesce(t.due_at, 'infinity'), t.case_id, t.no LIMIT %(limit)s) t
    UNION ALL
    (SELECT t.*, coalesce(t.due_at, 'infinity') AS due FROM engine_task t
      WHERE t.assignee_id = %(me)s AND t.status = 'open' AND t.kind = 'human'
        AND (coalesce(t.due_at, 'infinity'), t.case_id, t.no) > (%(due)s::timestamptz, %(case)s, %(no)s)
        AND (%(kind)s::text IS NULL
             OR EXISTS (SELECT 1 FROM engine_case k WHERE k.id = t.case_id AND k.kind = %(kind)s))
      ORDER BY coalesce(t.due_at, 'infinity'), t.case_id, t.no LIMIT %(limit)s)
), page AS (SELECT * FROM mine ORDER BY due, case_id, no LIMIT %(limit)s)
SELECT t.case_id, t.no, c.number, c.kind, c.title, c.applicant_name, t.node, t.name, t.post_id, t.org_id, t.assignee_id,
       t.opened_at, t.due_at, c.level, c.paused, t.urged
  FROM page t JOIN engine_case c ON c.id = t.case_id ORDER BY t.due, t.case_id, t.no
"""

_COUNTS = """
SELECT count(*) FILTER (WHERE assignee_id IS NULL), count(*) FILTER (WHERE assignee_id IS NOT NULL),
       count(*) FILTER (WHERE due_at <= %(now)s),
       count(*) FILTER (WHERE due_at > %(now)s AND due_at <= %(now)s + interval '1 day')
  FROM (SELECT assignee_id, due_at FROM engine_task
         WHERE post_id = ANY (%(posts)s::bigint[]) AND status = 'open' AND assignee_id IS NULL AND kind = 'human'
        UNION ALL
        SELECT assignee_id, due_at FROM engine_task
         WHERE assignee_id = %(me)s AND status = 'open' AND kind = 'human') t
"""


@dataclass(frozen=True, slots=True)
class PublicStatus:
    """What anyone with number and secret may know of a case."""

    number: str
    title: str
    org_id: int
    phase: str
    result: str
    stage: str
    opened_at: datetime
    due_at: datetime | None
    concluded_at: datetime | None
    paused: bool
    entries: tuple[Entry, ...]


def public_status(number: str, secret: str) -> PublicStatus | None:
    """Progress by number and secret, without signing in. None when they do not fit, which of the two is not told.

    Takes the same time for an unknown number. The face limits how often it may be asked.
    """
    number = number.strip().upper()
    case = case_by_number(number)
    fits = secret_fits(number, secret, case.secret_hash if case is not None else "0" * 64)
    if case is None or not fits or not kinds.kind(case.kind).public:
        return None
    defn = case_definition(case)
    tasks = codec.load(case.state).tasks
    entries = tuple(
        Entry(
            seq=e.seq, type=e.type, words=sentence(e.type, e.payload, defn, tasks), occurred_at=e.occurred_at,
            recorded_at=e.recorded_at, actor="", actor_id=None, org_id=e.actor_org_id, channel="", late=False,
        )
        for e in EventRow.objects.filter(case_id=case.pk).order_by("seq")
        if e.type not in INTERNAL
    )  # fmt: skip
    return PublicStatus(
        case.number, case.title, case.org_id, case.phase, case.result, case.stage, case.opened_at, case.due_at,
        case.concluded_at, case.paused, entries,
    )  # fmt: skip


def tracked_case(number: str, secret: str) -> Case | None:
    """The case behind number and secret, for drawing its progress; the caller shows nothing personal of it.

    None when they do not fit or its kind is not public. Takes the same time for an unknown number.
    """
    number = number.strip().upper()
    case = case_by_number(number)
    fits = secret_fits(number, secret, case.secret_hash if case is not None else "0" * 64)
    return case if case is not None and fits and kinds.kind(case.kind).public else None


def case_by_number(number: str) -> Case | None:
    """The case of that number, whoever asks: for authenticity checks, which say only what a result says itself."""
    rows = Case.objects.select_related("offering_version", "offering")
    return rows.filter(number=number.strip().upper()).first()


def events(case_id: int, upto: int | None = None) -> Iterable[Event]:
    """The events of a case as the machine folds them, with personal values still sealed."""
    rows = EventRow.objects.filter(case_id=case_id).order_by("seq")
    if upto is not None:
        rows = rows.filter(seq__lte=upto)
    for row in rows:
        yield Event(row.type, row.occurred_at, row.recorded_at, row.actor_id, row.payload, row.v)


def state_at(case_id: int, seq: int | None = None) -> State:
    """The state after event `seq` (the last when not said), rebuilt from the events."""
    return fold(events(case_id, seq))


def _position(after: str) -> tuple[str, int, int]:
    if not after:
        return "-infinity", 0, 0
    due, case_id, no = after.split("|")
    return (datetime.fromisoformat(due).isoformat() if due else "infinity"), int(case_id), int(no)


def _personal_fields(case: Case) -> set[str]:
    groups = case.offering_version.content.get("form", {}).get("groups", [])
    return {f["name"] for g in groups for f in g.get("fields", []) if f.get("personal", False)}


def decided_in(orgs: Collection[int], first: date, last: date) -> QuerySet[Case]:
    """The cases that these organisations decided from one day to another, both included; who may see them is for the caller."""
    begins = datetime.combine(first, time(), CHINA)
    ends = datetime.combine(last, time(), CHINA) + timedelta(days=1)
    return Case.objects.filter(org_id__in=list(orgs), decided_at__gte=begins, decided_at__lt=ends)


def decisions_in(orgs: Collection[int], first: date, last: date) -> Mapping[str, int]:
    """How many of them there are by the kind of their matter.

    Figures only: whoever asks answers for who may see them.
    """
    rows = decided_in(orgs, first, last).order_by()
    return dict(rows.values_list("matter__kind").annotate(n=Count("id")))
