from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PapersConfig(AppConfig):
    name = "tongban.platforms.papers"
    label = "papers"
    verbose_name = "文书与档案"

    def ready(self) -> None:
        from tongban.platforms.papers.kind import declare
        from tongban.platforms.papers.supplied import supply

        declare()
        post_migrate.connect(supply, sender=self, dispatch_uid="papers.supply")
