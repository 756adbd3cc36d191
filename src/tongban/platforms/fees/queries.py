"""Reads of payment orders, always through the cases that the asking account sees."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from tongban.base.calendar import CHINA
from tongban.engine.models import Case
from tongban.engine.people import scopes
from tongban.platforms.fees.models import Order
from tongban.registry.models import Account


def orders_for(account: Account) -> QuerySet[Order]:
    """The orders of the cases an account sees."""
    rows = Order.objects.filter(case__in=Case.objects.visible_to(account, "view"))
    return rows.select_related("case__offering_version", "cashier", "organisation")


def exportable(account: Account) -> QuerySet[Order]:
    """The orders an account may take out as a list."""
    reach = scopes(account).of("export")
    return orders_for(account).filter(reach.q("case__org_id", "case__matter_id", "case__secrecy"))


def orders_of(case: Case) -> QuerySet[Order]:
    """The orders of a case one has in hand already, void ones left out."""
    return Order.objects.filter(case=case).exclude(status=Order.Status.VOID).order_by("id")


def order_by_token(token: UUID) -> Order | None:
    """The order behind its QR code."""
    rows = Order.objects.select_related("case__offering_version", "organisation")
    return rows.filter(token=token).first()


def on_day(orders: QuerySet[Order], day: date) -> QuerySet[Order]:
    """What was made, paid or ended on a day (China)."""
    begins = datetime.combine(day, time.min, CHINA)
    span = (begins, begins + timedelta(days=1))
    within = [
        Q(**{f"{name}__gte": span[0], f"{name}__lt": span[1]}) for name in ("made_at", "paid_at", "ended_at")
    ]
    return orders.filter(within[0] | within[1] | within[2]).order_by("number")


@dataclass(frozen=True, slots=True)
class DaySum:
    """A day's books: how many orders and yuan were paid and refunded, and what of the orders made is still open."""

    paid: int
    paid_yuan: Decimal
    refunded: int
    refunded_yuan: Decimal
    open: int
    open_yuan: Decimal


def day_sum(orders: QuerySet[Order], day: date) -> DaySum:
    """The sums of a day. Paid counts by the day of payment, a refund by the day it was entered."""
    begins = datetime.combine(day, time.min, CHINA)
    ends = begins + timedelta(days=1)
    paid = Q(paid_at__gte=begins, paid_at__lt=ends)
    back = Q(status=Order.Status.REFUNDED, ended_at__gte=begins, ended_at__lt=ends)
    waits = Q(status=Order.Status.PENDING, made_at__lt=ends)
    said: dict[str, Any] = orders.order_by().aggregate(
        paid=Count("id", filter=paid), paid_yuan=Sum("amount", filter=paid), refunded=Count("id", filter=back),
        refunded_yuan=Sum("amount", filter=back), open=Count("id", filter=waits), open_yuan=Sum("amount", filter=waits),
    )  # fmt: skip
    whole: dict[str, Any] = {k: Decimal(0) if v is None else v for k, v in said.items()}
    return DaySum(**whole)
