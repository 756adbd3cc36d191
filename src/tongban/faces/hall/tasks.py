"""Background jobs of the hall."""

from procrastinate.contrib.django import app

from tongban.faces.hall import services


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="hall.clear_drafts")
def clear_drafts(timestamp: int) -> None:
    """Delete drafts whose thirty days are over."""
    del timestamp
    services.clear_expired()
