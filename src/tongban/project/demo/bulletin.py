"""The bulletin of the month before the first start, brought out by the worker: its figures need statistics, which need the city."""

from datetime import date

from tongban.faces.bulletin import services
from tongban.faces.bulletin.models import Bulletin
from tongban.platforms.statistics.projection import project
from tongban.registry.models import Account

OFFICE = "xsj-jcz-01"


def bring_out(month: date) -> Bulletin | None:
    """Draft and release the bulletin of the month that begins on that day, as the office would; None: there is one.

    Raises Refused("statistics_not_ready") while another is bringing the statistics up to date.
    """
    if Bulletin.objects.filter(month=month).exists():
        return None
    project()
    office = Account.objects.get(username=OFFICE)
    drafted = services.draft(office, month)
    return services.release(office, drafted.pk, revision=drafted.revision)
