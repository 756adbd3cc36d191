# ruff: noqa: RUF001 -- the brackets of document numbers are meant
"""From a late step to a card, and what becomes of the card."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from tests.db.engine.city import ALWAYS, City, row
from tongban.base.calendar import CHINA
from tongban.engine.errors import Refused
from tongban.engine.models import EventRow
from tongban.engine.services import Outcome
from tongban.engine.watches import run_due
from tongban.platforms.supervision.models import Card, CardStep, RuleVersion
from tongban.platforms.supervision.queries import (
    book_in_force,
    cards_of,
    proved_level,
    rule_book,
)
from tongban.platforms.supervision.rules import RULES
from tongban.platforms.supervision.services import (
    appeal,
    look_again,
    mark_corrected,
    revise_rule,
    revoke,
    uphold,
    withdraw_version,
)
from tongban.platforms.supervision.witness import versions_fit
from tongban.registry.models import Account, Holding, Post

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 9, tzinfo=CHINA)


@pytest.fixture
def late(city: City) -> Outcome:
    """A case accepted on Monday whose written review was done on Friday, two working days late."""
    with time_machine.travel(MONDAY, tick=False):
        case = city.apply()
        city.do("clerk", case, "accept")
    with time_machine.travel(MONDAY + timedelta(days=3), tick=False):
        city.do("reviewer", case, "complete", outcome="pass")
    return case


def _card(case: Outcome, **which: Any) -> Card:
    return Card.objects.get(case_id=case.case_id, **which)


def test_a_late_step_gets_a_card_in_the_same_transaction(city: City, late: Outcome) -> None:
    card = _card(late, episode="task:2")
    assert (card.rule, card.rule_name, card.level, card.status) == ("T04", "环节超时", 1, "valid")
    assert (card.org, card.person) == (city.bureau, city.person("reviewer"))
    assert card.org_name
    assert card.person_name == city.person("reviewer").display_name
    assert (card.step, card.case_number) == ("书面审查", row(late).number)
    event = EventRow.objects.get(case_id=late.case_id, seq=card.seq)
    assert (event.type, event.payload["words"], event.payload["inputs"]) == (
        "finding.issued",
        card.words,
        card.snapshot,
    )
    assert row(late).level == 1


def test_another_departments_step_is_that_departments_card(city: City, late: Outcome) -> None:
    card = _card(late, episode="task:3")
    assert (card.org, card.person) == (city.neighbour_bureau, None)


def test_a_card_proves_itself_again(late: Outcome) -> None:
    for card in Card.objects.filter(case_id=late.case_id):
        assert proved_level(card) == card.level


def test_the_same_finding_is_carded_once(city: City, late: Outcome) -> None:
    before = Card.objects.count()
    with time_machine.travel(MONDAY + timedelta(days=3, hours=2), tick=False):
        city.do("head", late, "urge", task=3, words="请抓紧")
    assert Card.objects.count() == before


def test_time_alone_gives_a_card(city: City) -> None:
    with time_machine.travel(MONDAY, tick=False):
        case = city.apply()
        city.do("clerk", case, "accept")
    assert run_due(MONDAY + timedelta(days=1)) == 0
    late = datetime(2026, 3, 5, 0, 1, tzinfo=CHINA)  # both reviews had until the end of Wednesday
    with time_machine.travel(late, tick=False):
        assert run_due(late) == 1
    cards = Card.objects.filter(case_id=case.case_id)
    assert sorted(cards.values_list("rule", "episode", "level")) == [
        ("T04", "task:2", 1),
        ("T04", "task:3", 1),
    ]


def test_a_revision_reaches_cases_that_wait(city: City, supervisor: Account) -> None:
    with time_machine.travel(MONDAY, tick=False):
        case = city.apply()
        city.do("clerk", case, "accept")
    assert look_again() == 1
    assert Card.objects.filter(case_id=case.case_id, rule="T03").exists()  # months have passed since
    assert look_again() == 1
    assert Card.objects.filter(case_id=case.case_id, rule="T03").count() == 1


def test_a_case_in_time_gets_no_card(city: City) -> None:
    with time_machine.travel(MONDAY, tick=False):
        city.do("clerk", city.apply(), "accept")
    assert not Card.objects.exists()


def test_an_appeal_is_heard_by_supervision(city: City, supervisor: Account, late: Outcome) -> None:
    card = _card(late, episode="task:2")
    assert appeal(city.person("reviewer"), card.pk, reason="系统停机").status == "appealed"
    assert uphold(supervisor, card.pk, reason="停机不在当日").status == "confirmed"
    with pytest.raises(Refused, match="只能一次"):
        appeal(city.person("head"), card.pk, reason="另有证明")
    assert revoke(supervisor, card.pk, reason="另有证明属实").status == "revoked"
    steps = list(CardStep.objects.filter(card=card).values_list("no", "before", "after", "by__username"))
    assert [s[:3] for s in steps] == [
        (1, "valid", "appealed"), (2, "appealed", "confirmed"), (3, "confirmed", "revoked"),
    ]  # fmt: skip
    with pytest.raises(Refused) as caught:
        mark_corrected(supervisor, card.pk, reason="已改")
    assert caught.value.code == "card_status"


def test_a_card_may_be_marked_corrected(supervisor: Account, late: Outcome) -> None:
    card = _card(late, episode="task:2")
    assert mark_corrected(supervisor, card.pk, reason="已补办并完善制度").status == "corrected"


def test_who_may_not_is_told_so(city: City, supervisor: Account, late: Outcome) -> None:
    card = _card(late, episode="task:2")
    for act, who, code in (
        (appeal, "clerk", "not_permitted"),
        (revoke, "head", "not_permitted"),
        (appeal, "outsider", "not_found"),
        (revoke, "applicant", "not_found"),
    ):
        with pytest.raises(Refused) as caught:
            act(city.person(who), card.pk, reason="x")
        assert caught.value.code == code, (act, who)
    with pytest.raises(Refused) as caught:
        revoke(supervisor, card.pk, reason=" ")
    assert caught.value.code == "missing_field"
    assert not CardStep.objects.exists()


def test_nobody_judges_a_card_of_their_own(city: City, supervisor: Account, late: Outcome) -> None:
    held = Holding.objects.create(
        post=Post.objects.get(code="JC"), account=city.person("reviewer"), valid=ALWAYS
    )
    with pytest.raises(Refused, match="其他监察人员"):
        revoke(held.account, _card(late, episode="task:2").pk, reason="误报")


def test_cards_are_seen_by_those_whom_they_concern(city: City, supervisor: Account, late: Outcome) -> None:
    assert cards_of(supervisor, late.case_id).count() == 2
    assert cards_of(city.person("head"), late.case_id).count() == 1
    assert cards_of(city.person("neighbour"), late.case_id).count() == 1
    for who in ("outsider", "applicant", "stranger"):
        assert not cards_of(city.person(who), late.case_id).exists()


@pytest.mark.parametrize(
    "write",
    [
        lambda: Card.objects.update(words="x"),
        lambda: Card.objects.update(level=3),
        lambda: Card.objects.all().delete(),
        lambda: Card.objects.update(snapshot={}, status="revoked"),
    ],
)
def test_what_a_card_says_is_frozen_by_the_database(late: Outcome, write: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match=r"cannot be (changed|removed)"), transaction.atomic():
        write()


def test_what_was_done_about_a_card_is_frozen_too(supervisor: Account, late: Outcome) -> None:
    mark_corrected(supervisor, _card(late, episode="task:2").pk, reason="已整改")
    with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic():
        CardStep.objects.update(reason="x")


def _today() -> date:
    return datetime.now(CHINA).date()


def _revise(account: Account, days: int = 1, **more: Any) -> RuleVersion:
    said = {
        "thresholds": {"grace": 1, "red_after": 5},
        "begins": _today() + timedelta(days=days),
        "basis": "监察办〔2026〕1号",
    }
    return revise_rule(account, "T02", **(said | more))


def test_thresholds_change_from_a_later_day_on(supervisor: Account) -> None:
    first, second = _revise(supervisor), _revise(supervisor, 10, enabled=False)
    today = _today()
    assert rule_book(today).entries == {}
    assert rule_book(today).changes_at == datetime.combine(
        today + timedelta(days=1), datetime.min.time(), CHINA
    )
    tomorrow = rule_book(today + timedelta(days=1))
    assert (tomorrow.entries["T02"].thresholds, tomorrow.entries["T02"].version) == (
        {"grace": 1, "red_after": 5},
        first.pk,
    )
    later = rule_book(today + timedelta(days=10))
    assert (later.entries["T02"].enabled, later.entries["T02"].version, later.changes_at) == (
        False,
        second.pk,
        None,
    )


def test_a_planned_version_may_be_replaced_before_it_begins(supervisor: Account) -> None:
    _revise(supervisor)
    replaced = _revise(supervisor, thresholds={"grace": 2, "red_after": 9})
    assert list(RuleVersion.objects.all()) == [replaced]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"days": 0}, "begins_too_early"),
        ({"thresholds": {"grace": 1}}, "thresholds_invalid"),
        ({"basis": " "}, "missing_field"),
    ],
)
def test_a_revision_that_cannot_stand_is_refused(
    supervisor: Account, more: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as caught:
        _revise(supervisor, **more)
    assert caught.value.code == code


def test_what_changes_nothing_is_no_version(supervisor: Account) -> None:
    """As declared where nothing was set, as set where something was; a plan may be turned back into what it replaces."""
    with pytest.raises(Refused, match="nothing_changed"):
        _revise(supervisor, thresholds=dict(RULES["T02"].defaults))
    _revise(supervisor)
    with pytest.raises(Refused, match="nothing_changed"):
        _revise(supervisor, 20)
    assert RuleVersion.objects.count() == 1
    assert _revise(supervisor, thresholds={"grace": 1, "red_after": 6}).thresholds["red_after"] == 6


def test_a_revision_before_a_planned_one_is_refused(supervisor: Account) -> None:
    _revise(supervisor, 10)
    with pytest.raises(Refused) as caught:
        _revise(supervisor, 5)
    assert caught.value.code == "later_version_planned"


def test_a_change_that_ends_before_a_planned_one_begins_may_come_first(supervisor: Account) -> None:
    planned = _revise(supervisor, 30)
    urgent = _revise(supervisor, 5, until=_today() + timedelta(days=29))
    assert list(RuleVersion.objects.order_by("valid")) == [urgent, planned]
    with pytest.raises(Refused) as caught:
        _revise(supervisor, 3, until=_today() + timedelta(days=30))
    assert caught.value.code == "later_version_planned"


def test_what_holds_for_good_goes_on_after_a_passing_change(supervisor: Account) -> None:
    _revise(supervisor, thresholds={"grace": 3, "red_after": 5})
    _revise(supervisor, 10, thresholds={"grace": 5, "red_after": 9}, until=_today() + timedelta(days=19))
    graces = [
        rule_book(_today() + timedelta(days=n)).entries["T02"].thresholds["grace"]
        for n in (9, 10, 19, 20, 400)
    ]
    assert graces == [3, 5, 5, 3, 3]
    assert list(versions_fit(None)) == []


def test_a_planned_version_is_taken_back_and_what_was_goes_on(supervisor: Account) -> None:
    first, slip = _revise(supervisor), _revise(supervisor, 3650, thresholds={"grace": 9, "red_after": 9})
    withdraw_version(supervisor, "T02", slip.pk)
    first.refresh_from_db()
    assert (list(RuleVersion.objects.all()), first.valid.upper) == ([first], None)
    assert list(versions_fit(None)) == []
    with pytest.raises(Refused) as caught:
        withdraw_version(supervisor, "T02", slip.pk)
    assert caught.value.code == "not_found"


def test_what_has_begun_is_not_taken_back(city: City, supervisor: Account) -> None:
    first = _revise(supervisor)
    for who, day, code in (
        (city.person("head"), 0, "not_permitted"),
        (supervisor, 2, "begun_already"),
    ):
        with time_machine.travel(datetime.now(CHINA) + timedelta(days=day)), pytest.raises(Refused) as caught:
            withdraw_version(who, "T02", first.pk)
        assert caught.value.code == code


@pytest.mark.parametrize("more", [{"begins": date(9999, 12, 31)}, {"until": date(9999, 12, 31)}])
def test_a_slip_of_the_year_is_refused(supervisor: Account, more: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        _revise(supervisor, **more)
    assert caught.value.code == "too_far_ahead"


def test_the_page_of_a_rule_takes_a_planned_version_back(client: Client, supervisor: Account) -> None:
    planned = _revise(supervisor, 30)
    client.force_login(supervisor)
    page = client.get("/supervision/rules/T02/").content.decode()
    assert "还没有生效的" in page
    for said in ("已撤回", "已经撤回"):
        answer = client.post(
            "/supervision/rules/T02/", {"deed": "withdraw", "version": planned.pk}, follow=True
        )
        assert said in answer.content.decode()
    assert not RuleVersion.objects.exists()


def test_only_supervision_of_everything_may_revise_rules(city: City, supervisor: Account) -> None:
    with pytest.raises(Refused) as caught:
        _revise(city.person("head"))
    assert caught.value.code == "not_permitted"
    with pytest.raises(Refused) as caught:
        revise_rule(supervisor, "X99", thresholds={}, begins=_today() + timedelta(days=1), basis="x")
    assert caught.value.code == "rule_unknown"


def test_a_rule_version_that_has_begun_is_frozen_by_the_database(supervisor: Account) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    begun = RuleVersion.objects.create(
        rule="T02",
        thresholds={},
        basis="x",
        made_by=supervisor,
        valid=DateRange(_today() - timedelta(days=9), None),
    )
    for write in (
        lambda: RuleVersion.objects.filter(pk=begun.pk).delete(),
        lambda: RuleVersion.objects.filter(pk=begun.pk).update(thresholds={"grace": 9}),
        lambda: RuleVersion.objects.filter(pk=begun.pk).update(
            valid=DateRange(begun.valid.lower, _today() - timedelta(days=1))
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleVersion.objects.create(
            rule="T02", thresholds={}, basis="y", made_by=supervisor, valid=DateRange(_today(), None)
        )


def test_a_card_names_the_rule_version_it_was_given_by(city: City, supervisor: Account) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    version = RuleVersion.objects.create(
        rule="T04",
        thresholds={"times": 3},
        basis="x",
        made_by=supervisor,
        valid=DateRange(date(2020, 1, 1), None),
    )
    with time_machine.travel(MONDAY, tick=False):
        case = city.apply()
        city.do("clerk", case, "accept")
    with time_machine.travel(MONDAY + timedelta(days=7), tick=False):
        city.do("reviewer", case, "complete", outcome="pass")
    card = _card(case, episode="task:2")
    assert (card.rule_version, card.level) == (version, 1)  # twice the limit is not yet three times
    assert proved_level(card) == 1


def test_a_threshold_declared_later_is_as_declared_in_versions_kept_before(supervisor: Account) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    RuleVersion.objects.create(
        rule="T02",
        thresholds={"grace": 4},
        basis="x",
        made_by=supervisor,
        valid=DateRange(date(2020, 1, 1), None),
    )
    assert rule_book(_today()).entries["T02"].thresholds == {**RULES["T02"].defaults, "grace": 4}


def test_the_book_is_read_seldom(django_assert_num_queries: Any) -> None:
    now = datetime.now(CHINA)
    with django_assert_num_queries(1):
        assert book_in_force(now) is book_in_force(now)
        assert book_in_force(now.replace(year=2013)) is not None
