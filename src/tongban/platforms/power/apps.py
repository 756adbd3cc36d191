from django.apps import AppConfig


class PowerConfig(AppConfig):
    name = "tongban.platforms.power"
    label = "power"
    verbose_name = "行政权力运行"

    def ready(self) -> None:
        from tongban.platforms.power.kind import declare

        declare()
