"""What can be done to manuscripts: begin, save, hand in, comment, return, pass, publish, throw away.

Everything the law of versions says (who may, in which state) is asked of the registry's services; this room adds that
nobody decides about what they wrote themselves, and binds the flow to the version.
"""

import copy
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from tongban.engine.flows import publish_flow, save_flow_draft
from tongban.engine.lint import Problem as FlowProblem
from tongban.engine.lint import lint
from tongban.engine.models import FlowVersion
from tongban.engine.state import Limit
from tongban.faces.authoring.flowtable import steps_of
from tongban.faces.authoring.models import Comment, Manuscript
from tongban.faces.authoring.record import empty_record
from tongban.registry.authority import require
from tongban.registry.errors import RegistryRefused
from tongban.registry.models import Account, Matter, OfferingVersion, Organisation, Post
from tongban.registry.models.permissions import Verb
from tongban.registry.package import check_package, form_fields
from tongban.registry.reports import Problem
from tongban.registry.services import matters


@transaction.atomic
def begin_empty(
    actor: Account,
    *,
    organisation: Organisation,
    name: str,
    kind: str,
    cause: str = Manuscript.Cause.BETTER,
    occasion: date | None = None,
    note: str = "",
) -> Manuscript:
    """Begin a new matter of an organisation from an empty form.

    Raises RegistryRefused ``not_permitted`` (needs ``draft_matter`` there), ``name_missing``.
    """
    require(actor, Verb.DRAFT_MATTER, organisation.pk)
    if not name.strip():
        raise RegistryRefused("name_missing", "请写事项名称。")
    content = empty_record(
        name=name.strip()[:200],
        kind=kind,
        code=free_code(organisation, kind),
        org_code=organisation.code or "",
        region=organisation.region_id or "",
        level=str(organisation.level or ""),
    )
    return _new(actor, organisation, content, None, None, cause, occasion, note)


@transaction.atomic
def begin_revision(
    actor: Account,
    version: OfferingVersion,
    *,
    cause: str = Manuscript.Cause.BETTER,
    occasion: date | None = None,
    note: str = "",
) -> Manuscript:
    """Begin to change a matter: from the live version, or from a draft that was imported.

    An open manuscript of the same offering is answered with. Raises ``not_permitted``, ``in_review``.
    """
    offering = version.offering
    require(actor, Verb.DRAFT_MATTER, offering.organisation_id, offering.matter_id)
    open_ = Manuscript.objects.filter(
        organisation_id=offering.organisation_id, code=offering.matter.code, dropped_at=None
    ).exclude(version__status__in=["published", "retired"])
    if (there := open_.first()) is not None:
        return there
    draft = offering.versions.filter(status__in=["draft", "review"]).first()
    if draft is not None and draft.status == OfferingVersion.Status.REVIEW:
        raise RegistryRefused("in_review", "该事项有一份版本正在审核，请先完成审核或退回。")
    live = offering.versions.filter(status="published").order_by("-no").first()
    source = draft or version
    flow = flow_of_version(source)
    made = _new(
        actor, offering.organisation, copy.deepcopy(source.content), flow, live, cause, occasion, note
    )
    if draft is not None:
        made.version = draft
        made.save(update_fields=["version"])
        if draft.drafted_by_id is not None:  # who imported it wrote it, and does not judge it
            made.authors.add(draft.drafted_by_id)
    return made


@transaction.atomic
def save(
    actor: Account,
    manuscript: Manuscript,
    *,
    content: Mapping[str, Any] | None = None,
    flow: Mapping[str, Any] | None = None,
    seen: int | None = None,
) -> Manuscript:
    """Keep what was typed, whole or not. The steps of the guide follow the flow.

    Raises ``not_permitted``, ``not_draft`` (in review or beyond), ``saved_meanwhile`` (somebody else saved after `seen`).
    """
    held = _held(manuscript)
    _may_write(actor, held)
    if seen is not None and seen != held.seq and held.saved_by_id != actor.pk:
        raise RegistryRefused(
            "saved_meanwhile",
            f"{held.saved_by.display_name}刚刚保存过这份编制稿。您填的内容还在这一页；再保存一次就以您的为准。",
        )
    if content is not None:
        held.content = dict(content)
    if flow is not None:
        held.flow = dict(flow)
    if held.flow is not None:
        held.flow = {
            **held.flow,
            "key": flow_key_of(held),
            "name": _text(held.content, "matter", "name") + "办理流程",
        }
        held.content = {**held.content, "flow_key": held.flow["key"], "steps": steps_of(held.flow)}
    held.name = _text(held.content, "matter", "name")[:200] or held.name
    held.code = _text(held.content, "matter", "code")[:50]
    held.kind = _text(held.content, "matter", "kind_code")[:2]
    held.saved_by, held.saved_at, held.seq = actor, timezone.now(), held.seq + 1
    held.save()
    held.authors.add(actor)
    return held


@transaction.atomic
def answer_comment(actor: Account, comment: Comment, answer: str) -> Comment:
    """Say what was done about a line comment. Raises ``not_permitted``, ``not_draft``."""
    _may_write(actor, _held(comment.manuscript))
    comment.answer, comment.answered_by, comment.answered_at = answer[:2000], actor, timezone.now()
    comment.save(update_fields=["answer", "answered_by", "answered_at"])
    return comment


