"""Writes of payment orders: made and closed with the engine's own events; entering a payment, voiding, refunding."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.base.calendar import CHINA
from tongban.engine.errors import Refused
from tongban.engine.kinds import Change, Facts
from tongban.engine.numbering import case_number
from tongban.engine.queries import can_see
from tongban.engine.services import perform
from tongban.engine.state import SYSTEM, Command
from tongban.platforms.fees.gateways import Notice
from tongban.platforms.fees.models import Order
from tongban.registry.models import Account
from tongban.registry.queries import organisation_name

PREFIX = "JK"
AT_COUNTER = "窗口"
_SPACE = UUID("5e0b0c1e-6a52-4a55-9d7e-7b1f0f5f2a10")
_NEXT = """
INSERT INTO fees_series AS s (year, last) VALUES (%s, 1)
ON CONFLICT (year) DO UPDATE SET last = s.last + 1 RETURNING last"""


def follow_charge(change: Change) -> None:
    """In the transaction of a charge: make its order. What costs nothing needs none."""
    said, facts = change.event.payload, change.facts
    amount = Decimal(str(said["amount"]))
    if amount > 0:
        _make(
            facts.case_id,
            change.seq,
            facts.org,
            change.event.at,
            str(said["name"]),
            amount,
            str(said.get("standard", "")),
        )


def one_receipt_one_order(command: Command, facts: Facts) -> None:
    """A guard: a payment is not entered on the receipt of another one. What was done elsewhere is recorded as it was."""
    if command.type == "pay" and "*" not in command.actor.verbs:
        _is_new(facts.org, str(command.data.get("bill", "")).strip()[:64])


def follow_payment(change: Change) -> None:
    """In the transaction of a payment: close the order. Whoever entered it, counter, gateway or a department's system."""
    said = change.event.payload
    orders = Order.objects.filter(
        case_id=change.facts.case_id, name=said["name"], status=Order.Status.PENDING
    ).order_by("id")
    order = orders.first()
    if order is None:
        return
    actor = change.command.actor
    order.status, order.paid_at, order.bill = Order.Status.PAID, change.event.at, str(said["bill"])[:64]
    order.cashier_id = actor.account
    order.way = order.way or (AT_COUNTER if actor.kind == "staff" else _("系统对接"))
    order.save(update_fields=["status", "paid_at", "bill", "cashier", "way"])


def enter_payment(account: Account, order: Order, *, bill: str, command_id: UUID) -> Order:
    """收款: the cashier has the money or the bank's receipt. Raises Refused; entered twice it is one payment."""
    bill = bill.strip()
    if not bill:
        raise Refused("bill_missing", _("请填写银行回单号或者票据号。"))
    with transaction.atomic():
        row = _held(account, order)
        if row.status == Order.Status.PAID and row.bill == bill:
            return row
        _is_pending(row)
        _has_turn(row)
        perform(
            account,
            row.case_id,
            "pay",
            command_id=command_id,
            data={"name": row.name, "bill": bill},
            channel="counter",
        )
    return Order.objects.get(pk=row.pk)


def take_notice(notice: Notice, way: str) -> Order:
    """A gateway says that an order was paid. The sum has to fit; told again it changes nothing. Raises Refused."""
    with transaction.atomic():
        order = Order.objects.select_for_update().filter(number=notice.number).first()
        if order is None:
            raise Refused("no_order", _("没有这张缴款单。"))
        if order.status in {Order.Status.PAID, Order.Status.REFUNDED} and order.bill == notice.bill:
            return order
        _is_pending(order)
        _has_turn(order)
        if notice.amount != order.amount:
            raise Refused("amount_differs", _("金额与缴款单不符。"))
        _is_new(order.organisation_id, notice.bill)
        Order.objects.filter(pk=order.pk).update(way=way[:20])
        perform(
            SYSTEM, order.case_id, "pay", command_id=uuid5(_SPACE, f"{order.number}:{notice.bill}"),
            data={"name": order.name, "bill": notice.bill}, channel="api",
        )  # fmt: skip
    return Order.objects.get(pk=order.pk)


