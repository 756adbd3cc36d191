"""Documents of the demo city on their way to the public: one at every step, one late, one kept back, one due to be assessed."""

from datetime import datetime, time
from typing import Any

from tongban.base.calendar import CHINA, Calendar, load_calendar
from tongban.engine.bulk import HistoryVerdict, import_history
from tongban.engine.history import HistoryRecord, HistoryStep
from tongban.engine.queries import case_row
from tongban.platforms.disclosure.models import Deed, Record, RecordCase
from tongban.platforms.disclosure.rules import checklist, template
from tongban.platforms.disclosure.services.records import put
from tongban.platforms.disclosure.services.releasing import follow, takes_releases
from tongban.platforms.disclosure.services.rereview import open_due
from tongban.project.demo.tables import table
from tongban.registry.models import Account, Holding, Organisation
from tongban.registry.queries import organisation_name

#: Which deed of the record a step of the flow is.
_DEEDS = {"register": "signed", "check": "checked", "secrecy": "reviewed", "sign": "signed"}


class DemoReleaseRefused(Exception):
    """A release of the demo city was refused: a fault of this package."""


def bring_in(present: datetime) -> int:
    """The documents of `releases.json` up to the present, each with its case; how many."""
    calendar = load_calendar()
    told = [_Told(said, calendar, present) for said in table("releases.json")["releases"]]
    for one, verdict in zip(told, import_history([one.record() for one in told]), strict=True):
        if not verdict.ok:
            raise DemoReleaseRefused(f"{one.said['title']}: {verdict.code} {verdict.message}")
        one.keep(verdict)
    open_due(present.date())
    return len(told)


class _Told:
    """One document, told from its handing-in to the present."""

    def __init__(self, said: dict[str, Any], calendar: Calendar, present: datetime) -> None:
        self.said, self.calendar, self.present = said, calendar, present
        self.org = Organisation.objects.get(key=said["unit"])
        self.people = _people(self.org)

    def on(self, days: int, hour: int = 10) -> datetime:
        """So many working days before the present, never after it."""
        day = self.calendar.D(self.calendar.W(self.present.date()) - days)
        return min(datetime.combine(day, time(hour), CHINA), self.present)

    def record(self) -> HistoryRecord:
        """The case as history tells it."""
        said, signed = self.said, self.said.get("signed")
        form = {
            "title": said["title"], "document": said.get("number", ""), "source": "与原件核对一致",
            "signed": "否" if signed is None else "是", "attribute": said.get("attribute", "主动公开"),
            "signed_on": "" if signed is None else self.on(signed).date().isoformat(), "reason": said.get("reason", ""),
        }  # fmt: skip
        steps = [self._step(*row) for row in said["steps"]]
        return HistoryRecord(
            key=f"demo release {said['title']}", offering_version=takes_releases(self.org).pk, applied=self.on(said["days"], 9),
            applicant_name=organisation_name(self.org.pk),
            form={k: v for k, v in form.items() if v}, steps=(*steps, HistoryStep("tick", self.present)),
            applicant_kind="organisation", by=self.people["desk"].pk, kind="release", title=f"主动公开：{said['title']}",
            channel="counter",
        )  # fmt: skip

    def _step(self, node: str, days: int, data: dict[str, Any]) -> HistoryStep:
        who = self.people[{"register": "desk", "check": "desk", "secrecy": "secrecy", "sign": "sign"}[node]]
        more: dict[str, Any] = {}
        if data.get("outcome") == "passed":
            more["checklist"] = [str(n) for n in range(1, len(checklist()) + 1)]
        if "hold" in data:  # the set time lies so many working days after the present
            more["release_at"] = self._later(int(data["hold"]))
        said = {k: v for k, v in data.items() if k != "hold"} | more
        return HistoryStep("complete", self.on(days), who.pk, self.org.pk, said, name=who.display_name)

    def _later(self, days: int) -> str:
        day = self.calendar.D(self.calendar.W(self.present.date()) + days)
        return datetime.combine(day, time(9), CHINA).isoformat()

    def keep(self, verdict: HistoryVerdict) -> None:
        """The record beside its case, standing as the case does."""
        case = case_row(verdict.case_id or 0)
        record = Record(publisher=self.org, created_by=self.people["writer"], case_id=case.pk)
        put(record, {
            "title": self.said["title"], "number": self.said.get("number", ""), "body": self.said["body"],
            "theme": self.said.get("theme", "02"), "genre": self.said.get("genre", "05"), "columns": self.said.get("columns", []),
        })  # fmt: skip
        record.save()
        RecordCase.objects.create(
            case_id=case.pk,
            record=record,
            kind=RecordCase.Kind.RELEASE,
            number=case.number,
            opened_at=case.opened_at,
        )
        Deed.objects.create(record=record, act="submitted", account=self.people["desk"], at=case.opened_at)
        for node, days, _ in self.said["steps"]:
            who = self.people["desk" if node in ("register", "check") else node]
            Deed.objects.create(record=record, act=_DEEDS[node], account=who, at=self.on(days))
        follow(case.pk)
        if "assess" in self.said:  # kept back so long ago that it is due
            Record.objects.filter(pk=record.pk).update(review_on=self.on(self.said["assess"]).date())


def _people(org: Organisation) -> dict[str, Account]:
    """Who does which step: the first holder of each post; the desk wrote the document, too."""
    people = {}
    for step, roles in template("release")["roles"].items():
        for role in roles.split("|"):
            held = Holding.objects.filter(post__organisation=org, post__role=role).select_related("account")
            if (first := held.order_by("post__code").first()) is not None:
                people[step] = first.account
                break
    return people | {"writer": people["desk"]}
