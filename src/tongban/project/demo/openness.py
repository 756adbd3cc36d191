"""Requests for information of the demo city: three units, a few dozen requests in every state, last year's reports."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from tongban.base.calendar import CHINA, Calendar, load_calendar
from tongban.engine.history import HistoryStep
from tongban.engine.machine.steps import REMEDY
from tongban.platforms.inquiry import services
from tongban.platforms.inquiry.annual import services as reporting
from tongban.platforms.inquiry.annual.queries import due_on
from tongban.platforms.inquiry.history import Past, import_past
from tongban.platforms.inquiry.models import Inquiry, Opinion
from tongban.platforms.inquiry.queries import units_taking
from tongban.platforms.inquiry.rules import OUTCOMES, roles
from tongban.project.demo.people import Population
from tongban.project.demo.tables import table
from tongban.registry.models import Account, Holding, Organisation

UNITS = ("zgj", "zjj", "szf")


class DemoRequestRefused(Exception):
    """A request of the demo city was refused: a fault of this package."""


@dataclass
class _Desk:
    """One unit that is asked, and who of it does which step."""

    org: Organisation
    people: dict[str, Account] = field(default_factory=dict)

    def step(self, type_: str, at: datetime, who: str, **data: Any) -> HistoryStep:
        account = self.people[who]
        return HistoryStep(type_, at, account.pk, self.org.pk, data, name=account.display_name)


def bring_in(town: Population, present: datetime) -> int:
    """Requests of three units up to the present, answered, waiting and late, and the reports about last year; how many."""
    told = table("openness.json")
    calendar = load_calendar()
    pasts: list[Past] = []
    desks = {key: _desk(key) for key in UNITS}
    for n, (key, desk) in enumerate(desks.items()):
        for m, said in enumerate(told["requests"]):
            if (m + n) % 5 and "always" not in said:
                continue
            pasts.append(
                _past(f"{key}-{m}", desk, said, town, _day(calendar, present, said["days"] + n), present)
            )
        for m, said in enumerate(told["last_year"]):
            opened = datetime.combine(date(present.year - 1, said["month"], 3 + n), time(10), CHINA)
            pasts.append(_past(f"{key}-y{m}", desk, said, town, opened, present))
    verdicts = import_past(pasts)
    refused = [v for v in verdicts if not v.ok]
    if refused:
        raise DemoRequestRefused(f"{refused[0].key}: {refused[0].code} {refused[0].message}")
    _ask_others(verdicts, pasts)
    for n, desk in enumerate(desks.values()):
        _publish_digest(desk, n)
    _disputes(desks["zgj"], present.year - 1)
    for key in ("zgj", "szf"):
        _report(desks[key], present.year - 1, told["report"])
    return len(pasts)


def _desk(key: str) -> _Desk:
    able = {org.pk for org, _name in units_taking()}
    org = Organisation.objects.get(key=key)
    if org.pk not in able:
        raise DemoRequestRefused(f"{key}: takes no requests")
    desk = _Desk(org)
    for step, any_of in roles().items():
        for role in any_of.split("|"):
            held = (
                Holding.objects.filter(post__organisation=org, post__role=role)
                .select_related("account")
                .order_by("post__code")
                .first()
            )
            if held is not None:
                desk.people[step] = held.account
                break
    return desk


def _past(
    key: str, desk: _Desk, said: dict[str, Any], town: Population, day: datetime, present: datetime
) -> Past:
    kind = said.get("who", "person")
    firm = None if kind == "person" else town.firm()
    who = firm.legal if firm else town.person()
    steps = [s for s in _steps(desk, said, day) if s.at <= present]
    steps.append(HistoryStep("tick", present))
    return Past(
        f"demo inquiry {key}", desk.org, kind, firm.name if firm else who.name, said["subject"], day, steps,
        channel=said.get("channel", "web"), id_number=firm.code if firm else who.id_number, phone=who.phone,
        way=said.get("way", "web"), medium="digital",
    )  # fmt: skip


def _steps(desk: _Desk, said: dict[str, Any], day: datetime) -> Iterator[HistoryStep]:
    """What happened, on working days after the request came."""
    calendar = load_calendar()

    def on(days: int) -> datetime:
        return datetime.combine(calendar.D(calendar.W(day.date()) + days), time(10, days % 50), CHINA)

    how = said["how"]
    if how == "unconfirmed":
        return
    yield desk.step("accept", on(1), "window")
    yield from _meanwhile(desk, how, on, letter="letter" in said)
    outcome = OUTCOMES.get(how)
    if "letter" in said or outcome is None or not outcome.decision:
        return
    done = said.get("in", 9)
    reason = said.get("reason", "依法判断。")
    yield desk.step("complete", on(done), "desk", outcome=how, opinion=said["answer"], reason=reason)
    if said.get("until") == "drafted":
        return
    yield desk.step("complete", on(done + 1), "check", outcome="pass")
    if said.get("until") == "checked":
        return
    yield desk.step("complete", on(done + 2), "sign", outcome=outcome.decision, reason=reason, remedy=REMEDY)
    yield desk.step("complete", on(done + 3), "window", method="电子送达")


def _meanwhile(
    desk: _Desk, how: str, on: Callable[[int], datetime], *, letter: bool
) -> Iterator[HistoryStep]:
    """Corrections, letters, fees, extensions on the way."""
    if how in ("correcting", "not_corrected", "unclear"):
        yield desk.step("request_correction", on(3), "desk", items=["请写明所需信息的年份和文件名称"])
        if how == "unclear":
            yield desk.step("supply", on(6), "window", note="就是当年的材料")
    if letter:
        said = {
            "days": 15,
            "basis": "政府信息公开条例",
            "document": f"征询函{on(0):%Y%m%d}",
            "approver": "分管负责人",
        }
        yield desk.step("suspend", on(4), "desk", procedure=how, **said)
    if how in ("charged", "not_paid"):
        yield desk.step("charge", on(4), "desk", name=services.FEE, amount="700")
    if how == "extended":
        yield desk.step("extend", on(15), "sign", amount=10, reason="需要检索多年档案")


def _ask_others(verdicts: Sequence[Any], pasts: Sequence[Past]) -> None:
    """Who was written to, in the requests that wait for an opinion."""
    for verdict, past in zip(verdicts, pasts, strict=True):
        for step in past.steps:
            if step.type == "suspend":
                party = str(step.data["procedure"])
                name = "市财政局" if party == "coauthor" else "安澜市某某科技有限公司"
                Opinion.objects.create(
                    inquiry_id=verdict.case_id, party=party, name=name, sent_at=step.at, document=str(step.data["document"])
                )  # fmt: skip


def _publish_digest(desk: _Desk, which: int) -> None:
    rows = (
        Inquiry.objects.filter(org=desk.org, outcome="open").select_related("case").order_by("-concluded_on")
    )
    row = rows[which] if rows.count() > which else rows.first()
    if row is None:
        return
    digest = services.propose(desk.people["desk"], row, subject=row.subject, answer=row.answer)
    services.release(desk.people["check"], digest)


def _report(desk: _Desk, year: int, said: dict[str, str]) -> None:
    """Last year's report, published where its deadline has passed, else a draft."""
    desk_of: Callable[[str], Account] = desk.people.__getitem__
    report = reporting.begin(desk_of("desk"), desk.org, year)
    report = reporting.write(desk_of("desk"), report, said, {})
    if due_on(desk.org.pk, year) < datetime.now(CHINA).date():
        reporting.publish(desk_of("sign"), report)


def _disputes(desk: _Desk, year: int) -> None:
    for n, (way, result) in enumerate((("review", "upheld"), ("review", ""), ("direct", "corrected"))):
        row = services.enter_dispute(
            desk.people["desk"], desk.org, way=way, authority="安澜市司法局" if way == "review" else "安澜市江北区人民法院",
            number=f"（{year}）澜{n + 1}号", filed_on=date(year, 5 + n, 12),
        )  # fmt: skip
        if result:
            services.end_dispute(desk.people["desk"], row, result=result, ended_on=date(year, 8 + n, 12))


def _day(calendar: Calendar, present: datetime, days: int) -> datetime:
    day = calendar.D(calendar.W(present.date()) - days)
    at = datetime.combine(day, time(10), CHINA)
    return at if at < present else at - timedelta(days=1)
