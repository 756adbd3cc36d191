"""Who judges a unit is not of it: appeals and revocations, orders from above, draws, and who may end an order."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from tests.db.engine.city import ALWAYS, City
from tongban.base.calendar import CHINA
from tongban.engine.errors import Refused
from tongban.engine.ledger.sealing import seal_and_checkpoint
from tongban.engine.models import Case, TaskRow
from tongban.engine.outbox import deliver
from tongban.engine.services import allowed, perform
from tongban.platforms.supervision import draws
from tongban.platforms.supervision.models import Card, Draw, Order
from tongban.platforms.supervision.orders import open_order, recall, sums
from tongban.platforms.supervision.services import appeal, deeds_open, mark_corrected, revoke, uphold
from tongban.registry.models import Account, Grant, Holding, Organisation, Post, RiskPoint
from tongban.registry.queries import today

pytestmark = pytest.mark.django_db
ALL_DAYS = (datetime(2020, 1, 1, tzinfo=CHINA), datetime(2100, 1, 1, tzinfo=CHINA))


def _watchman(code: str, role: str, org: Organisation, reach: str) -> Account:
    post = Post.objects.create(code=code, name="监察员", role=role, organisation=org)
    account = Account.objects.create_user(code.lower(), kind="staff", display_name=f"监察员{code}")
    Holding.objects.create(post=post, account=account, valid=ALWAYS)
    for verb in ("view", "supervise"):
        Grant.objects.create(post=post, verb=verb, reach=reach, valid=ALWAYS)
    return account


@pytest.fixture
def monitor(city: City) -> Account:
    """The unit's own."""
    return _watchman("JC1", "supervisor", city.bureau, Grant.Reach.OWN)


@pytest.fixture
def centre(city: City, monitor: Account) -> Account:
    """Supervises every unit, from another house."""
    return _watchman("ZX1", "monitor", city.neighbour_bureau, Grant.Reach.EVERYTHING)


@pytest.fixture
def supervisor(centre: Account) -> Account:
    return centre


@pytest.fixture
def card(carded: Callable[[], Card]) -> Card:
    return carded()


@pytest.fixture
def order(centre: Account, card: Card) -> Order:
    return open_order(centre, card.pk, demand="说明原因")


def refused(code: str, deed: Callable[..., object], *args: object, **said: object) -> None:
    with pytest.raises(Refused) as caught:
        deed(*args, **said)
    assert caught.value.code == code


def step(account: Account, order: Order, outcome: str) -> None:
    task = TaskRow.objects.get(case_id=order.case_id, status="open").no
    data = {"outcome": outcome, "opinion": "见附件", "task": task}
    perform(account, order.case_id, "complete", command_id=uuid4(), data=data)


def test_a_units_own_monitor_neither_revokes_nor_decides_its_appeals(
    city: City, monitor: Account, centre: Account, card: Card
) -> None:
    assert {"order", "mark_corrected"} <= set(deeds_open(monitor, card))
    assert "revoke" not in deeds_open(monitor, card)
    refused("not_permitted", revoke, monitor, card.pk, reason="误报")
    card = appeal(city.person("head"), card.pk, reason="系统停机")
    assert deeds_open(monitor, card) == ()
    refused("not_permitted", uphold, monitor, card.pk, reason="不成立")
    assert set(deeds_open(centre, card)) == {"uphold", "revoke"}
    assert revoke(centre, card.pk, reason="停机属实").status == "revoked"


def test_the_monitor_still_sees_to_what_the_unit_did(monitor: Account, card: Card) -> None:
    assert mark_corrected(monitor, card.pk, reason="已补办").status == "corrected"


def test_who_orders_from_outside_verifies_and_reviews(
    city: City, monitor: Account, centre: Account, order: Order
) -> None:
    assert TaskRow.objects.get(case_id=order.case_id, status="open").post.code == "ZX1"
    refused("not_your_task", step, monitor, order, "unfounded")
    step(centre, order, "issued")
    head = city.person("head")
    step(head, order, "signed")
    step(head, order, "answered")
    refused("not_your_task", step, monitor, order, "settled")
    step(centre, order, "settled")
    deliver()
    order.refresh_from_db()
    assert (order.ending, order.card.status) == ("settled", "corrected")


def test_an_order_of_the_units_own_monitor_cannot_take_the_card_away(monitor: Account, card: Card) -> None:
    order = open_order(monitor, card.pk, demand="说明原因")
    step(monitor, order, "unfounded")
    deliver()
    order.refresh_from_db()
    assert (order.ending, Card.objects.get(pk=card.pk).status) == ("unfounded", "confirmed")


