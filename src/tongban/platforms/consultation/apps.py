from django.apps import AppConfig


class ConsultationConfig(AppConfig):
    name = "tongban.platforms.consultation"
    label = "consultation"
    verbose_name = "网上咨询"

    def ready(self) -> None:
        from tongban.platforms.consultation.kind import declare

        declare()
