from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "tongban.platforms.notices"
    label = "notices"
    verbose_name = "通知渠道"

    def ready(self) -> None:
        from tongban.base.ui.rail import register_rail
        from tongban.platforms.notices.rail import rail

        register_rail(80, rail)