@transaction.atomic
def hand_in(actor: Account, manuscript: Manuscript) -> Manuscript:
    """Hand a manuscript to the legal office: it becomes a version in review, content and flow frozen.

    Raises ``package_refused`` and ``flow_has_problems`` (with ``problems``), ``comments_open`` (line comments not
    answered), and what the registry raises.
    """
    held = _held(manuscript)
    _may_write(actor, held)
    if held.comments.filter(answered_at=None).exists():
        raise RegistryRefused("comments_open", "还有批注没有答复。逐条写明怎样处理，再提交审核。")
    problems = flow_problems(held)
    if problems:
        raise RegistryRefused(
            "flow_has_problems", f"办理流程还有 {len(problems)} 处问题，不能提交审核。", problems=problems
        )
    note = held.note or held.get_cause_display()
    if held.version is None:
        version = matters.draft_version(actor, held.content, change_note=note)
    else:
        version = matters.save_draft(actor, held.version, held.content, change_note=note)
    held.version = matters.submit_for_review(actor, version)
    held.rounds += 1
    held.save(update_fields=["version", "rounds"])
    held.authors.add(actor)
    return held


@transaction.atomic
def comment(actor: Account, manuscript: Manuscript, *, path: str, text: str, seen: int) -> Comment:
    """Write a line comment on a field under review.

    `seen` is the round of review (第几次审核) whose content the person read, here as everywhere below. Raises
    ``not_in_review``, ``review_outdated``, ``own_draft``, ``not_permitted``.
    """
    held = _under_review(actor, manuscript, seen)
    return Comment.objects.create(
        manuscript=held, round=held.rounds, path=path[:200], text=text.strip()[:2000], by=actor
    )


@transaction.atomic
def send_back(actor: Account, manuscript: Manuscript, *, opinion: str, seen: int) -> Manuscript:
    """Return a version with an opinion; the manuscript can be written on again. Raises as the registry does."""
    held = _under_review(actor, manuscript, seen)
    assert held.version is not None  # noqa: S101 -- under review
    held.version = matters.return_to_draft(actor, held.version, opinion=opinion)
    return held


@transaction.atomic
def approve(actor: Account, manuscript: Manuscript, *, opinion: str, seen: int) -> Manuscript:
    """Pass legal review of what was read, flow included.

    Raises ``own_draft`` for anybody who had a hand in it, ``review_outdated`` when it was returned and handed in anew
    meanwhile, and what the registry raises.
    """
    held = _under_review(actor, manuscript, seen)
    assert held.version is not None  # noqa: S101 -- under review
    held.version = matters.pass_review(actor, held.version, opinion=opinion)
    return held


@transaction.atomic
def decide(
    actor: Account,
    manuscript: Manuscript,
    what: str,
    *,
    opinion: str,
    seen: int,
    comments: Iterable[tuple[str, str]] = (),
) -> Manuscript:
    """What the legal office does in one act: line comments, then `what`: comment (only these), back, pass.

    Raises ``comments_open`` for passing with comments not dealt with, and what `send_back` and `approve` raise.
    """
    written = [comment(actor, manuscript, path=path, text=text, seen=seen) for path, text in comments]
    if what == "back":
        return send_back(actor, manuscript, opinion=opinion, seen=seen)
    if what == "pass":
        if written or manuscript.comments.filter(answered_at=None).exists():
            raise RegistryRefused(
                "comments_open", "还有批注要编制单位处理，请退回修改；或者清空批注，再通过。"
            )
        return approve(actor, manuscript, opinion=opinion, seen=seen)
    return _under_review(actor, manuscript, seen)


@transaction.atomic
def publish(actor: Account, manuscript: Manuscript, *, seen: int, starts: date | None = None) -> Manuscript:
    """Publish the reviewed version with its flow; a running case keeps the version and the flow it began with.

    Raises ``own_draft``, ``not_in_review``, ``review_outdated``, and what the registry and the engine raise.
    """
    held = _under_review(actor, manuscript, seen, verbs=(Verb.PUBLISH_MATTER,))
    assert held.version is not None  # noqa: S101 -- under review
    sha = None
    if held.flow is not None:
        require(actor, Verb.PUBLISH_MATTER, held.organisation_id, held.version.offering.matter_id)
        draft = save_flow_draft(actor, key=str(held.flow["key"]), document=held.flow)
        sha = bytes.fromhex(publish_flow(actor, draft).sha256)
    held.version = matters.publish(actor, held.version, starts=starts, flow_sha256=sha)
    return held


@transaction.atomic
def drop(actor: Account, manuscript: Manuscript, *, reason: str) -> Manuscript:
    """Give a manuscript up; its draft version goes with it. Raises ``reason_missing``, ``not_draft``, ``not_permitted``."""
    held = _held(manuscript)
    _may_write(actor, held)
    if not reason.strip():
        raise RegistryRefused("reason_missing", "请写明作废的原因。")
    if held.version is not None:
        matters.delete_draft(actor, held.version, reason=reason)
        held.version = None
    held.dropped_at = timezone.now()
    held.save(update_fields=["version", "dropped_at"])
    return held


