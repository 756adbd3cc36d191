"""The public hall: guides, applications, tracking, authenticity checks, one's own affairs."""

from django.apps import AppConfig


class HallConfig(AppConfig):
    """Wiring of the hall."""

    name = "tongban.faces.hall"
    label = "hall"
    verbose_name = "办事大厅"

    def ready(self) -> None:
        """Declare what the hall does when something happens to a case."""
        from tongban.faces.hall.messages import declare

        declare()
