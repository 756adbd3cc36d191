from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from tongban.platforms.disclosure.models import Record


class OpennessConfig(AppConfig):
    name = "tongban.faces.openness"
    label = "openness"
    verbose_name = "依申请公开（页面）"

    def ready(self) -> None:
        from tongban.base.ui.rail import register_rail
        from tongban.base.ui.reminders import register_reminders
        from tongban.faces.openness.linking import sections
        from tongban.faces.openness.rail import rail
        from tongban.faces.openness.reminding import reminded_of
        from tongban.platforms.disclosure.together import register_companion

        register_companion(sections, _tied)
        register_rail(22, rail)
        register_reminders(reminded_of)


def _tied(record: "Record") -> tuple[str, str]:
    """Where at the desk what hangs together with a document is kept."""
    from django.urls import reverse
    from django.utils.translation import gettext as _

    return _("关联"), reverse("openness:links", args=[record.uid])
