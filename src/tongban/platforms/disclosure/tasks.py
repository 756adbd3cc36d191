"""Background jobs of disclosure."""

from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tongban.platforms.disclosure.machines import copies
from tongban.platforms.disclosure.models import Batch
from tongban.platforms.disclosure.services import batches, rereview
from tongban.registry.models import Account


@app.task
def read_files(batch_id: str) -> None:
    """Read the files of a batch."""
    batches.read_batch(UUID(batch_id))


@app.task
def take_clear(batch_id: str, account_id: int) -> None:
    """Make records of the rows of a batch that were read clearly."""
    batch = Batch.objects.select_related("file").get(pk=UUID(batch_id))
    batches.confirm_clear(Account.objects.get(pk=account_id), batch)


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
