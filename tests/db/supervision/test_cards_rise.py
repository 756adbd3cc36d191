"""One fault is one card: it rises, is explained and confirmed, and every word of it stands in the ledger."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from tests.db.engine.city import City, row
from tongban.base.calendar import CHINA
from tongban.engine.errors import Refused
from tongban.engine.ledger.verify import verify
from tongban.engine.models import EventRow
from tongban.engine.services import Outcome
from tongban.engine.watches import run_due
from tongban.platforms.supervision.models import Card, CardStep, RuleVersion
from tongban.platforms.supervision.services import appeal, confirm, explain, revise_rule, revoke, uphold
from tongban.registry.models import Account

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 9, tzinfo=CHINA)


@pytest.fixture
def forgotten(city: City) -> Outcome:
    """Accepted on Monday 2 March; nobody does the reviews, which end on Wednesday: twice their time on Friday."""
    with time_machine.travel(MONDAY, tick=False):
        case = city.apply()
        city.do("clerk", case, "accept")
    return case


def until(when: datetime) -> None:
    """Let the watches fire one after the other."""
    for _ in range(60):
        with time_machine.travel(when, tick=False):
            if not run_due(when):
                return


def late(case: Outcome, **which: Any) -> dict[int, str]:
    rows = Card.objects.filter(case_id=case.case_id, rule="T04", episode="task:2", **which)
    return dict(rows.values_list("level", "status"))


def seen(day: int) -> datetime:
    return datetime(2026, 3, day, 0, 1, tzinfo=CHINA)


def test_the_graver_card_takes_the_place_of_the_lower_one(city: City, forgotten: Outcome) -> None:
    until(seen(5))
    assert late(forgotten) == {1: "valid"}
    until(seen(7))
    assert late(forgotten) == {1: "risen", 2: "valid"}
    step = CardStep.objects.get(card__episode="task:2", card__level=1)
    assert (step.by, step.seq, step.after) == (None, None, "risen")
    assert "升为黄牌" in step.reason


def test_a_revoked_card_does_not_rise_and_no_longer_counts_for_the_case(
    city: City, supervisor: Account, forgotten: Outcome
) -> None:
    until(seen(5))
    assert row(forgotten).level == 1
    with time_machine.travel(seen(5), tick=False):
        for card in Card.objects.filter(case_id=forgotten.case_id):
            revoke(supervisor, card.pk, reason="日历有误")
    assert row(forgotten).level == 0
    until(seen(7))
    assert late(forgotten) == {1: "revoked", 2: "valid"}
    assert row(forgotten).level == 2


def test_an_appeal_is_decided_even_when_the_card_has_risen_meanwhile(
    city: City, supervisor: Account, forgotten: Outcome
) -> None:
    until(seen(5))
    first = Card.objects.get(case_id=forgotten.case_id, rule="T04", episode="task:2")
    with time_machine.travel(seen(5), tick=False):
        appeal(city.person("head"), first.pk, reason="人手不足")
    until(seen(7))
    assert late(forgotten) == {1: "appealed", 2: "valid"}
    with time_machine.travel(seen(7), tick=False):
        assert uphold(supervisor, first.pk, reason="不成立").status == "risen"


def test_a_card_is_explained_and_then_confirmed(city: City, supervisor: Account, forgotten: Outcome) -> None:
    until(seen(5))
    card = Card.objects.get(case_id=forgotten.case_id, rule="T04", episode="task:2")
    with time_machine.travel(seen(5), tick=False):
        assert explain(city.person("head"), card.pk, reason="承办人病假").status == "explained"
        with pytest.raises(Refused):
            confirm(city.person("head"), card.pk, reason="属实")
        assert confirm(supervisor, card.pk, reason="属实，未安排代班").status == "confirmed"
    events = EventRow.objects.filter(case_id=forgotten.case_id, type="finding.handled").order_by("seq")
    assert [(e.payload["deed"], e.payload["after"], e.actor_id) for e in events] == [
        ("explain", "explained", city.person("head").pk),
        ("confirm", "confirmed", supervisor.pk),
    ]
    assert [s.seq for s in card.steps.order_by("no")] == [e.seq for e in events]


@pytest.fixture
def handled(city: City, supervisor: Account, forgotten: Outcome) -> Card:
    until(seen(7))
    card = Card.objects.get(case_id=forgotten.case_id, rule="T04", episode="task:2", level=2)
    with time_machine.travel(seen(7), tick=False):
        explain(city.person("head"), card.pk, reason="承办人病假")
    return card


def _tamper(sql: str, *params: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, params)
        cursor.execute("SET session_replication_role = DEFAULT")


def kinds_found() -> set[tuple[str, str]]:
    return {(m.kind, m.detail) for m in verify().misfits}


def test_untouched_cards_and_rules_are_sound(handled: Card) -> None:
    assert verify().ok, verify().misfits


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE supervision_card SET level = 1 WHERE id = %s", ("record_altered", "监察牌 T04")),
        ("UPDATE supervision_card SET words = 'x' WHERE id = %s", ("record_altered", "监察牌 T04")),
        ("UPDATE supervision_card SET snapshot = '{}' WHERE id = %s", ("record_altered", "监察牌 T04")),
        (
            "UPDATE supervision_card SET status = 'revoked' WHERE id = %s",
            ("record_altered", "监察牌 T04 的状态"),
        ),
        (
            "UPDATE supervision_cardstep SET reason = 'x' WHERE card_id = %s",
            ("record_altered", "监察牌 T04 的处理"),
        ),
        ("DELETE FROM supervision_cardstep WHERE card_id = %s", ("record_missing", "监察牌 T04 的处理")),
    ],
)
def test_a_changed_card_is_found_by_the_ledger(handled: Card, sql: str, found: tuple[str, str]) -> None:
    _tamper(sql, handled.pk)
    assert found in kinds_found()


def test_a_deleted_or_invented_card_is_found_by_the_ledger(handled: Card) -> None:
    other = Card.objects.filter(episode="task:3").first()
    assert other is not None
    _tamper("UPDATE supervision_card SET seq = 99 WHERE id = %s", other.pk)
    assert {("record_missing", "监察牌 T04"), ("record_extra", "监察牌 T04")} <= kinds_found()


def _revise(account: Account, days: int = 1, **more: Any) -> RuleVersion:
    begins = datetime.now(CHINA).date() + timedelta(days=days)
    said: dict[str, Any] = {"thresholds": {"grace": 1, "red_after": 5}, "begins": begins, "basis": "试行"}
    return revise_rule(account, "T02", **(said | more))


def test_rule_versions_are_bound_into_the_chain_with_every_change(supervisor: Account) -> None:
    first = _revise(supervisor)
    replaced = _revise(supervisor, thresholds={"grace": 2, "red_after": 9})
    _revise(supervisor, 10, until=datetime.now(CHINA).date() + timedelta(days=20))
    assert not RuleVersion.objects.filter(pk=first.pk).exists()
    assert verify().ok, verify().misfits
    _tamper("UPDATE supervision_ruleversion SET thresholds = '{\"grace\": 30}' WHERE id = %s", replaced.pk)
    assert ("record_altered") in {kind for kind, _ in kinds_found()}


def test_a_removed_rule_version_is_found_by_the_ledger(supervisor: Account) -> None:
    made = _revise(supervisor)
    _tamper("DELETE FROM supervision_ruleversion WHERE id = %s", made.pk)
    assert ("record_missing", f"规则参数第 {made.pk} 号") in kinds_found()


def test_a_rule_may_stand_otherwise_for_a_unit(city: City, supervisor: Account) -> None:
    from tongban.platforms.supervision.queries import rule_book
    from tongban.platforms.supervision.rules import RULES

    begins = datetime.now(CHINA).date() + timedelta(days=1)
    _revise(supervisor)
    _revise(supervisor, org=city.bureau.pk, thresholds={"grace": 4, "red_after": 8})
    book = rule_book(begins)
    assert book.entry(RULES["T02"], city.bureau.pk, 5).thresholds["grace"] == 4
    assert book.entry(RULES["T02"], city.neighbour_bureau.pk, 5).thresholds["grace"] == 1
    with pytest.raises(Refused, match="单位"):
        _revise(supervisor, org=999999)
    with pytest.raises(Refused, match="结束日期"):
        _revise(supervisor, until=begins - timedelta(days=1))
