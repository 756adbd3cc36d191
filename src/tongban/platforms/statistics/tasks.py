"""Background jobs of statistics."""

from django.db import close_old_connections
from procrastinate.contrib.django import app

from tongban.platforms.statistics import projection


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="statistics.project")
def project(timestamp: int) -> int:
    """Bring what was added into the columnar files."""
    del timestamp
    close_old_connections()
    return projection.project().rows
