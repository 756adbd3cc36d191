from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "tongban.platforms.delivery"
    label = "delivery"
    verbose_name = "送达"

    def ready(self) -> None:
        from tongban.platforms.delivery.kind import declare

        declare()
