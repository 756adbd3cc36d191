"""Time passing: cases whose watch has fallen due get a `tick`, which costs what is due and never the archive's size.

Many cases a transaction, by the path that reports of other systems take (`appending.py`). Where one of a batch cannot be
written, its cases go one by one.
"""

import logging
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import connection, transaction

from tongban.base import present
from tongban.base.calendar import BeyondHorizon
from tongban.base.processes import pool
from tongban.engine.appending import Sitting
from tongban.engine.errors import Refused
from tongban.engine.models import Case, Watch
from tongban.engine.queries import claim_case
from tongban.engine.services import perform
from tongban.engine.state import EMPTY, SYSTEM, Command

log = logging.getLogger(__name__)

TICKS = UUID("5e1c7c1e-6d0b-4f0e-9a53-0d1f6a3f7b11")  # namespace of the ids of ticks
LATER = timedelta(minutes=10)  # a case whose tick fails is looked at again after this
MANY = 20_000  # due at once: half a minute for one process, and worth the start of others
TOGETHER = 250  # cases of one transaction: somebody at work on one of them waits for so many at most


def run_due(now: datetime | None = None, limit: int = 500) -> int:
    """Tick up to `limit` cases whose watch is due; returns how many. Several workers may do this at once.

    A case is claimed by its own row (SKIP LOCKED), in the order every command locks: the case first, its watch after. The
    id of a tick follows from case, event number and due time: what was done before a crash is not done again.
    """
    now = now or present.now()
    done = 0
    while limit > 0:
        with transaction.atomic():
            claimed = _claim(now, min(limit, TOGETHER))
            ticked = _together(claimed)
        if ticked is None:
            ticked = _one_by_one(now, claimed)
        done += ticked
        limit -= TOGETHER
        if len(claimed) < TOGETHER:
            break
    return done


def run_all_due() -> int:
    """Tick every case whose watch is due; returns how many.

    Where very many fell due at once (after an outage, on the first morning of a year), every core takes its part.
    """
    hands = min(4, os.cpu_count() or 1)
    if hands == 1 or overdue_watches() < MANY:
        return _until_none()
    with pool(hands) as processes:
        return sum(processes.map(_until_none, range(hands)))


def overdue_watches(now: datetime | None = None) -> int:
    """How many watches should have fired; for metrics and the doctor."""
    return Watch.objects.filter(fire_at__lte=now or present.now()).count()


def _until_none(_: int = 0) -> int:
    done = 0
    while (ticked := run_due()) > 0:
        done += ticked
    return done


Claimed = Sequence[tuple[int, datetime]]  # case, when its watch fell due


def _claim(now: datetime, limit: int) -> Claimed:
    """Lock cases whose watch is due and that nobody has; inside a transaction, which holds them to its end."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now, limit])
        ids = [row[0] for row in cursor.fetchall()]
    # read after the lock: who had the case before may have moved its watch
    return list(
        Watch.objects.filter(case_id__in=ids, fire_at__lte=now)
        .order_by("fire_at", "case_id")
        .values_list("case_id", "fire_at")
    )


_CLAIM = """
SELECT c.id FROM engine_watch w JOIN engine_case c ON c.id = w.case_id WHERE w.fire_at <= %s
 ORDER BY w.fire_at LIMIT %s FOR NO KEY UPDATE OF c SKIP LOCKED"""


def _together(claimed: Claimed) -> int | None:
    """Tick cases that are locked. None where the database refused, and nothing was done."""
    if not claimed:
        return 0
    put_off: list[int] = []
    try:
        with transaction.atomic():
            sitting = Sitting()
            sitting.hold(case_id for case_id, _ in claimed)
            at = present.now()
            for case_id, fire_at in claimed:
                course = sitting.course(case_id)
                if course is None:  # not possible: it is locked
                    continue
                id_ = _tick_id(case_id, course.state.seq, fire_at)
                try:
                    course.tick(Command(id_, "tick", SYSTEM, at, EMPTY, "system"), at)
                    sitting.finish(course)
                except (Refused, BeyondHorizon) as refusal:
                    _warn(case_id, refusal)
                    put_off.append(case_id)
            sitting.write()
            Watch.objects.filter(pk__in=put_off).update(fire_at=at + LATER)
    except Exception:
        log.exception("a batch of ticks was not written; its cases are ticked one by one")
        return None
    return len(claimed) - len(put_off)


def _one_by_one(now: datetime, claimed: Claimed) -> int:
    done = 0
    for case_id, fire_at in claimed:
        with transaction.atomic():
            case = claim_case(case_id)
            if case is None or not Watch.objects.filter(case_id=case_id, fire_at=fire_at).exists():
                continue  # somebody has it, or had it
            done += _tick(case, fire_at, now)
    return done


def _tick(case: Case, fire_at: datetime, now: datetime) -> bool:
    try:
        with transaction.atomic():
            perform(
                SYSTEM, case.pk, "tick", command_id=_tick_id(case.pk, case.seq, fire_at), channel="system"
            )
    except Exception as refusal:  # noqa: BLE001 -- as above
        _warn(case.pk, refusal)
        Watch.objects.filter(pk=case.pk).update(fire_at=now + LATER)
        return False
    return True


def _tick_id(case_id: int, seq: int, fire_at: datetime) -> UUID:
    return uuid5(TICKS, f"{case_id}:{seq}:{fire_at.isoformat()}")


def _warn(case_id: int, refusal: Exception) -> None:
    if isinstance(refusal, (Refused, BeyondHorizon)):
        code = refusal.code if isinstance(refusal, Refused) else "beyond_horizon"
        log.warning("tick of case %s failed: %s", case_id, code)
    else:
        log.error("tick of case %s failed", case_id, exc_info=refusal)
