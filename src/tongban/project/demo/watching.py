"""What supervision did in the weeks of the demo city (data/supervision.json): orders, appeals, complaints, draws, recusals.

Everything is done by the services that the pages use, by who may do it, while the cases go on (`history.write`). A course
that finds nothing to begin with tries again the next working day; what has not come to its end yet is still running.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import uuid5

from tongban.base import present
from tongban.base.calendar import CHINA, Calendar, load_calendar
from tongban.engine.kinds import Effect
from tongban.engine.ledger.sealing import seal_and_checkpoint
from tongban.engine.models import Case, TaskRow
from tongban.engine.queries import opened_cases
from tongban.engine.services import perform
from tongban.platforms.supervision import draws, orders, recusal, services
from tongban.platforms.supervision.complaints import complain
from tongban.platforms.supervision.models import Card, Order
from tongban.project.demo.history import CITY, Course
from tongban.project.demo.loading import Loading
from tongban.project.demo.people import Population
from tongban.project.demo.tables import table
from tongban.project.demo.telling import working
from tongban.registry.models import Account, Holding

Steps = Sequence[Sequence[Any]]  # [working days after the one before, what is done, opinion, more …]
SEED = 20261122
MONITOR = "xsj-jcz-01"
DEEDS = {
    "explain": services.explain, "confirm": services.confirm, "appeal": services.appeal, "uphold": services.uphold,
    "revoke": services.revoke, "mark_corrected": services.mark_corrected,
}  # fmt: skip
#: Done by the unit that was carded; everything else by supervision.
BY_THE_UNIT = frozenset({"explain", "appeal"})


def courses(loading: Loading, *, sealed: bool) -> list[Course]:
    """Everything supervision did until the present. Draws need the ledger `sealed` on the way."""
    told, days = table("supervision.json"), _Days(load_calendar(), loading.present)
    town = Population(Random(SEED))  # noqa: S311 -- a story, not a secret
    found: list[Course] = [_every_morning(days)]
    found += [_order(said, days) for said in told["orders"]]
    found += [_card(said, days) for said in told["cards"]]
    found += [_complaint(no, said, days, loading) for no, said in enumerate(told["complaints"])]
    found += [_recusal(said, days, town.person().id_number) for said in told["recusals"]]
    if sealed:
        found += [_draw(said, days) for said in told["draws"]]
    return found


class _Days:
    """Moments of office hours, counted in working days; and what was begun on them."""

    def __init__(self, calendar: Calendar, until: datetime) -> None:
        self.calendar, self.until = calendar, until
        self.taken: set[int] = set()  # cards that a course has begun with

    def before(self, days: float) -> datetime:
        """So many working days before the present: 2 is the morning two days ago, 2.5 the noon before that."""
        whole, part = -int(-days // 1), -days % 1
        day = self.calendar.D(self.calendar.W(self.until.date()) - whole)
        begin = datetime.combine(day, time(9), CHINA)
        return working(self.calendar, begin, min(part * 390 + days * 37 % 55, 385))

    def after(self, days: float) -> datetime:
        """So many working days from now."""
        now = present.now()
        day = self.calendar.D(self.calendar.W(now.date()) + int(days))
        return working(
            self.calendar,
            datetime.combine(day, now.timetz()),
            max((days - int(days)) * 390, 3 + now.minute % 20),
        )


def _every_morning(days: _Days) -> Course:
    """What the worker does about orders that are late."""
    for n in range(30, -1, -1):
        yield days.before(n)
        orders.raise_cards_of_late_orders()


def _order(said: Mapping[str, Any], days: _Days) -> Course:
    """An order about a card, as far as its steps go."""
    yield days.before(said["days"])
    while (card := _carded(said, days.taken)) is None:
        yield days.after(1)
    order = orders.open_order(_person(MONITOR), card.pk, demand=said["demand"])
    yield from _walk(order.case_id, said["steps"], days)


def _walk(case: int, steps: Steps, days: _Days) -> Course:
    """The steps of a case of supervision's own, each by who holds the post it waits for."""
    for rest, outcome, opinion in steps:
        yield days.after(rest)
        task = TaskRow.objects.get(case_id=case, status="open", kind="human")
        data = {"task": task.no, "outcome": outcome} | ({"opinion": opinion} if opinion else {})
        done = perform(
            _holder(task), case, "complete", command_id=uuid5(CITY, f"order {case}:{task.no}"), data=data
        )
        if "case.closed" in done.events:  # as the worker does after the commit
            orders.settle(Effect("case.closed", f"settle {case}", case, {}))


def _card(said: Mapping[str, Any], days: _Days) -> Course:
    """What became of a card without an order."""
    yield days.before(said["days"])
    while (card := _carded(said, days.taken)) is None:
        yield days.after(1)
    for rest, deed, reason in said["steps"]:
        yield days.after(rest)
        card.refresh_from_db()
        if card.status == Card.Status.RISEN:
            return
        who = _head(card) if deed in BY_THE_UNIT else _person(MONITOR)
        DEEDS[deed](who, card.pk, reason=reason)


