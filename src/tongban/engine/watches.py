"""Time passing: cases whose watch has fallen due get a `tick`, which costs what is due and never the archive's size."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from tongban.base.calendar import CHINA, BeyondHorizon
from tongban.engine.errors import Refused
from tongban.engine.models import Case, Watch
from tongban.engine.queries import claim_case
from tongban.engine.services import perform
from tongban.engine.state import SYSTEM

log = logging.getLogger(__name__)

TICKS = UUID("5e1c7c1e-6d0b-4f0e-9a53-0d1f6a3f7b11")  # namespace of the ids of ticks
LATER = timedelta(minutes=10)  # a case whose tick fails is looked at again after this


def run_due(now: datetime | None = None, limit: int = 500) -> int:
    """Tick up to `limit` cases whose watch is due; returns how many. Several workers may do this at once.

    A case is claimed by its own row (SKIP LOCKED), in the order every command locks: the case first, its watch after. The
    id of a tick follows from case, event number and due time: what was done before a crash is not done again.
    """
    now = now or datetime.now(CHINA)
    done = 0
    for case_id, fire_at in _due(now, limit):
        with transaction.atomic():
            case = claim_case(case_id)
            if case is None or not Watch.objects.filter(case_id=case_id, fire_at=fire_at).exists():
                continue  # somebody has it, or had it
            done += _tick(case, fire_at, now)
    return done


def overdue_watches(now: datetime | None = None) -> int:
    """How many watches should have fired; for metrics and the doctor."""
    return Watch.objects.filter(fire_at__lte=now or datetime.now(CHINA)).count()


def _due(now: datetime, limit: int) -> Iterable[tuple[int, datetime]]:
    rows = Watch.objects.filter(fire_at__lte=now).order_by("fire_at").values_list("case_id", "fire_at")
    return list(rows[:limit])


def _tick(case: Case, fire_at: datetime, now: datetime) -> bool:
    command_id = uuid5(TICKS, f"{case.pk}:{case.seq}:{fire_at.isoformat()}")
    try:
        perform(SYSTEM, case.pk, "tick", command_id=command_id, channel="system")
    except (Refused, BeyondHorizon) as refusal:
        code = refusal.code if isinstance(refusal, Refused) else "beyond_horizon"
        log.warning("tick of case %s failed: %s", case.pk, code)
        Watch.objects.filter(pk=case.pk).update(fire_at=now + LATER)
        return False
    return True
