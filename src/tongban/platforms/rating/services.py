"""Giving a rating, and opening the call-back that a bad one asks for."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from django.db import transaction
from django.urls import reverse

from tongban.base.calendar import CHINA
from tongban.base.queries import current_calendar
from tongban.engine import clock, codec
from tongban.engine.errors import Refused
from tongban.engine.house import establish
from tongban.engine.models import Case
from tongban.engine.services import SYSTEM, Applicant, open_case
from tongban.platforms.rating.book import book
from tongban.platforms.rating.models import Rating
from tongban.platforms.rating.queries import Slot, slots
from tongban.platforms.rating.steps import workers
from tongban.registry.models import OfferingVersion, Organisation
from tongban.registry.queries import as_of

log = structlog.get_logger("tongban.rating")

LONGEST = 1000


@transaction.atomic
def give(
    case: Case,
    step: str,
    no: int,
    *,
    level: int,
    reasons: Iterable[str] = (),
    words: str = "",
    phone: str = "",
    now: datetime | None = None,
) -> Rating:
    """Rate one step of a case, or change what was said of it. A bad level opens a call-back, once.

    Whoever calls has made sure that the case is the rater's (signed in, or by its link). Raises Refused:
    "missing_field" (level, or the reason of a bad one), "not_met", "rated_already", "too_late".
    """
    now, rules = now or datetime.now(CHINA), book()
    if level not in rules.levels:
        raise Refused("missing_field", "请选择满意程度。", detail={"field": "level"})
    chosen = [k for k in dict.fromkeys(reasons) if k in rules.reasons and level in rules.reasons[k].levels]
    words = words.strip()[:LONGEST]
    if level in rules.bad and not chosen and not words:
        raise Refused("missing_field", "请选一个不满意的原因，或者写一句话。", detail={"field": "bad"})
    slot = _slot(case, step, no, now)
    said: dict[str, Any] = {"level": level, "reasons": chosen, "words": words, "phone": phone.strip()[:20]}
    if slot.rating is None:
        rating, made = Rating.objects.get_or_create(
            case=case, step=step, no=no,
            defaults={
                **said, "first_level": level, "org_id": case.org_id, "matter_id": case.matter_id, "given_at": now,
                "rated": list(workers(codec.load(case.state))), "change_until": _change_until(now),
            },
        )  # fmt: skip
        if not made:
            raise Refused("rated_already", "这一步已经评价过了，要改请打开已有的评价。")
    else:
        rating = slot.rating
        Rating.objects.filter(pk=rating.pk).update(**said, changed_at=now)
        rating.refresh_from_db()
    if level in rules.bad and rating.callback_id is None:
        _call_back(rating, case)
    return rating


def _slot(case: Case, step: str, no: int, now: datetime) -> Slot:
    slot = next((s for s in slots(case, now) if (s.step, s.no) == (step, no)), None)
    if slot is None:
        raise Refused("not_met", "这一步还没有办到，办到以后再评价。")
    if not slot.open and slot.rating is not None:
        raise Refused("rated_already", slot.why)
    if not slot.open:
        raise Refused("too_late", slot.why)
    return slot


def _change_until(now: datetime) -> datetime:
    due = clock.due(current_calendar(), book().change_within, now, ())
    return due if due is not None else now + timedelta(days=7)


def _call_back(rating: Rating, case: Case) -> None:
    """Open the case of the call-back with the unit that was rated, or the nearest above it that has who calls."""
    version = _taken_by(case.org_id)
    if version is None:
        log.warning("nobody_calls_back", rating=rating.pk, org=case.org_id)
        return
    rules = book()
    outcome = open_case(
        SYSTEM, offering_version=version, kind="callback", channel="web", command_id=_command(rating),
        title=f"差评回访：{case.offering_version.name}"[:200],
        data={
            "matter": str(case.offering_version.name), "step": rules.step_name(rating.step, rating.no),
            "level": rules.levels[rating.level],
            "reasons": "；".join(rules.reasons[k].name for k in rating.reasons) or "没有选",
            "source": reverse("rating:one", args=[rating.pk]),
        },
        applicant=Applicant("评价人"),
    )  # fmt: skip
    Rating.objects.filter(pk=rating.pk).update(callback_id=outcome.case_id)
    rating.callback_id = outcome.case_id


def _taken_by(org_id: int) -> OfferingVersion | None:
    template, nodes, at = _template(), as_of().nodes, org_id
    while at in nodes:
        org = Organisation.objects.get(pk=at)
        version = establish(
            "callback", org, template["content"], template["flow"], template["roles"], template["permits"]
        )
        if version is not None:
            return version
        at = nodes[at].parent_id or 0
    return None


def _command(rating: Rating) -> UUID:
    return uuid5(NAMESPACE_URL, f"rating:{rating.case_id}:{rating.step}:{rating.no}")


@lru_cache(maxsize=1)
def _template() -> dict[str, Any]:
    path = files("tongban.platforms.rating").joinpath("data/callback.json")
    template: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return template
