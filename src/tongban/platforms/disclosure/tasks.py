"""Background jobs of disclosure."""

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tongban.platforms.disclosure.machines import copies
from tongban.platforms.disclosure.services import rereview
from tongban.platforms.disclosure.services.batches import read_files, take_clear

__all__ = ["ask_for_copy", "make_copy", "open_rereviews", "read_files", "take_clear"]


@app.task
def make_copy(name: str) -> None:
    """Make a copy of the whole catalogue as it is now."""
    copies.make(name)


def ask_for_copy(name: str) -> None:
    """Have a copy made soon, once however many ask for it."""
    lock = f"disclosure.copy.{name}"
    try:
        with transaction.atomic():
            make_copy.configure(lock=lock, queueing_lock=lock).defer(name=name)
    except AlreadyEnqueued:
        pass


@app.periodic(cron="20 7 * * *")
@app.task(queueing_lock="disclosure.open_rereviews")
def open_rereviews(timestamp: int) -> None:
    """Begin to look again at what is withheld and due."""
    del timestamp
    rereview.open_due()
