"""Payment orders: made by the charge, paid once, voided and made anew, refunded; the payment step goes on."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.platforms.fees import queries, services
from tongban.platforms.fees.gateways import Notice
from tongban.platforms.fees.models import Order
from tongban.registry.queries import today

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(town):
    opened = town.apply()
    town.do("clerk", opened, "accept")
    return opened


@pytest.fixture
def order(town, case):
    town.do("clerk", case, "charge", name="工本费")
    return Order.objects.get(case_id=case.case_id)


def test_a_charge_by_the_table_makes_an_order_with_a_number_that_checks(order, town):
    assert (order.amount, order.status, order.number[:2]) == (Decimal(10), "pending", "JK")
    assert "市场监督管理局" in order.payee
    assert order.due_on > today()
    town.do("clerk", town.apply("stranger"), "charge", name="工本费")
    assert [int(o.number[6:-1]) for o in Order.objects.order_by("id")] == [1, 2]


def test_a_charge_that_is_refused_uses_no_number(order, town, case):
    with pytest.raises(Refused, match="fee_above_standard"):
        town.do("clerk", case, "charge", name="工本费", amount="11")
    town.do("clerk", case, "charge", name="工本费")
    assert Order.objects.order_by("id").last().number[6:-1] == "00000002"


def test_the_cashier_enters_the_receipt_and_the_case_is_paid(order, town, case):
    press = uuid4()
    paid = services.enter_payment(town.people["clerk"], order, bill="B-1", command_id=press)
    assert (paid.status, paid.bill, paid.way, paid.cashier) == ("paid", "B-1", "窗口", town.people["clerk"])
    assert services.enter_payment(town.people["clerk"], order, bill="B-1", command_id=press) == paid
    assert Case.objects.get(pk=case.case_id).state["fees"][0]["bill"] == "B-1"
    with pytest.raises(Refused, match="not_pending"):
        services.enter_payment(town.people["clerk"], order, bill="B-2", command_id=uuid4())


def test_paying_through_the_engine_closes_the_order_too(order, town, case):
    town.do("clerk", case, "pay", name="工本费", bill="B-9")
    order.refresh_from_db()
    assert (order.status, order.bill) == ("paid", "B-9")


def test_who_may_not_take_money_is_refused(order, town):
    for who in ("owner", "other_clerk", "system_admin"):
        with pytest.raises(Refused, match="not_permitted"):
            services.enter_payment(town.people[who], order, bill="B", command_id=uuid4())


def test_one_bank_receipt_pays_one_order(order, town):
    other = town.apply("stranger")
    town.do("clerk", other, "charge", name="工本费")
    services.enter_payment(town.people["clerk"], order, bill="B-1", command_id=uuid4())
    with pytest.raises(Refused, match="bill_used"):
        services.enter_payment(
            town.people["clerk"], Order.objects.get(case_id=other.case_id), bill="B-1", command_id=uuid4()
        )


def test_a_bank_receipt_pays_one_order_by_whatever_way_it_is_entered(order, town, case):
    other = town.apply("stranger")
    town.do("clerk", other, "charge", name="工本费")
    town.do("clerk", case, "pay", name="工本费", bill="B-1")
    with pytest.raises(Refused, match="bill_used"):
        town.do("clerk", other, "pay", name="工本费", bill=" B-1 ")
    assert Order.objects.get(case_id=other.case_id).status == "pending"
    town.do("clerk", other, "pay", name="工本费", bill="B-2")


def test_a_gateway_is_believed_only_when_the_sum_fits_and_counts_once(order):
    with pytest.raises(Refused, match="amount_differs"):
        services.take_notice(Notice(order.number, Decimal("9.99"), "G-1"), "平台")
    for _again in range(2):
        paid = services.take_notice(Notice(order.number, Decimal("10.00"), "G-1"), "平台")
    assert (paid.status, paid.way, paid.cashier) == ("paid", "平台", None)


def test_a_wrong_order_is_voided_with_a_reason_and_made_anew(order, town):
    clerk = town.people["clerk"]
    with pytest.raises(Refused, match="reason_missing"):
        services.reissue(clerk, order, reason=" ", command_id=uuid4())
    new = services.reissue(clerk, order, reason="印错", command_id=uuid4())
    order.refresh_from_db()
    assert (order.status, new.status, new.amount) == ("void", "pending", order.amount)
    assert services.reissue(clerk, order, reason="印错", command_id=uuid4()) == new


def test_a_refund_stands_in_the_books_of_its_day_and_in_the_trail(order, town, case):
    clerk = town.people["clerk"]
    with pytest.raises(Refused, match="not_paid"):
        services.refund(clerk, order, reason="多收", command_id=uuid4())
    services.enter_payment(clerk, order, bill="B-1", command_id=uuid4())
    services.refund(clerk, order, reason="多收", command_id=uuid4())
    sums = queries.day_sum(queries.orders_for(clerk), today())
    assert (sums.paid, sums.paid_yuan, sums.refunded_yuan, sums.open) == (1, Decimal(10), Decimal(10), 0)


def test_what_an_order_says_is_frozen_by_the_database(order):
    for change in ({"amount": Decimal(1)}, {"number": "JK1"}, {"status": "refunded"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Order.objects.filter(pk=order.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        order.delete()
