"""Integrity (廉政): relations declared, draws that anybody can recompute, and what was found in the cases drawn."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from tongban.platforms.supervision.models.orders import Order


class Relation(models.Model):
    """A relation that somebody on a post has declared (回避申报): kin, interest or other reason to stand back.

    The other person or firm is kept as the digest of its number, and in words; or it is of one case. Whoever declares
    stands back from then on; their leader decides (行政许可法、公务员法：由本机关负责人决定).
    """

    class Status(models.TextChoices):
        """What the leader decided."""

        PENDING = "pending", "等待决定"
        GRANTED = "granted", "同意回避"
        DISMISSED = "dismissed", "不需回避"

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="relations")
    words = models.CharField("关系", max_length=200)
    digest = models.CharField("证件摘要", max_length=64, blank=True)
    case = models.ForeignKey(
        "engine.Case", null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case_number = models.CharField("办件编号", max_length=20, blank=True)
    valid = DateRangeField("有效期")
    declared_at = models.DateTimeField("申报时间", db_default=Now())
    status = models.CharField("状态", max_length=9, choices=Status, default=Status.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("决定时间", null=True)
    decision = models.CharField("决定说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "回避申报"
        ordering: ClassVar[list[str]] = ["-declared_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="supervision_relation_decided_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("account")),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(name="relation_of_person", fields=["account"])]

    def __str__(self) -> str:
        return f"{self.account_id} {self.words}"


class Draw(models.Model):
    """A random draw of cases to be looked into (随机抽查), announced before anybody can know what it falls on.

    Announced: the cases it draws from and the digest of a secret seed, both bound into the ledger. Drawn: with the seed
    and a head of the ledger that was signed afterwards (`drawing.py`). Nothing announced ever changes.
    """

    class Purpose(models.TextChoices):
        """Who draws, and for what."""

        INTEGRITY = "integrity", "廉政风险点抽查"
        LEGAL = "legal", "案卷评查"

    purpose = models.CharField("目的", max_length=9, choices=Purpose)
    title = models.CharField("名称", max_length=200)
    asked = models.JSONField("范围")
    org = models.ForeignKey("registry.Organisation", null=True, on_delete=models.PROTECT, related_name="+")
    population = models.JSONField("抽取范围内的办件编号")
    population_sha256 = models.CharField("范围摘要", max_length=64)
    wanted = models.PositiveIntegerField("抽取件数")
    commitment = models.CharField("种子摘要", max_length=64)
    seed = models.CharField("种子", max_length=64)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField("公布时间", db_default=Now())
    register_case = models.ForeignKey(
        "engine.Case", null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    register_seq = models.PositiveIntegerField("台账序号", null=True)
    drawn_at = models.DateTimeField("抽取时间", null=True)
    beacon = models.CharField("存证树根", max_length=64, blank=True)
    beacon_size = models.BigIntegerField("存证树大小", null=True)
    result = models.JSONField("抽中", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "随机抽查"
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="supervision_draw_of_something", condition=Q(wanted__gt=0)),
        ]

    def __str__(self) -> str:
        return self.title


class Check(models.Model):
    """One case that a draw fell on, and what was found in it. Once said it stands."""

    class Verdict(models.TextChoices):
        """What was found."""

        SOUND = "sound", "未发现问题"
        FLAWED = "flawed", "有瑕疵"
        WRONG = "wrong", "违法或者不当"

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="checks")
    place = models.PositiveIntegerField("次序")
    case = models.ForeignKey(
        "engine.Case", on_delete=models.PROTECT, related_name="checks", db_constraint=False
    )
    number = models.CharField("办件编号", max_length=20)
    title = models.CharField("事项", max_length=200)
    org = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    org_name = models.CharField("单位", max_length=120)
    verdict = models.CharField("结论", max_length=6, blank=True, choices=Verdict)
    opinion = models.TextField("意见", blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField("检查时间", null=True)
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="checks")

    class Meta:
        verbose_name = verbose_name_plural = "抽查的办件"
        ordering: ClassVar[list[str]] = ["draw", "place"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="supervision_check_once", fields=["draw", "number"]),
            models.CheckConstraint(
                name="supervision_check_said_by_somebody",
                condition=Q(verdict="", checked_by__isnull=True, checked_at__isnull=True)
                | (~Q(verdict="") & Q(checked_by__isnull=False, checked_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draw_id}/{self.place} {self.number}"
