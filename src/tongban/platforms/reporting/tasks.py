"""Background jobs of what departments report."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from procrastinate.contrib.django import app

from tongban.platforms.reporting.writing import forget_refused


@app.periodic(cron="41 3 * * *")
@app.task(queueing_lock="reporting.forget_refused")
def clear_refused(timestamp: int) -> None:
    """Keep no more of refused objects than digest, key and reasons, once their days are over."""
    del timestamp
    forget_refused(datetime.now(UTC) - timedelta(days=settings.TONGBAN_REFUSED_DAYS))
