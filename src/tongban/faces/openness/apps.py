from django.apps import AppConfig


class OpennessConfig(AppConfig):
    name = "tongban.faces.openness"
    label = "openness"
    verbose_name = "依申请公开（页面）"

    def ready(self) -> None:
        from tongban.base.ui.rail import register_rail
        from tongban.faces.openness.rail import rail

        register_rail(22, rail)
