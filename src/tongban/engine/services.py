"""What can be done to cases and flows. The only way in for faces, platforms and the API.

Every function answers with an Outcome or raises `Refused`; equal commands (same id, same request) have one effect.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID, uuid5

import orjson
from django.db import transaction
from msgspec import Struct

from tongban.base import present
from tongban.base.calendar import CHINA
from tongban.base.canonical import CanonicalError, canonical, digest
from tongban.base.models import StoredFile
from tongban.engine import kinds, machine, parties
from tongban.engine.carry import Standing
from tongban.engine.definitions import asks_form, definition, flow_of
from tongban.engine.errors import Refused
from tongban.engine.flows import check_flow, flow_by_sha, publish_flow, save_flow_draft
from tongban.engine.machine import Action
from tongban.engine.models import Case
from tongban.engine.numbering import case_number, new_secret, secret_hash
from tongban.engine.parties import Party, enrol, only_openers
from tongban.engine.people import actor_on, scopes, serves_in
from tongban.engine.queries import case_definition, case_form, standing
from tongban.engine.sight import reaches
from tongban.engine.state import EMPTY, SYSTEM, Actor, Command, Sealed
from tongban.engine.store import Answer, Held, NewForm, Opening, Request, carry_out, open_new
from tongban.registry.identity import id_digest, identity_doubts
from tongban.registry.models import Account, Matter, OfferingVersion, Organisation

__all__ = [
    "SYSTEM",
    "Applicant",
    "Handed",
    "Outcome",
    "Party",
    "allowed",
    "check_flow",
    "flow_by_sha",
    "kind_of",
    "open_case",
    "perform",
    "publish_flow",
    "save_flow_draft",
]  # fmt: skip

MOST_SAID = 512 * 1024  # bytes of one command with its form, as JSON
PASSING_ON = frozenset({"reassign", "delegate"})  # commands whose `account` gets the work, and sees the case


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who applies. `account` is set when they have signed in; `kind` is a person or an organisation."""

    name: str
    kind: Literal["person", "organisation"] = "person"
    id_type: str = ""
    id_number: str = ""
    phone: str = ""
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class Handed:
    """One material as it was handed in. `status`: supplied 已交, shared 共享核验, later 容缺后补."""

    key: str
    status: Literal["supplied", "shared", "later"] = "supplied"
    file: StoredFile | None = None
    name: str = ""


class Outcome(Struct, frozen=True):
    """What a command did. `events` are the types of its events in order; `secret` is told only once."""

    case_id: int
    number: str
    seq: int
    events: tuple[str, ...]
    replayed: bool = False
    secret: str = ""


