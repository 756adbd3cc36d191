from django.apps import AppConfig


class InquiryConfig(AppConfig):
    name = "tongban.platforms.inquiry"
    label = "inquiry"
    verbose_name = "依申请公开"

    def ready(self) -> None:
        from tongban.platforms.inquiry.kind import declare

        declare()
