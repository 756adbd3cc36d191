"""Payment orders (缴款单), one for each charge of a case, and what happened to them."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Series(models.Model):
    """A year's numbers of payment orders, without gaps; `last` is the last one given."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField()

    class Meta:
        verbose_name = "缴款单号段"
        verbose_name_plural = "缴款单号段"

    def __str__(self) -> str:
        return f"{self.year} {self.last}"


class Order(models.Model):
    """缴款单: what is to be paid, to whom, until when. Sums and number never change; a wrong one is voided."""

    class Status(models.TextChoices):
        """Where it is."""

        PENDING = "pending", "待缴"
        PAID = "paid", "已缴"
        VOID = "void", "作废"
        REFUNDED = "refunded", "已退付"

    number = models.CharField("缴款单号", max_length=20, unique=True)
    token = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("engine.Case", on_delete=models.PROTECT, related_name="+")
    seq = models.IntegerField()  # of the event fee.charged
    organisation = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField("收费项目", max_length=100)
    amount = models.DecimalField("金额", max_digits=14, decimal_places=2)
    standard = models.CharField("收费标准", max_length=300, blank=True)
    payee = models.TextField("收款人")
    due_on = models.DateField("缴款期限")
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    made_at = models.DateTimeField()
    bill = models.CharField("银行回单号", max_length=64, blank=True)
    paid_at = models.DateTimeField(null=True)
    way = models.CharField("缴费方式", max_length=20, blank=True)  # 窗口, or the gateway's name
    cashier = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)  # voided or refunded
    reason = models.CharField(max_length=500, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "缴款单"
        verbose_name_plural = "缴款单"
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                name="fees_one_live_order", fields=["case", "seq"], condition=~models.Q(status="void")
            ),
            models.CheckConstraint(name="fees_amount_positive", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(
                name="fees_paid_with_a_bill",
                condition=models.Q(status__in=["pending", "void"])
                | (models.Q(paid_at__isnull=False) & ~models.Q(bill="")),
            ),
            models.CheckConstraint(
                name="fees_ended_with_a_reason",
                condition=~models.Q(status__in=["void", "refunded"])
                | (models.Q(ended_at__isnull=False) & ~models.Q(reason="")),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="fees_paid_day", fields=["paid_at"]),
            models.Index(name="fees_made_day", fields=["made_at"]),
        ]

    def __str__(self) -> str:
        return self.number
