from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    name = "tongban.platforms.disclosure"
    label = "disclosure"
    verbose_name = "政府信息公开"

    def ready(self) -> None:
        from tongban.base.ui.rail import register_rail
        from tongban.platforms.disclosure.kind import declare
        from tongban.platforms.disclosure.rail import rail

        declare()
        register_rail(28, rail)
