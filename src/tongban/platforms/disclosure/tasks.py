"""Background jobs of disclosure."""

from uuid import UUID

from procrastinate.contrib.django import app

from tongban.platforms.disclosure.services import batches, releasing


@app.task
def read_files(batch_id: str) -> None:
    """Read the files of a batch."""
    batches.read_batch(UUID(batch_id))


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="disclosure.release_due")
def release_due(timestamp: int) -> None:
    """Release what waits for a time that has come."""
    del timestamp
    releasing.release_due()
