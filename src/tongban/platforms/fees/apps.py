from django.apps import AppConfig


class FeesConfig(AppConfig):
    name = "tongban.platforms.fees"
    label = "fees"
    verbose_name = "收费"

    def ready(self) -> None:
        from tongban.base.ui.rail import register_rail
        from tongban.platforms.fees.kind import declare
        from tongban.platforms.fees.rail import rail

        declare()
        register_rail(16, rail)
