from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "tongban.platforms.supervision"
    label = "supervision"
    verbose_name = "电子监察"

    def ready(self) -> None:
        from tongban.base.ui.rail import register_rail
        from tongban.platforms.supervision.kind import declare
        from tongban.platforms.supervision.rail import rail

        declare()
        register_rail(20, rail)
