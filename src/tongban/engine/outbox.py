"""Effects after the commit: each row of the outbox is handed to its handler by a worker, at least once, with patience."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from tongban.base import present
from tongban.engine import kinds
from tongban.engine.models import OutboxRow

log = logging.getLogger(__name__)

#: Waiting times between attempts; the last one is repeated until somebody mends what is wrong.
PATIENCE = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600))


def deliver(limit: int = 200, now: datetime | None = None) -> int:
    """Hand out up to `limit` effects that wait; returns how many were done. Several workers may do this at once.

    A handler runs in the transaction that marks its row as sent: what it writes here happens exactly once, what it
    sends elsewhere at least once. When it raises, the row waits longer each time, with the error's class on it.
    """
    now = now or present.now()
    done = 0
    tried: set[int] = set()
    while len(tried) < limit:
        with transaction.atomic():
            row = (
                OutboxRow.objects.select_for_update(skip_locked=True)
                .filter(sent_at__isnull=True, available_at__lte=now)
                .exclude(pk__in=tried)
                .order_by("available_at", "id")
                .first()
            )
            if row is None:
                break
            tried.add(row.pk)
            done += _hand_over(row, now)
    return done


def waiting() -> dict[str, int]:
    """How many effects wait, and how many of them have failed before; for metrics and the doctor."""
    rows = OutboxRow.objects.filter(sent_at__isnull=True)
    return {"waiting": rows.count(), "failed": rows.filter(Q(attempts__gt=0)).count()}


def forget(before: datetime) -> int:
    """Delete effects that were sent before that instant; they have no further use. Returns how many."""
    return OutboxRow.objects.filter(sent_at__lt=before).delete()[0]


def _missing(effect: kinds.Effect) -> None:
    raise LookupError(f"no handler for {effect.topic}")


def _hand_over(row: OutboxRow, now: datetime) -> bool:
    handler = kinds.handlers().get(row.topic, {}).get(row.handler)
    try:
        with transaction.atomic():
            (handler or _missing)(kinds.Effect(row.topic, row.key, row.case_id, row.payload))
    except Exception as error:  # noqa: BLE001
        wait = PATIENCE[min(row.attempts, len(PATIENCE) - 1)]
        OutboxRow.objects.filter(pk=row.pk).update(
            attempts=F("attempts") + 1, available_at=now + wait, error=type(error).__name__
        )
        log.warning("outbox %s of %s failed: %s", row.key, row.topic, type(error).__name__)
        return False
    OutboxRow.objects.filter(pk=row.pk).update(sent_at=now, attempts=F("attempts") + 1, error="")
    return True
