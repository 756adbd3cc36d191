"""Wiring of the room where matters are written."""

from django.apps import AppConfig


class AuthoringConfig(AppConfig):
    name = "tongban.faces.authoring"
    label = "authoring"
    verbose_name = "事项编制"

    def ready(self) -> None:
        from tongban.base.ui.rail import register_rail
        from tongban.faces.authoring.rail import rail

        register_rail(20, rail)
