"""Background jobs of supervision."""

from procrastinate.contrib.django import app

from tongban.platforms.supervision import services


@app.periodic(cron="7 * * * *")
@app.task(queueing_lock="supervision.reach_waiting_cases")
def reach_waiting_cases(timestamp: int) -> None:
    """On the day on which revised rules begin, look at every open case by them; hourly, so that no outage loses the day."""
    del timestamp
    services.look_again_after_revisions()
