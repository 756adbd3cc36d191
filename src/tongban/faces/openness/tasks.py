"""Background jobs of disclosure on request."""

from django.db import close_old_connections
from procrastinate.contrib.django import app

from tongban.faces.openness import reminding


@app.periodic(cron="11 8 * * *")
@app.task(queueing_lock="openness.remind")
def remind(timestamp: int) -> int:
    """Remind of annual reports that are due soon, every morning."""
    del timestamp
    close_old_connections()
    return reminding.remind()


@app.periodic(cron="17 8 * * *")
@app.task(queueing_lock="openness.tell_shortfalls")
def tell_shortfalls(timestamp: int) -> int:
    """Remind of required columns that lack something, every morning."""
    del timestamp
    close_old_connections()
    return reminding.tell_shortfalls()
