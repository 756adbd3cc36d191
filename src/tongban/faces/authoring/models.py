"""Manuscripts (编制稿) with the reviewers' line comments, and clean-up campaigns (清理规范).

A manuscript may be as incomplete as its author likes; a version of the registry may not. Handing it in makes the version,
and from then on the version's own state tells where the manuscript is.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Manuscript(models.Model):
    """What a department is writing: a package (`content`) and a flow, whole or not, and who has had a hand in it."""

    class Cause(models.TextChoices):
        """Why it is written (编制原因); the first three must be applied for within 20 working days."""

        LAW = "law", "法律法规规章立改废"
        ROLE = "role", "机构职能调整"
        HANDOVER = "handover", "上级下放、取消或委托"
        CAMPAIGN = "campaign", "清理规范"
        BETTER = "better", "优化服务"
        MISTAKE = "mistake", "内容有误"

    organisation = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField("事项名称", max_length=200)
    code = models.CharField("基本编码", max_length=50)
    kind = models.CharField("事项类型", max_length=2)
    cause = models.CharField("编制原因", max_length=8, choices=Cause, default=Cause.BETTER)
    occasion = models.DateField("变动日期", null=True, blank=True)
    note = models.TextField("编制说明", blank=True)
    content = models.JSONField()
    flow = models.JSONField(null=True)
    base = models.ForeignKey(
        "registry.OfferingVersion", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    version = models.OneToOneField(
        "registry.OfferingVersion", null=True, on_delete=models.SET_NULL, related_name="manuscript"
    )
    authors = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    saved_at = models.DateTimeField()
    seq = models.PositiveIntegerField(default=1)
    rounds = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "编制稿"
        verbose_name_plural = "编制稿"
        ordering: ClassVar[list[str]] = ["-saved_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="manuscript_of_unit", fields=["organisation", "-saved_at"])
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """Writing 编制中, review 审核中, passed 待发布, published 已发布, dropped 已作废."""
        if self.dropped_at is not None:
            return "dropped"
        if self.version is None or self.version.status == "draft":
            return "writing"
        if self.version.status == "review":
            return "review" if self.version.reviewed_at is None else "passed"
        return "published"


class Comment(models.Model):
    """A line comment of the legal office on one field (批注), and what the department answered."""

    manuscript = models.ForeignKey(Manuscript, on_delete=models.CASCADE, related_name="comments")
    round = models.PositiveSmallIntegerField()
    path = models.CharField(max_length=200)
    text = models.TextField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField(db_default=Now(), editable=False)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "批注"
        verbose_name_plural = "批注"
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.path}: {self.text[:20]}"


class Campaign(models.Model):
    """A clean-up of the matters of many departments between two days (清理规范)."""

    title = models.CharField("名称", max_length=100)
    basis = models.TextField("依据")
    starts = models.DateField("开始")
    ends = models.DateField("截止")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "清理规范"
        verbose_name_plural = "清理规范"
        ordering: ClassVar[list[str]] = ["-starts", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="campaign_days_in_order", condition=models.Q(ends__gte=models.F("starts"))
            )
        ]

    def __str__(self) -> str:
        return self.title


class CampaignItem(models.Model):
    """One matter of one department in a campaign, and what the department says about it."""

    class Verdict(models.TextChoices):
        """What is to become of the matter."""

        OPEN = "", "待清理"
        CONFIRM = "confirm", "保留"
        CHANGE = "change", "调整"
        CANCEL = "cancel", "取消"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="items")
    version = models.ForeignKey(
        "registry.OfferingVersion", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    organisation = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict, blank=True, default=Verdict.OPEN)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField(null=True)
    manuscript = models.ForeignKey(
        Manuscript, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = "清理事项"
        verbose_name_plural = "清理事项"
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="campaign_item_once", fields=["campaign", "version"]),
            models.CheckConstraint(
                name="campaign_item_cancel_says_why",
                condition=~models.Q(verdict="cancel") | ~models.Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.version_id)
