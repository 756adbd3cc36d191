"""假设推演 over a loaded city: a change of nothing changes nothing, a shorter promise is carded more, nobody is carded by it."""

from datetime import date, timedelta

import pytest
import time_machine

from tests.databases import PRESENT
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.engine.streams import facts_of
from tongban.platforms.supervision.models import Card, Trial
from tongban.platforms.supervision.trials import Supposition, carry_out, suppose
from tongban.platforms.supervision.whatif import CalendarChange, LimitChange, under
from tongban.registry.models import Account

pytestmark = [pytest.mark.usefixtures("city_of_anlan"), pytest.mark.django_db]
FIRST, LAST = date(2026, 9, 1), PRESENT.date()


@pytest.fixture(autouse=True)
def present():
    with time_machine.travel(PRESENT, tick=True):
        yield


@pytest.fixture
def monitor():
    return Account.objects.get(username="xsj-jcz-01")


def test_the_same_limit_counted_anew_is_due_when_it_was():
    """So that a comparison shows the change alone: every clock of the city, its own limit tried on it."""
    moved, counted = [], 0
    for facts in facts_of(Case.objects.all(), PRESENT):
        for clock in facts.state.clocks:
            twice = LimitChange(clock.purpose, percent=200) if clock.limit.amount else None
            if twice is None or clock.due is None:
                continue
            there = under(twice)(facts).state.clock(clock.purpose)
            back = under(LimitChange(clock.purpose, clock.limit.amount, clock.limit.unit))
            again = back(under(twice)(facts)).state.clock(clock.purpose)
            last = facts.state.clock(clock.purpose)
            counted += 1
            if again.due != last.due or (there.due or PRESENT) < (last.due or PRESENT):
                moved.append((facts.number, clock.purpose, last.due, again.due))
    assert counted > 300
    assert moved == []


def test_a_shorter_promise_would_card_more_and_says_whom(monitor):
    cards = Card.objects.count()
    trial = suppose(monitor, Supposition(LimitChange("promised", percent=20), note="压缩"), FIRST, LAST)
    if trial.status == Trial.Status.QUEUED:
        carry_out(trial.pk)
        trial.refresh_from_db()
    assert trial.status == "done"
    assert trial.cases == Case.objects.visible_to(monitor, "supervise").filter(
        opened_at__date__gte=FIRST, opened_at__date__lte=LAST
    ).exclude(kind="register").count()  # fmt: skip
    rules = {rule: (was, would) for rule, was, would in trial.outcome["rules"]}
    assert rules["T02"][1] > rules["T02"][0]
    assert rules.get("T03", (0, 0))[0] == rules.get("T03", (0, 0))[1], "the statutory limit is as it was"
    named = trial.outcome["differing"]
    assert named
    assert all(row["number"] and row["words"] for row in named)
    assert sum(u[2] for u in trial.outcome["units"]) == sum(trial.outcome["after"])
    assert Card.objects.count() == cards, "nobody is carded by a trial"


def test_one_matter_alone_and_days_off_for_everybody(monitor):
    matter = Case.objects.filter(opened_at__date__gte=FIRST).order_by("pk")[0].matter
    one = suppose(monitor, Supposition(LimitChange("promised", 1), matter=matter.pk), FIRST, LAST)
    assert (
        one.cases
        == Case.objects.filter(matter=matter, opened_at__date__gte=FIRST, opened_at__date__lte=LAST).count()
    )
    days = frozenset(FIRST + timedelta(days=n) for n in range(0, 60, 2))
    trial = suppose(monitor, Supposition(CalendarChange(off=days)), FIRST, LAST)
    if trial.status == Trial.Status.QUEUED:
        carry_out(trial.pk)
        trial.refresh_from_db()
    late = {rule: would - was for rule, was, would in trial.outcome["rules"] if rule in ("T02", "T03")}
    assert sum(late.values()) <= 0, "more days off make nobody later"


def test_what_cannot_be_tried_is_refused(monitor):
    for change in (
        LimitChange("promised", 3),  # for all matters
        LimitChange("promised"),
        LimitChange("promised", 3, percent=50),
        LimitChange("lunch", percent=50),
        CalendarChange(),
        CalendarChange(off=frozenset({date(2099, 1, 1)})),
        CalendarChange(frozenset({FIRST}), frozenset({FIRST})),
    ):
        with pytest.raises(Refused, match="change_invalid"):
            suppose(monitor, Supposition(change), FIRST, LAST)
    with pytest.raises(Refused, match="period_invalid"):
        suppose(monitor, Supposition(LimitChange("promised", percent=50)), LAST, FIRST)
    of_one_unit = Account.objects.get(username="jbsc-jc-01")
    with pytest.raises(Refused, match="not_permitted"):
        suppose(of_one_unit, Supposition(LimitChange("promised", percent=50)), FIRST, LAST)
    assert not Trial.objects.exists()
