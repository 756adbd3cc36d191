"""Background jobs of bulk imports."""

from uuid import UUID

from procrastinate.contrib.django import app

from tongban.faces.catalogue import services


@app.task
def carry_on(import_id: str) -> None:
    """Take the rows of a confirmed import in."""
    services.carry_on_with(UUID(import_id))
