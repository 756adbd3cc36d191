"""Background jobs of documents and archive."""

from procrastinate.contrib.django import app

from tongban.platforms.papers import erasing, filing


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="papers.file_finished")
def file_finished(timestamp: int) -> None:
    """File what is finished and sealed; before that, remove what was erased by law and is still there."""
    del timestamp
    erasing.remove_erased()
    filing.file_finished()
