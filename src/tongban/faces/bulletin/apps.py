from django.apps import AppConfig


class BulletinConfig(AppConfig):
    name = "tongban.faces.bulletin"
    label = "bulletin"
    verbose_name = "监察通报"

    def ready(self) -> None:
        from tongban.base.ui.rail import register_rail
        from tongban.engine.ledger.verify import register_witness
        from tongban.faces.bulletin.rail import rail
        from tongban.faces.bulletin.witness import bulletins_fit

        register_rail(34, rail)
        register_witness("bulletin", bulletins_fit)
