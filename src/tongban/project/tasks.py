"""Background jobs of the installation itself."""

from procrastinate import JobContext
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
