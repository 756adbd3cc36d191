"""How an applicant wants the result to reach them: fetched at the window, or sent by express."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class Wish(models.Model):
    """What was chosen with the application (送达方式选择). Name, phone and address are personal and beside the chain."""

    class Way(models.TextChoices):
        """As the delivery step of the engine names them."""

        PICK_UP = "窗口领取", "窗口领取"
        EXPRESS = "邮寄", "邮寄"

    case = models.OneToOneField("engine.Case", primary_key=True, on_delete=models.PROTECT, related_name="+")
    way = models.CharField(max_length=8, choices=Way)
    name = models.CharField("收件人", max_length=60, blank=True)
    phone = models.CharField("电话", max_length=30, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    chosen_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "送达方式选择"
        verbose_name_plural = "送达方式选择"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="delivery_express_goes_somewhere",
                condition=~models.Q(way="邮寄")
                | ~(models.Q(name="") | models.Q(phone="") | models.Q(address="")),
            ),
        ]

    def __str__(self) -> str:
        return self.way
