"""Background jobs of disclosure."""

from uuid import UUID

from procrastinate.contrib.django import app

from tongban.platforms.disclosure.services import batches, rereview


@app.task
def read_files(batch_id: str) -> None:
    """Read the files of a batch."""
    batches.read_batch(UUID(batch_id))


@app.periodic(cron="20 7 * * *")
@app.task(queueing_lock="disclosure.open_rereviews")
def open_rereviews(timestamp: int) -> None:
    """Begin to look again at what is withheld and due."""
    del timestamp
    rereview.open_due()