def problems_of(manuscript: Manuscript) -> list[Problem]:
    """Everything the check of the package says."""
    return check_package(manuscript.content, matters.known_here())


def flow_problems(manuscript: Manuscript) -> list[FlowProblem]:
    """Everything lint says about the flow, knowing the posts, the form, the materials and the promise."""
    if manuscript.flow is None:
        if manuscript.content.get("initiated_by") == "application":
            return [FlowProblem("flow", "key_missing", "还没有办理流程。", "在“办理流程”里选一个模板开始。")]
        return []
    content = manuscript.content
    promised = (content.get("limits") or {}).get("promised")
    fits = (
        isinstance(promised, Mapping) and isinstance(promised.get("amount"), int) and promised["amount"] > 0
    )
    return lint(
        manuscript.flow,
        posts=set(Post.objects.filter(abolished_on=None).values_list("code", flat=True)),
        form_fields={str(f.get("name")): f for _, f in form_fields(content) if f.get("name")},
        promised=Limit(promised["amount"], promised.get("unit", "workday")) if fits and promised else None,
        materials=[str(m.get("key")) for m in content.get("materials", ())],
    )


def free_code(organisation: Organisation, kind: str) -> str:
    """A basic code (基本编码) no matter bears yet: province, kind, department, serial, no sub-item."""
    stem = f"{(organisation.region_id or '99')[:2]}{kind}{organisation.pk % 100:02d}"
    taken = set(Matter.objects.filter(code__startswith=stem).values_list("code", flat=True))
    taken |= set(Manuscript.objects.filter(code__startswith=stem).values_list("code", flat=True))
    return next(code for n in range(1, 1000) if (code := f"{stem}{n:03d}000") not in taken)


def flow_key_of(manuscript: Manuscript) -> str:
    """The key of the flow of a manuscript: the one it had, or the matter's code."""
    return str(manuscript.content.get("flow_key") or f"m{manuscript.code}")[:60]


def _new(
    actor: Account,
    organisation: Organisation,
    content: dict[str, Any],
    flow: dict[str, Any] | None,
    base: OfferingVersion | None,
    cause: str,
    occasion: date | None,
    note: str,
) -> Manuscript:
    if cause not in Manuscript.Cause.values:
        cause = Manuscript.Cause.BETTER
    made = Manuscript.objects.create(
        organisation=organisation,
        name=content["matter"]["name"],
        code=content["matter"]["code"],
        kind=content["matter"]["kind_code"],
        cause=cause,
        occasion=occasion,
        note=note[:2000],
        content=content,
        flow=flow,
        base=base,
        saved_by=actor,
        saved_at=timezone.now(),
    )
    made.authors.add(actor)
    return made


def flow_of_version(version: OfferingVersion) -> dict[str, Any] | None:
    """The flow of a version: the published one it names, or the draft of its key."""
    rows = (
        FlowVersion.objects.filter(key=version.flow_key) if version.flow_key else FlowVersion.objects.none()
    )
    if version.flow_sha256 is not None:
        rows = FlowVersion.objects.filter(sha256=bytes(version.flow_sha256).hex())
    row = rows.order_by("-no").first()
    return None if row is None else dict(row.document)


def _held(manuscript: Manuscript) -> Manuscript:
    return (
        Manuscript.objects.select_for_update(of=("self",))
        .select_related("organisation", "saved_by", "version__offering__matter")
        .get(pk=manuscript.pk)
    )


def _may_write(actor: Account, held: Manuscript) -> None:
    require(
        actor,
        Verb.DRAFT_MATTER,
        held.organisation_id,
        held.version.offering.matter_id if held.version is not None else None,
    )
    if held.state != "writing":
        raise RegistryRefused("not_draft", "这份编制稿不在编制中，内容已不能改动。")


def _under_review(
    actor: Account,
    manuscript: Manuscript,
    seen: int,
    verbs: tuple[Verb, ...] = (Verb.REVIEW_MATTER, Verb.PUBLISH_MATTER),
) -> Manuscript:
    held = _held(manuscript)
    if held.version is None or held.version.status != OfferingVersion.Status.REVIEW:
        raise RegistryRefused("not_in_review", "这份编制稿不在审核中。")
    for verb in verbs:
        try:
            require(actor, verb, held.organisation_id, held.version.offering.matter_id)
            break
        except RegistryRefused:
            if verb == verbs[-1]:
                raise
    if held.authors.filter(pk=actor.pk).exists():
        raise RegistryRefused("own_draft", "编制过这份稿子的人不能审核或发布它，请由另一名人员办理。")
    if held.rounds != seen:
        raise RegistryRefused(
            "review_outdated", f"这份稿子退回修改过，现在是第 {held.rounds} 次送审的内容。请看过再决定。"
        )
    return held


def _text(content: Mapping[str, Any], part: str, name: str) -> str:
    inner = content.get(part)
    value = inner.get(name) if isinstance(inner, Mapping) else None
    return value if isinstance(value, str) else ""