def test_the_unit_cannot_end_stretch_or_take_back_an_order(city: City, order: Order) -> None:
    case = Case.objects.get(pk=order.case_id)
    for who in ("head", "clerk"):
        person = city.person(who)
        offered = {a.type for a in allowed(person, case)}
        assert offered.isdisjoint({"terminate", "extend"})
        for what, data in (
            ("terminate", {"basis": "本单位意见"}),
            ("extend", {"amount": 5, "basis": "工作需要"}),
            ("withdraw", {}),
        ):
            with pytest.raises(Refused) as caught:
                perform(person, case.pk, what, command_id=uuid4(), data=data, reason="本单位认为不必督办")
            assert caught.value.code in ("not_of_this_kind", "not_permitted")
    assert Case.objects.get(pk=case.pk).concluded_at is None


def test_an_order_is_taken_back_by_who_issued_it(
    city: City, monitor: Account, centre: Account, card: Card, order: Order
) -> None:
    refused("not_permitted", recall, monitor, card.pk, reason="不必")
    refused("not_permitted", recall, city.person("head"), card.pk, reason="不必")
    refused("missing_field", recall, centre, card.pk, reason=" ")
    assert "recall" in deeds_open(centre, card)
    assert recall(centre, card.pk, reason="下错了单位").ending == "recalled"
    deliver()
    refused("no_order", recall, centre, card.pk, reason="再收回")
    order.refresh_from_db()
    assert (order.ending, Card.objects.get(pk=card.pk).status) == ("recalled", "confirmed")
    assert Case.objects.get(pk=order.case_id).result == "withdrawn"
    found = sums(Order.objects.all(), *ALL_DAYS)
    assert (found["issued"], found["settled"], found["kept"]) == (1, 0, 0)
    assert open_order(centre, card.pk, demand="再下一次").pk != order.pk


def test_an_order_can_be_taken_back_after_its_card_was_revoked(
    centre: Account, card: Card, order: Order
) -> None:
    revoke(centre, card.pk, reason="误报")
    assert deeds_open(centre, Card.objects.get(pk=card.pk)) == ("recall",)
    assert recall(centre, card.pk, reason="牌已撤销").ending == "recalled"


def _drawn(account: Account, org: int) -> Draw:
    asked = draws.Range(today() - timedelta(days=1), today(), org=org, grade="low")
    made = draws.announce(account, "integrity", asked, wanted=1)
    seal_and_checkpoint(timedelta(0))
    assert draws.carry_out_waiting() == 1
    return made


@pytest.fixture
def decided(city: City) -> None:
    city.granted()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the version is frozen
        RiskPoint.objects.create(
            version=city.version, no=1, key="r", name="附加条件", grade="high", step="review_a"
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.usefixtures("decided")
def test_what_was_drawn_in_a_unit_is_checked_from_outside(
    city: City, monitor: Account, centre: Account
) -> None:
    made = _drawn(centre, city.bureau.pk)
    refused("not_permitted", draws.record_check, monitor, made.pk, 1, verdict="sound", opinion="没有问题")
    found = draws.record_check(centre, made.pk, 1, verdict="flawed", opinion="缺集体讨论记录")
    order = draws.order_correction(centre, made.pk, 1, demand="补充记录")
    assert (found.checked_by, order.issuer) == (centre, "supervision")
    assert TaskRow.objects.get(case_id=order.case_id, status="open").post.code == "ZX1"


@pytest.mark.usefixtures("decided")
def test_a_unit_checks_what_it_draws_itself(city: City, monitor: Account) -> None:
    made = _drawn(monitor, city.bureau.pk)
    assert draws.record_check(monitor, made.pk, 1, verdict="sound", opinion="已核对").checked_by == monitor


def test_who_decides_on_an_older_page_is_told_and_changes_nothing(
    city: City, centre: Account, card: Card
) -> None:
    browser = Client()
    browser.force_login(centre)
    appeal(city.person("head"), card.pk, reason="系统停机")
    said = {"deed": "revoke", "status": "confirmed", "reason": "误报"}
    answer = browser.post(f"/supervision/cards/{card.pk}/act/", said)
    assert (answer.status_code, Card.objects.get(pk=card.pk).status) == (409, "appealed")
    assert "刚才有了新的处理" in answer.content.decode()
    assert "误报" in answer.content.decode()
    said["status"] = "appealed"
    assert browser.post(f"/supervision/cards/{card.pk}/act/", said).status_code == 302
    assert Card.objects.get(pk=card.pk).status == "revoked"
