"""Background jobs of disclosure."""

from uuid import UUID

from procrastinate.contrib.django import app

from tongban.platforms.disclosure.services import batches


@app.task
def read_files(batch_id: str) -> None:
    """Read the files of a batch."""
    batches.read_batch(UUID(batch_id))
