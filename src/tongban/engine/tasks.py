"""The engine's background jobs (procrastinate): ticks, effects, sealing, the daily sweep.

Each may be run at any time, by several workers, and again after a crash.
"""

from datetime import datetime, timedelta

from django.db import close_old_connections
from procrastinate.contrib.django import app

from tongban.base.calendar import CHINA
from tongban.engine import outbox, watches
from tongban.engine.ledger.sealing import seal_and_checkpoint

KEEP_SENT = timedelta(days=30)


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="engine_watches", lock="engine_watches")
def run_due_watches(timestamp: int) -> int:
    """Let time act on every case it is due for."""
    close_old_connections()
    return watches.run_all_due()


@app.periodic(cron="* * * * * */2")
@app.task(queueing_lock="engine_outbox")
def deliver_outbox(timestamp: int) -> int:
    """Hand out what commands have left to be done after their commit."""
    close_old_connections()
    done = 0
    while (handed := outbox.deliver()) > 0:
        done += handed
    return done


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="engine_seal")
def seal_ledger(timestamp: int) -> dict[str, int]:
    """Take new events into the Merkle tree and sign its head from time to time."""
    close_old_connections()
    return seal_and_checkpoint()


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="engine_sweep")
def sweep(timestamp: int) -> int:
    """Delete sent effects that nobody will ask for any more."""
    close_old_connections()
    return outbox.forget(datetime.now(CHINA) - KEEP_SENT)
