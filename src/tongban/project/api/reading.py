"""Cases as the API tells them: found through the reader's own eyes, told in its shapes."""

import base64
import binascii
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from tongban.engine import codec
from tongban.engine.models import Case, TaskRow
from tongban.engine.naming import applicant_name, applicant_names, title_holds, title_masked
from tongban.engine.queries import case_data, sees_personal
from tongban.project.api import shapes
from tongban.project.api.problems import Problem, not_found
from tongban.project.api.shapes import CaseFilter, CaseItem, CaseOut, CasePage, Named, storable
from tongban.registry import queries as registry
from tongban.registry.models import Account

_HEAVY = ("last_hash", "secret_hash", "applicant_digest")


def page_of_cases(actor: Account, wanted: CaseFilter) -> CasePage:
    """The actor's cases, newest first, a page at a time by (opened, id), so that no page costs more than another."""
    rows = _filtered(actor, wanted).select_related("matter").defer(*_HEAVY)
    if wanted.after:
        opened, case_id = _position(wanted.after)
        rows = rows.filter(Q(opened_at__lt=opened) | Q(opened_at=opened, pk__lt=case_id))
    found = list(rows.order_by("-opened_at", "-pk")[: wanted.limit + 1])
    page = found[: wanted.limit]
    last = page[-1] if len(found) > len(page) else None
    names = applicant_names(actor, page)
    return CasePage(
        items=[CaseItem(**_item(actor, case, names[case.pk])) for case in page],
        next=None if last is None else _cursor(last),
    )


def case_of(actor: Account, number: str) -> Case:
    """The case of that number. Raises Problem "not_found", also when the actor may not see it."""
    if not number.isalnum() or not number.isascii():
        raise not_found()
    case = (
        Case.objects.visible_to(actor)
        .select_related("matter", "offering_version")
        .filter(number=number)
        .first()
    )
    if case is None:
        raise not_found()
    return case


def told(actor: Account, case: Case) -> CaseOut:
    """One case in full, as far as it is the actor's to know."""
    seen = Case.objects.visible_to(actor)
    resident = actor.kind == Account.Kind.RESIDENT
    form = case_data(actor, case)
    parent = (
        seen.filter(pk=case.parent_id).values_list("number", flat=True).first() if case.parent_id else None
    )
    return CaseOut(
        **_item(actor, case, applicant_name(case, known=sees_personal(actor, case))),
        parent=parent,
        children=list(seen.filter(parent_id=case.pk).order_by("pk").values_list("number", flat=True)),
        statutory_due_at=case.statutory_due_at,
        materials=dict(codec.load(case.state).materials),
        tasks=[
            _task(t, resident=resident)
            for t in TaskRow.objects.filter(case_id=case.pk).select_related("assignee")
        ],
        form=None if form is None else shapes.FormOut(no=form.no, data=dict(form.data), masked=form.masked),
    )


def _filtered(actor: Account, wanted: CaseFilter) -> QuerySet[Case]:
    rows = Case.objects.visible_to(actor)
    for text in (wanted.org, wanted.matter, wanted.parent, wanted.q):
        storable(text or "")
    if wanted.phase is not None:
        rows = rows.filter(phase=wanted.phase)
    if wanted.org is not None:
        node = registry.organisation(wanted.org)
        rows = rows.none() if node is None else rows.filter(org_id=node.id)
    if wanted.matter is not None:
        rows = rows.filter(matter__code=wanted.matter)
    if wanted.parent is not None:
        rows = rows.filter(parent__number=wanted.parent)
    if wanted.q:
        rows = rows.filter(Q(number__startswith=wanted.q.upper()) | title_holds(actor, wanted.q))
    return rows


def _item(actor: Account, case: Case, applicant: str) -> dict[str, Any]:
    resident = actor.kind == Account.Kind.RESIDENT
    org = registry.as_of().nodes.get(case.org_id)
    return {
        "number": case.number, "kind": case.kind, "title": title_masked(case, applicant),
        "matter": Named(code=case.matter.code, name=case.matter.name),
        "org": Named(code=org.key if org else "", name=org.name if org else ""),
        "applicant": applicant, "phase": case.phase, "stage": case.stage,
        "result": case.result, "channel": case.channel, "opened_at": case.opened_at, "accepted_at": case.accepted_at,
        "decided_at": case.decided_at, "concluded_at": case.concluded_at, "due_at": case.due_at,
        "paused": case.paused, "level": None if resident else case.level, "seq": case.seq,
    }  # fmt: skip


def _task(task: TaskRow, *, resident: bool) -> shapes.TaskOut:
    assignee = "" if resident or task.assignee is None else task.assignee.display_name
    return shapes.TaskOut(
        no=task.no, node=task.node, name=task.name, kind=task.kind, status=task.status,
        org=registry.organisation_name(task.org_id) if task.org_id else "", assignee=assignee,
        opened_at=task.opened_at, due_at=task.due_at, done_at=task.done_at,
        outcome="" if resident else task.outcome,
    )  # fmt: skip


def _cursor(case: Case) -> str:
    return base64.urlsafe_b64encode(f"{case.opened_at.isoformat()}|{case.pk}".encode()).decode()


def _position(cursor: str) -> tuple[datetime, int]:
    try:
        opened, _, number = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        at, case_id = parse_datetime(opened), int(number)
    except (ValueError, binascii.Error, OverflowError):
        at, case_id = None, 0
    if at is None or at.tzinfo is None or not 0 < case_id < 2**63:
        raise Problem(422, "request_invalid", "请求的格式不对。", {"fields": [{"field": "after"}]})
    return at, case_id
