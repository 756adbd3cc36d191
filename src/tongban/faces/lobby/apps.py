from django.apps import AppConfig


class LobbyConfig(AppConfig):
    name = "tongban.faces.lobby"
    label = "lobby"
    verbose_name = "服务大厅"

    def ready(self) -> None:
        from tongban.base.ui.rail import register_rail
        from tongban.faces.lobby.rail import rail

        register_rail(15, rail)