def reissue(account: Account, order: Order, *, reason: str, command_id: UUID) -> Order:
    """作废重开: void an order that is wrong on paper and make a new one for the same charge."""
    with transaction.atomic():
        row = _held(account, order)
        if row.status == Order.Status.VOID:
            return Order.objects.exclude(status=Order.Status.VOID).get(case_id=row.case_id, seq=row.seq)
        _is_pending(row)
        _end(account, row, Order.Status.VOID, reason)
        made = _make(
            row.case_id, row.seq, row.organisation_id, timezone.now(), row.name, row.amount, row.standard
        )
        _note(
            account, row, command_id,
            _("缴款单 %(old)s 作废：%(why)s。新单号 %(new)s。")
            % {"old": row.number, "why": row.reason, "new": made.number},
        )  # fmt: skip
        return made


def refund(account: Account, order: Order, *, reason: str, command_id: UUID) -> Order:
    """退付: what was paid goes back to the payer. The case stays where it is; the refund stands in its trail."""
    with transaction.atomic():
        row = _held(account, order)
        if row.status == Order.Status.REFUNDED:
            return row
        if row.status != Order.Status.PAID:
            raise Refused("not_paid", _("没有缴过的不用退。"))
        _end(account, row, Order.Status.REFUNDED, reason)
        _note(
            account, row, command_id,
            _("缴款单 %(no)s 退付 %(amount)s 元：%(why)s。")
            % {"no": row.number, "amount": row.amount, "why": row.reason},
        )  # fmt: skip
        return row


def _make(case: int, seq: int, org: int, at: datetime, name: str, amount: Decimal, standard: str) -> Order:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [at.astimezone(CHINA).year])
        serial = int(cursor.fetchone()[0])
    return Order.objects.create(
        number=case_number(PREFIX, serial, at), case_id=case, seq=seq, organisation_id=org, name=name[:100],
        amount=amount, standard=standard[:300], made_at=at,
        payee=settings.TONGBAN_PAYEE or _("%(name)s（非税收入财政专户）") % {"name": organisation_name(org)},
        due_on=at.astimezone(CHINA).date() + timedelta(days=settings.TONGBAN_PAYMENT_DAYS),
    )  # fmt: skip


def _held(account: Account, order: Order) -> Order:
    row = Order.objects.select_for_update(of=("self",)).select_related("case").get(pk=order.pk)
    if not any(can_see(account, row.case, verb) for verb in ("accept", "handle")):
        raise Refused("not_permitted", _("登记缴费需要收件或办理权限。"))
    return row


def _is_pending(row: Order) -> None:
    if row.status != Order.Status.PENDING:
        raise Refused("not_pending", _("这张缴款单%(status)s。") % {"status": row.get_status_display()})


def _has_turn(row: Order) -> None:
    """The engine pays charges of one name in their order; so do we, that a payment closes the order it was made for."""
    if Order.objects.filter(case_id=row.case_id, name=row.name, status="pending", id__lt=row.pk).exists():
        raise Refused("earlier_order", _("同一项目还有更早的缴款单，请先缴那一张。"))


def _is_new(org: int, bill: str) -> None:
    """One bank receipt pays one order of an organisation; the same one from two sides is looked at in turn."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"bill:{org}:{bill}"])
    if Order.objects.filter(organisation_id=org, bill=bill).exists():
        raise Refused("bill_used", _("这个回单号已经登记在另一张缴款单上，请核对。"))


def _end(account: Account, row: Order, status: Order.Status, reason: str) -> None:
    reason = reason.strip()[:500]
    if not reason:
        raise Refused("reason_missing", _("请写明原因。"))
    row.status, row.reason, row.ended_at, row.ended_by = status, reason, timezone.now(), account
    row.save(update_fields=["status", "reason", "ended_at", "ended_by"])


def _note(account: Account, row: Order, command_id: UUID, words: str) -> None:
    perform(account, row.case_id, "note", command_id=command_id, data={"text": words}, channel="counter")
