"""Background jobs of supervision."""

from procrastinate.contrib.django import app

from tongban.platforms.supervision import draws, orders, services, studies
from tongban.platforms.supervision.trials import try_out

__all__ = [
    "carry_out_draws",
    "raise_cards_of_late_orders",
    "reach_waiting_cases",
    "study_yesterday",
    "try_out",
]


@app.periodic(cron="7 * * * *")
@app.task(queueing_lock="supervision.reach_waiting_cases")
def reach_waiting_cases(timestamp: int) -> None:
    """On the day on which revised rules begin, look at every open case by them; hourly, so that no outage loses the day."""
    del timestamp
    services.look_again_after_revisions()


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="supervision.study_yesterday")
def study_yesterday(timestamp: int) -> None:
    """Every morning, look over many cases at once; hourly, so that no outage loses a day."""
    del timestamp
    studies.study_yesterday()


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="supervision.raise_cards_of_late_orders")
def raise_cards_of_late_orders(timestamp: int) -> None:
    """Yellow cards whose orders were not answered in time become red."""
    del timestamp
    orders.raise_cards_of_late_orders()


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="supervision.carry_out_draws")
def carry_out_draws(timestamp: int) -> None:
    """Draws whose announcement the ledger has signed since are carried out."""
    del timestamp
    draws.carry_out_waiting()
