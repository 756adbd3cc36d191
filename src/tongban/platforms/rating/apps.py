from django.apps import AppConfig


class RatingConfig(AppConfig):
    name = "tongban.platforms.rating"
    label = "rating"
    verbose_name = "好差评"

    def ready(self) -> None:
        from tongban.base.ui.rail import register_rail
        from tongban.platforms.rating.kind import declare
        from tongban.platforms.rating.rail import rail

        declare()
        register_rail(27, rail)
