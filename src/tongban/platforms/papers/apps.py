from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PapersConfig(AppConfig):
    name = "tongban.platforms.papers"
    label = "papers"
    verbose_name = "文书与档案"

    def ready(self) -> None:
        from tongban.base.ui.rail import register_rail
        from tongban.platforms.papers.kind import declare
        from tongban.platforms.papers.rail import rail
        from tongban.platforms.papers.supplied import supply

        declare()
        register_rail(25, rail)
        post_migrate.connect(supply, sender=self, dispatch_uid="papers.supply")
