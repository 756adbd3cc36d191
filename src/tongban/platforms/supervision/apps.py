from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "tongban.platforms.supervision"
    label = "supervision"
    verbose_name = "电子监察"

    def ready(self) -> None:
        from tongban.platforms.supervision.kind import declare

        declare()
