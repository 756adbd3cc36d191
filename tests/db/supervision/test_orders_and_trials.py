"""Supervision orders from card to settlement, and thresholds tried on the past."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from tests.db.engine.city import City
from tongban.base.calendar import CHINA
from tongban.engine.errors import Refused
from tongban.engine.models import Case, TaskRow
from tongban.engine.outbox import deliver
from tongban.engine.services import Outcome, perform
from tongban.engine.watches import run_due
from tongban.platforms.supervision.figures import Period
from tongban.platforms.supervision.models import Card, Order, Trial
from tongban.platforms.supervision.orders import open_order, raise_cards_of_late_orders, sums
from tongban.platforms.supervision.queries import proved_level
from tongban.platforms.supervision.replay import replay
from tongban.platforms.supervision.trials import Proposal, carry_out, propose
from tongban.platforms.supervision.witness import cards_fit
from tongban.registry.models import Account

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 9, tzinfo=CHINA)
FRIDAY = datetime(2026, 3, 6, 9, tzinfo=CHINA)


@pytest.fixture
def late(city: City) -> Outcome:
    """A case whose written review was done on Thursday, a working day late."""
    with time_machine.travel(MONDAY, tick=False):
        case = city.apply()
        city.do("clerk", case, "accept")
    with time_machine.travel(MONDAY + timedelta(days=3), tick=False):
        city.do("reviewer", case, "complete", outcome="pass")
    return case


@pytest.fixture
def order(city: City, supervisor: Account, late: Outcome) -> Order:
    card = Card.objects.get(case_id=late.case_id, episode="task:2")
    with time_machine.travel(FRIDAY, tick=False):
        return open_order(supervisor, card.pk, demand="说明原因，完善交接")


def go(order: Order, *steps: tuple[Account, str], at: datetime = FRIDAY) -> None:
    """One after the other completes the open step."""
    with time_machine.travel(at, tick=False):
        for account, outcome in steps:
            perform(
                account,
                order.case_id,
                "complete",
                command_id=uuid4(),
                data={"outcome": outcome, "opinion": "见附件"},
            )
        deliver()


def step(order: Order) -> TaskRow:
    return TaskRow.objects.get(case_id=order.case_id, status="open")


def test_an_order_goes_from_verification_to_settlement_and_corrects_the_card(
    city: City, supervisor: Account, order: Order
) -> None:
    head = city.person("head")
    assert (Case.objects.get(pk=order.case_id).kind, step(order).node) == ("order", "verify")
    go(order, (supervisor, "issued"), (head, "signed"))
    assert step(order).node == "answer_yellow"
    assert step(order).due_at == datetime(2026, 3, 14, tzinfo=CHINA)
    go(order, (head, "answered"), (supervisor, "settled"))
    order.refresh_from_db()
    assert order.ending == "settled"
    assert order.card.status == "valid" or Card.objects.get(pk=order.card_id).status == "corrected"
    last = Card.objects.get(pk=order.card_id).steps.latest("no")
    assert (last.after, last.by) == ("corrected", supervisor)


def test_what_is_unfounded_revokes_the_card(supervisor: Account, order: Order) -> None:
    go(order, (supervisor, "unfounded"))
    assert Card.objects.get(pk=order.card_id).status == "revoked"


def test_an_answer_is_returned_twice_at_most_and_then_escalated(
    city: City, supervisor: Account, order: Order
) -> None:
    head = city.person("head")
    go(order, (supervisor, "issued"), (head, "signed"), (head, "answered"), (supervisor, "again"))
    assert step(order).node == "answer2"
    go(order, (head, "answered"), (supervisor, "again"), (head, "answered"))
    with pytest.raises(Refused) as refused:
        go(order, (supervisor, "again"))
    assert refused.value.code == "choose_outcome"
    go(order, (supervisor, "escalated"))
    assert step(order).node == "advise"
    go(order, (supervisor, "advised"))
    assert Card.objects.get(pk=order.card_id).status == "confirmed"


def test_an_upheld_appeal_in_the_order_revokes_the_card(
    city: City, supervisor: Account, order: Order
) -> None:
    head = city.person("head")
    go(order, (supervisor, "issued"), (head, "signed"), (head, "appealed"), (supervisor, "upheld"))
    assert Card.objects.get(pk=order.card_id).status == "revoked"


def test_a_card_has_one_open_order_and_only_supervision_opens_it(
    city: City, supervisor: Account, order: Order
) -> None:
    for who, code in ((supervisor, "order_open"), (city.person("head"), "not_permitted")):
        with pytest.raises(Refused) as refused:
            open_order(who, order.card_id, demand="再说明")
        assert refused.value.code == code


def test_an_order_that_is_late_is_carded_itself(supervisor: Account, order: Order) -> None:
    late = datetime(2026, 3, 10, 0, 1, tzinfo=CHINA)  # to be verified by the end of Monday
    with time_machine.travel(late, tick=False):
        while run_due(late):
            pass
    card = Card.objects.get(case_id=order.case_id)
    assert (card.rule, card.level, card.step) == ("T04", 1, "核实并下发")


def past(order: Order, at: datetime) -> int:
    """Time passes, and the worker looks after it."""
    with time_machine.travel(at, tick=False):
        while run_due(at):
            pass
        return raise_cards_of_late_orders()


def test_a_yellow_card_whose_order_is_not_answered_in_time_becomes_red(
    city: City, supervisor: Account
) -> None:
    with time_machine.travel(MONDAY - timedelta(days=7), tick=False):
        case = city.apply()
        city.do("clerk", case, "accept")
    with time_machine.travel(FRIDAY, tick=False):  # twice the time of the written review, and more
        city.do("reviewer", case, "complete", outcome="pass")
        order = open_order(
            supervisor,
            Card.objects.get(case_id=case.case_id, level=2, episode="task:2").pk,
            demand="说明原因",
        )
    go(order, (supervisor, "issued"))  # on Friday; to be signed for by the end of Monday
    assert past(order, datetime(2026, 3, 9, 23, 59, tzinfo=CHINA)) == 0
    assert past(order, datetime(2026, 3, 10, 0, 1, tzinfo=CHINA)) == 1
    assert past(order, datetime(2026, 3, 10, 0, 2, tzinfo=CHINA)) == 0
    *_warned, first, red = Card.objects.filter(case_id=order.about_id, episode="task:2").order_by("level")
    assert (first.status, red.status, red.level) == ("risen", "valid", 3)
    assert order.case.number in red.words
    assert proved_level(red) == 3
    assert list(cards_fit(None)) == []
    order.refresh_from_db()
    assert (order.card_id, order.level) == (red.pk, 3)
    with time_machine.travel(datetime(2026, 3, 10, 8, tzinfo=CHINA), tick=False):
        told = replay(Period(date(2026, 1, 1), date(2026, 3, 10)))
    assert (told.missing, told.more) == ({}, {}), "no rule made it red, and none is said to have"
    assert told.raised == {"T04": 1}
    head = city.person("head")
    late = datetime(2026, 3, 10, 9, tzinfo=CHINA)
    go(order, (head, "signed"), (head, "answered"), (supervisor, "settled"), at=late)
    red.refresh_from_db()
    assert red.status == "corrected"


def test_the_supervisors_own_delay_raises_nothing(supervisor: Account, order: Order) -> None:
    assert past(order, datetime(2026, 3, 12, tzinfo=CHINA)) == 0
    order.refresh_from_db()
    assert order.late_at is None


def test_orders_are_summed_and_told_how_far_they_are(city: City, supervisor: Account, order: Order) -> None:
    head, year = city.person("head"), (datetime(2026, 1, 1, tzinfo=CHINA), datetime(2027, 1, 1, tzinfo=CHINA))
    Order.objects.update(opened_at=FRIDAY)  # the database does not travel in time
    go(order, (supervisor, "issued"), (head, "signed"), (head, "answered"), (supervisor, "again"))
    told = Order.objects.visible_to(supervisor).told().get()
    assert (told.state, told.step, told.returned) == ("answer", "再次反馈（第1次退回）", 1)
    assert told.due == datetime(2026, 3, 12, tzinfo=CHINA)
    go(order, (head, "answered"), (supervisor, "settled"))
    assert Order.objects.told().get().state == "done"
    found = sums(Order.objects.visible_to(supervisor), *year)
    assert found == {"issued": 1, "settled": 1, "kept": 1, "late": 0, "returned": 1, "escalated": 0}
    assert not Order.objects.visible_to(city.person("applicant")).exists()


def _propose(account: Account, **more: Any) -> Trial:
    said: dict[str, Any] = {"rule": "T04", "thresholds": {"times": 2}}
    first, last = more.pop("first", date(2026, 3, 1)), more.pop("last", date(2026, 3, 31))
    with time_machine.travel(datetime(2026, 4, 1, 9, tzinfo=CHINA), tick=False):
        return propose(account, Proposal(**(said | more)), first, last)


def test_a_trial_counts_the_cards_by_both_thresholds_and_gives_none(
    supervisor: Account, late: Outcome
) -> None:
    before = Card.objects.count()
    trial = _propose(supervisor, thresholds={"times": 10})
    assert (trial.status, trial.cases) == ("done", 1)
    # the reviewer's step was done a day late, the neighbour's still lies there four weeks later
    assert (trial.outcome["before"], trial.outcome["after"]) == ([1, 1, 0], [1, 1, 0])
    off = _propose(supervisor, enabled=False)
    assert off.outcome["after"] == [0, 0, 0]
    assert [row["was"] for row in off.outcome["differing"]] == [2]
    assert off.outcome["moves"] == [[1, 0, 1], [2, 0, 1]]
    assert trial.outcome["moves"] == []
    assert _propose(supervisor, first=date(2026, 3, 3)).cases == 0
    assert Card.objects.count() == before


def test_a_trial_may_be_of_one_unit_and_of_a_study(city: City, supervisor: Account, late: Outcome) -> None:
    assert _propose(supervisor, org=city.neighbour_bureau.pk).cases == 0
    study = _propose(supervisor, rule="S01", thresholds={"least": 5, "share": 30}, last=date(2026, 3, 3))
    assert study.outcome["after"] == [0, 0, 0]


def test_a_long_trial_is_left_to_the_worker(
    supervisor: Account, late: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tongban.platforms.supervision.trials.AT_ONCE", 0)
    trial = _propose(supervisor)
    assert trial.status == "queued"
    carry_out(trial.pk)
    trial.refresh_from_db()
    assert (trial.status, trial.looked) == ("done", 1)


def test_a_trial_that_cannot_be_is_refused(city: City, supervisor: Account) -> None:
    for account, more, code in (
        (city.person("head"), {}, "not_permitted"),
        (supervisor, {"rule": "X99"}, "rule_unknown"),
        (supervisor, {"thresholds": {"times": 99}}, "thresholds_invalid"),
        (supervisor, {"first": date(2026, 4, 1)}, "period_invalid"),
        (supervisor, {"last": date(2026, 4, 2)}, "period_invalid"),  # tomorrow
    ):
        with pytest.raises(Refused) as refused:
            _propose(account, **more)
        assert refused.value.code == code