def open_case(
    account: Account | Actor,
    *,
    offering_version: OfferingVersion | int,
    data: Mapping[str, Any],
    applicant: Applicant,
    materials: Iterable[Handed | str] = (),
    channel: str = "web",
    command_id: UUID,
    occurred_at: datetime | None = None,
    reason: str = "",
    parent: int | None = None,
    kind: str = "licence",
    title: str = "",
    parties: Iterable[Party] = (),
    posts: Mapping[str, str] = EMPTY,
    precheck: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Begin a case (申请、收件、立案): by the applicant on the web, by staff at the counter or by office, by SYSTEM.

    `data` is the form; numbers in it that are not whole are text. `occurred_at` in the past needs the verb backdate and a
    `reason`. `parties` is who opens it, as agent in the applicant's stead or as helper; others are asked by `name_party`.
    `posts` are the posts of this case alone (name in the flow → code), for steps whose post is not the same in every case.
    With `precheck` it is only looked at for now (预受理), where the matter promises that.
    Raises Refused: "version_not_in_force", "not_permitted", "form_not_exact", "materials_missing" …
    """
    version = (
        offering_version if isinstance(offering_version, OfferingVersion) else _version(offering_version)
    )
    offering = version.offering
    now = present.now()
    at = occurred_at or now
    _in_force(version, at.astimezone(CHINA).date())
    taking_part = tuple(parties)
    only_openers(taking_part, _account_id(account))
    handed = tuple(Handed(m) if isinstance(m, str) else m for m in materials)
    form, form_sha = dict(data), _form_sha(data)
    about = kinds.kind(kind)
    flow = flow_of(version)
    secret = new_secret()
    request = Request(
        command_id, "submit", _account_id(account),
        _request_sha(
            "submit", _account_id(account), version.pk, form, [(m.key, m.status, m.file.pk if m.file else "", m.name) for m in handed],
            applicant.name, applicant.kind, applicant.id_type, applicant.id_number, applicant.phone, channel, kind,
            parent, title, reason, occurred_at, *(["precheck"] if precheck else ()), *((p.account.pk, p.role) for p in taking_part),
        ),
    )  # fmt: skip

    def plan(next_: int, permissions: str, calendar: int | None) -> tuple[Opening, Command, datetime]:
        defn = definition(version.pk, flow, calendar, permissions)
        number = case_number(about.number_prefix, next_, at)
        case = Standing(
            id=next_, uid=uuid5(command_id, "case"), number=number, kind=kind, title=title or version.name,
            matter=offering.matter_id, offering=offering.pk, org=offering.organisation_id,
            applicant=applicant.account.pk if applicant.account else None, applicant_kind=applicant.kind,
            parent=parent, secrecy=about.secrecy, channel=channel,
        )  # fmt: skip
        actor = _opener(account, case, permissions, taking_part)
        id_number = id_digest(applicant.id_type, applicant.id_number) if applicant.id_number else ""
        submitted: dict[str, Any] = {
            "kind": kind,
            "materials": {m.key: m.status for m in handed},
            "application": {
                "files": [{"material": m.key, "sha256": m.file.pk} for m in handed if m.file is not None],
                "who": Sealed(
                    {
                        "name": applicant.name,
                        "phone": applicant.phone,
                        "id": id_number,
                        "form": form_sha.hex(),
                    }
                ),
            },
        }
        if doubts := identity_doubts(applicant.id_type, applicant.id_number):
            submitted["doubts"] = doubts
        if parent is not None:
            submitted["parent"] = parent
        if reason:
            submitted["reason"] = reason
        if posts:
            submitted["posts"] = dict(posts)
        if precheck:
            submitted["precheck"] = True
        if taking_part:
            submitted["parties"] = [{"account": p.account.pk, "role": p.role} for p in taking_part]
        opening = Opening(
            case=case, definition=defn, version=version.pk, flow=flow, applicant_name=applicant.name,
            applicant_digest=id_number, secret_hash=secret_hash(number, secret), opened_at=at,
            asks_form=asks_form(defn), form=form, form_sha=form_sha,
            files=tuple(
                {"id": uuid5(command_id, f"file {i}"), "material": m.key, "name": m.name, "sha256": m.file.pk}
                for i, m in enumerate(handed)
                if m.file is not None
            ),
        )  # fmt: skip
        return opening, Command(command_id, "submit", actor, at, submitted, channel), now

    if not taking_part or dry_run:
        answer = open_new(request, plan, dry_run=dry_run)
    else:
        with transaction.atomic():
            answer = open_new(request, plan)
            enrol(answer.outcome["case_id"], taking_part)
    return _answered(answer, "" if answer.replayed or dry_run else secret)


def perform(
    account: Account | Actor,
    case_id: int,
    type: str,  # noqa: A002 -- the contract's word
    *,
    command_id: UUID,
    data: Mapping[str, Any] | None = None,
    expected_seq: int | None = None,
    channel: str = "web",
    occurred_at: datetime | None = None,
    reason: str = "",
    dry_run: bool = False,
) -> Outcome:
    """Do something to a case: any command but submit, by an account or by SYSTEM.

    `data` is what the command asks for (see `allowed`); "form" in it is a new revision of the whole form (补正).
    `expected_seq` refuses with "stale" when somebody was quicker. Raises Refused; "not_found" also for a case that
    the account may not see.
    """
    given, who = dict(data or {}), _account_id(account)
    form = given.pop("form", None)
    new_form = None if form is None else NewForm(form, _form_sha(form))
    sha = _request_sha(type, who, case_id, data or {}, expected_seq, channel, reason, occurred_at)
    request = Request(command_id, type, who, sha)
    if reason:
        given["reason"] = reason
    if type == "hand_over":
        given.pop("direction", None)
    if new_form is not None:
        given["application"] = {"who": Sealed({"form": new_form.sha.hex()})}

    def plan(held: Held) -> tuple[Command, datetime, NewForm | None]:
        actor = _doer(account, held, type, given)
        if type == "hand_over":
            given["direction"] = _direction(held, actor.org, given.get("post"))
        now = present.now()
        command = Command(command_id, type, actor, occurred_at or now, given, channel, expected_seq)
        return command, now, new_form

    if dry_run or type not in parties.COMMANDS:
        return _answered(carry_out(case_id, request, plan, dry_run=dry_run))
    with transaction.atomic():
        answer = carry_out(case_id, request, plan)
        if not answer.replayed:
            parties.record(case_id, type, given, who, _answered(answer))
    return _answered(answer)


def allowed(account: Account, case: Case) -> tuple[Action, ...]:
    """What the account may do to the case now and, of the rest, why not. Nothing for a case it may not see."""
    held = scopes(account)
    info, state = standing(case)
    if not reaches(account, info, state, held):
        return ()
    defn, form = case_definition(case), case_form(case)
    told = machine.Facts(form, info.applicant_kind, info.channel, info.secrecy, info.number)
    actions = machine.allowed(defn, state, actor_on(account, info, state, held), told, present.now())
    about = kinds.kind(info.kind)
    return tuple(
        replace(a, label=about.words.get(a.type, a.label)) for a in actions if a.type not in about.without
    )


def _version(pk: int) -> OfferingVersion:
    try:
        return OfferingVersion.objects.select_related("offering__matter").get(pk=pk)
    except OfferingVersion.DoesNotExist:
        raise Refused("version_not_in_force", "没有这个事项版本。") from None


def _in_force(version: OfferingVersion, day: date) -> None:
    published = version.status in (OfferingVersion.Status.PUBLISHED, OfferingVersion.Status.RETIRED)
    if not published or version.valid is None or day not in version.valid:
        raise Refused("version_not_in_force", "这个事项版本在申请当日没有生效，请按现行版本办理。")
    suspended = version.offering.matter.status == Matter.Status.SUSPENDED
    if suspended and day >= present.now().date():
        raise Refused("matter_suspended", "这个事项暂停办理，现在不接收新的申请。")


def _opener(
    account: Account | Actor, case: Standing, permissions: str, taking_part: Iterable[Party]
) -> Actor:
    """The actor that begins a case.

    Residents apply for themselves or as the agent that the application names; staff need to accept or handle for that
    unit.
    """
    if isinstance(account, Actor):
        return account
    held = scopes(account, permissions)
    if account.kind == Account.Kind.RESIDENT:
        own = case.applicant == account.pk
        if not own and not any(p.account.pk == account.pk and p.role == "agent" for p in taking_part):
            raise Refused("not_permitted", "网上只能为本人、本人代表的单位或者委托人申请。")
        stead = None if own else case.applicant
        return Actor(
            "resident", account.pk, account.display_name, None, frozenset(), frozenset({"own"}), stead
        )
    verbs = held.verbs_on(case.org, case.matter, case.secrecy)
    if case.applicant == account.pk:
        verbs |= {"own"}
    elif verbs.isdisjoint({"accept", "handle"}):
        raise Refused("not_permitted", "您没有为这个单位收件的权限。")
    orgs = {org for _, org in held.posts.values()}
    org = case.org if case.org in orgs else min(orgs, default=None)
    return Actor("staff", account.pk, account.display_name, org, frozenset(held.posts), verbs)


def _doer(account: Account | Actor, held: Held, type_: str, given: dict[str, Any]) -> Actor:
    """Who does it; `given` becomes what the machine is told of it."""
    if type_ == parties.ANSWER and isinstance(account, Account):
        actor, told = parties.invited(account, held.case.id, given)
    else:
        actor, told = _actor(account, held, given.get("task")), given
        if isinstance(account, Account) and type_ in PASSING_ON and given.get("account"):
            _is_colleague(account, held, given["account"])
        if type_ in parties.NAMING:
            told = parties.read(held.case.id, type_, given)
    if told is not given:
        given.clear()
        given.update(told)
    return actor


def _actor(account: Account | Actor, held: Held, task: object) -> Actor:
    if isinstance(account, Actor):
        return account
    mine = scopes(account, held.permissions)
    if not reaches(account, held.case, held.state, mine):
        raise Refused("not_found", "没有这个办件，或者您无权查看。")
    return actor_on(account, held.case, held.state, mine, task)


def _is_colleague(account: Account, held: Held, whom: object) -> None:
    """Work goes to people of the units it concerns and nobody else: who is given a task sees the case."""
    state = held.state
    orgs = {held.case.org, *scopes(account, held.permissions).org_ids}
    orgs |= {place[1] for t in state.open_tasks if (place := held.definition.posts.get(t.post))}
    if not str(whom).isdecimal():
        raise Refused("missing_field", "请选择一位同事。", detail={"field": "account"})
    if not serves_in(int(str(whom)), orgs):
        raise Refused("not_permitted", "只能交给本件有关单位的在岗人员。", detail={"field": "account"})


def _direction(held: Held, org: int | None, post: object) -> str:
    """上报, 下转 or across: by the levels of the two units. Levels count from the state (1) down to the village (6)."""
    place = held.definition.posts.get(str(post))
    if place is None:
        return "across"
    levels = dict(
        Organisation.objects.filter(pk__in=(org or held.case.org, place[1])).values_list("pk", "level")
    )
    here, there = levels.get(org or held.case.org, ""), levels.get(place[1], "")
    return "across" if here == there else "up" if there < here else "down"


def kind_of(version: OfferingVersion) -> str:
    """Which kind of case an application to this matter is: one with sub-cases is a joint one (并联审批)."""
    if version.flow_sha256 is None:
        return "licence"
    nodes = flow_by_sha(version.flow_sha256).document["nodes"]
    return "joint" if any(n["kind"] == "subcase" for n in nodes) else "licence"


def _account_id(account: Account | Actor) -> int | None:
    return account.account if isinstance(account, Actor) else account.pk


def _answered(answer: Answer, secret: str = "") -> Outcome:
    o = answer.outcome
    return Outcome(o["case_id"], o["number"], o["seq"], tuple(o["events"]), answer.replayed, secret)


def _request_sha(*parts: Any) -> bytes:
    """Tells two requests under one id apart. Not stored beside anything personal, and not for proof."""
    try:
        said = orjson.dumps(parts, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError as error:  # an integer beyond 64 bits, half of a surrogate pair
        raise Refused(
            "form_not_exact",
            "内容里有无法准确保存的数值或者文字，超大的数请用文字填写。",
            detail={"why": str(error)},
        ) from None
    if len(said) > MOST_SAID:
        raise Refused(
            "text_too_long", "这次提交的文字太多，请缩短，或者作为附件上传。", detail={"most": MOST_SAID}
        )
    return sha256(said).digest()


def _form_sha(form: Mapping[str, Any]) -> bytes:
    try:
        return digest(canonical(form))
    except CanonicalError as error:
        raise Refused(
            "form_not_exact", "表单里有无法准确保存的数值，小数请用文字填写。", detail={"why": str(error)}
        ) from None
