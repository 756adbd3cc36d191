"""Background jobs of notices."""

from django.db import close_old_connections
from procrastinate.contrib.django import app

from tongban.platforms.notices import services


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="notices.send")
def send_waiting(timestamp: int) -> int:
    """Send what waits."""
    del timestamp
    close_old_connections()
    return services.send_waiting()
