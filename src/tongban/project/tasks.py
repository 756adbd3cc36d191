"""Background jobs of the installation itself."""

from datetime import date

from django.db import close_old_connections
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

STALLED_AFTER = 60.0
"""Seconds without a heartbeat after which a worker is dead and its jobs are done again (they are idempotent)."""


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Hand out again what a killed worker had begun."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        await manager.retry_job(job)


@app.task(queueing_lock="bring_out_demo_bulletin", retry=RetryStrategy(max_attempts=20, wait=15))
def bring_out_demo_bulletin(month: str) -> bool:
    """The first bulletin of the demonstration city, of the month that begins on that day; whether it was brought out."""
    from tongban.project.demo.bulletin import bring_out

    close_old_connections()
    return bring_out(date.fromisoformat(month)) is not None
