from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "tongban.platforms.reporting"
    label = "reporting"
    verbose_name = "业务系统报送"

    def ready(self) -> None:
        from tongban.base.ui.rail import register_rail
        from tongban.platforms.reporting.rail import rail
        from tongban.platforms.reporting.sources import declare

        declare()
        register_rail(27, rail)
