from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "tongban.faces.desk"
    label = "desk"
    verbose_name = "工作台"

    def ready(self) -> None:
        from tongban.base.ui.rail import register_rail, register_wearer
        from tongban.faces.desk.frame import rail, wearer

        register_rail(10, rail)
        register_wearer(wearer)
