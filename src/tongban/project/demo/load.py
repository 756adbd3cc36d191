"""Loading the demo city: everything in one go, the same every time, a second run does nothing."""

from datetime import datetime, timedelta

from tongban.base.calendar import CHINA
from tongban.base.console import Ticker
from tongban.faces.lobby.services import set_up
from tongban.project.demo import (
    city,
    history,
    joint,
    openness,
    policies,
    releases,
    residents,
    stories,
    watching,
)
from tongban.project.demo.disclosure import bring_in_documents
from tongban.project.demo.loading import Loading
from tongban.project.demo.tables import table
from tongban.project.tasks import bring_out_demo_bulletin
from tongban.registry.models import Organisation


class _Quiet:
    def advance(self, n: int = 1) -> None:
        """Nobody watches."""

    def say(self, text: str) -> None:
        """Nobody listens."""


def load_demo(
    progress: Ticker | None = None, *, present: datetime | None = None, ordinary: bool = True
) -> bool:
    """Load 安澜市 into an empty database; False when there are organisations already, and then nothing is done.

    The cases lie in the eight weeks before `present` (now when not said); the rest does not depend on the day. Without
    `ordinary` cases there is one of each course that a case can take, and no more.
    """
    if Organisation.objects.exists():
        return False
    ticker = progress or _Quiet()
    ticker.say("机构、岗位和人员")
    city.bring_in_organisations()
    residents.open_staff_accounts()
    ticker.advance()
    versions = city.bring_in_matters(ticker)
    set_up(table("lobby.json"))
    bring_in_documents()
    ticker.say("办件")
    loading = Loading(versions, (present or datetime.now(CHINA)) - timedelta(seconds=30))
    records = _records(loading, ordinary=ordinary)
    ticker.say(f"办件（{len(records)} 件，八周）")
    beside = watching.courses(loading, sealed=ordinary)
    history.write(records, loading.people, loading.present, ticker.advance, beside)
    if ordinary:
        ticker.say("政府信息公开申请")
        openness.bring_in(loading.town, loading.present)
        ticker.say("主动公开的文件")
        releases.bring_in(loading.present)
        policies.bring_in()
        last_month = loading.present.date().replace(day=1) - timedelta(days=1)
        bring_out_demo_bulletin.defer(month=last_month.replace(day=1).isoformat())
    return True


def _records(loading: Loading, *, ordinary: bool) -> list[history.Record]:
    """Every case to write, children beside their parents."""
    present, definitions = loading.present, loading.definitions
    told = [
        loading.record(story) for story in stories.plan(definitions, loading.rng, present, ordinary=ordinary)
    ]
    for course in table("cases.json")["joint"]:
        told += joint.records(loading, course)
    first = stories.looked_at_first(definitions, loading.rng, present)
    return told + [loading.record(story) for story in first]