def _complaint(no: int, said: Mapping[str, Any], days: _Days, loading: Loading) -> Course:
    """A complaint by the applicant, its answer, and the order where it was found true."""
    yield days.before(said["days"])
    while (about := _complained_of(said["case"], loading)) is None:
        yield days.after(1)
    filed = complain(
        about.applicant,
        about=about,
        topic=said["topic"],
        words=said["words"],
        command_id=uuid5(CITY, f"complaint {no}"),
    )
    yield from _walk(filed.case_id, said["steps"], days)
    if asked := said.get("order"):
        yield days.after(0.3)
        order = orders.order_on_complaint(_person(MONITOR), filed.number, demand=asked["demand"])
        yield from _walk(order.case_id, asked["steps"], days)


def _draw(said: Mapping[str, Any], days: _Days) -> Course:
    """A draw announced, sealed, drawn, and what was found; corrections are ordered where it says so."""
    yield days.before(said["days"])
    who, purpose, now = _person(said["by"]), said["purpose"], present.now()
    last = now.date() - timedelta(days=1)
    asked = draws.Range(last - timedelta(days=said["back"]), last, grade=said.get("grade", "high"))
    there = draws.population(who, purpose, asked).count()
    if not there:
        return
    title = said["title"].format(year=now.year, month=now.month)
    row = draws.announce(who, purpose, asked, wanted=min(said["wanted"], there), title=title)
    if "checks" not in said:  # the worker draws once the ledger was signed
        return
    yield now + timedelta(minutes=20)
    seal_and_checkpoint(timedelta(0))
    draws.carry_out(row.pk)
    for place, (rest, verdict, opinion, *ordered) in enumerate(said["checks"][: row.wanted], start=1):
        yield days.after(rest)
        draws.record_check(who, row.pk, place, verdict=verdict, opinion=opinion)
        for asks in ordered:
            order = draws.order_correction(who, row.pk, place, demand=asks["demand"])
            yield from _walk(order.case_id, asks["steps"], days)


def _recusal(said: Mapping[str, Any], days: _Days, id_number: str) -> Course:
    """A relation declared, to somebody who applies for nothing here, and the leader's decision."""
    yield days.before(said["days"])
    row = recusal.declare_relation(
        _person(said["who"]), words=said["words"], id_type=Account.IdType.CITIZEN, id_number=id_number
    )
    if "leader" in said:
        yield days.after(said["after"])
        recusal.decide(_person(said["leader"]), row.pk, grant=said["grant"], words=said["decision"])


def _carded(wanted: Mapping[str, Any], taken: set[int]) -> Card | None:
    """The newest card of that level (and unit) that nobody has done anything about; its unit has a leader and a supervisor."""
    rows = Card.objects.filter(level=wanted["level"], status=Card.Status.VALID, orders=None, steps=None)
    able = Holding.objects.filter(post__role="leader").values("post__organisation_id")
    watched = Holding.objects.filter(post__role="supervisor").values("post__organisation_id")
    rows = rows.filter(org_id__in=able).filter(org_id__in=watched)
    if "unit" in wanted:
        rows = rows.filter(org__key=wanted["unit"])
    ordered = Order.objects.values("about_id")
    card = rows.exclude(case_id__in=ordered).exclude(pk__in=taken).order_by("-issued_at", "pk").first()
    if card is not None:
        taken.add(card.pk)
    return card


def _complained_of(wanted: Mapping[str, Any], loading: Loading) -> Case | None:
    """A case of which its applicant complains: theirs where one is named, else one that nobody has complained of."""
    ever = datetime(2000, 1, 1, tzinfo=UTC)
    rows = opened_cases(ever, present.now()).filter(kind="licence", complaints=None, parent=None)
    if "owner" in wanted:
        offering = loading.versions[wanted["matter"]].offering_id
        rows = rows.filter(applicant__username=wanted["owner"], offering_id=offering)
    if "unit" in wanted:
        rows = rows.filter(org__key=wanted["unit"])
    if "result" in wanted:
        rows = rows.filter(result=wanted["result"])
    if "late" in wanted:
        rows = rows.filter(level__gte=Card.Level.YELLOW)
    elif "owner" not in wanted:
        rows = rows.filter(accepted_at__isnull=False)
    return rows.select_related("applicant", "offering_version").order_by("-opened_at", "pk").first()


def _person(username: str) -> Account:
    return Account.objects.get(username=username)


def _holder(task: TaskRow) -> Account:
    """Who holds the post that a step waits for; the first by name."""
    held = Holding.objects.filter(post=task.post).select_related("account").order_by("account__username")
    return held[0].account


def _head(card: Card) -> Account:
    """Who answers for a unit that was carded."""
    held = Holding.objects.filter(post__organisation_id=card.org_id, post__role="leader").select_related(
        "account"
    )
    return held.order_by("post__code", "account__username")[0].account
