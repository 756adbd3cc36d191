from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    name = "tongban.platforms.statistics"
    label = "statistics"
    verbose_name = "统计分析"

    def ready(self) -> None:
        from tongban.base.ui.rail import register_rail
        from tongban.platforms.statistics.rail import rail

        register_rail(32, rail)
