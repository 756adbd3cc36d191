"""Which public answers belong to which document, and who was reminded: of an annual report, of required columns."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Question(models.Model):
    """A public answer (公开答复) or a digest of an answered request (依申请公开摘要) that is about a document."""

    record = models.ForeignKey("disclosure.Record", on_delete=models.PROTECT, related_name="+")
    answer = models.ForeignKey(
        "consultation.PublicAnswer", null=True, on_delete=models.PROTECT, related_name="+"
    )
    digest = models.ForeignKey("inquiry.Digest", null=True, on_delete=models.PROTECT, related_name="+")
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "文件的问答"
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="question_is_one_of_both",
                condition=Q(answer__isnull=True, digest__isnull=False)
                | Q(answer__isnull=False, digest__isnull=True),
            ),
            models.UniqueConstraint(name="question_answer_once", fields=["record", "answer"]),
            models.UniqueConstraint(name="question_digest_once", fields=["record", "digest"]),
        ]

    def __str__(self) -> str:
        return f"{self.record_id}: {self.answer_id or self.digest_id}"


class Reminder(models.Model):
    """提醒: somebody was reminded, so many days before, that the annual report of their unit is due. Once for each day of theirs."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    org = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField("年度")
    days = models.PositiveSmallIntegerField("提前天数")
    due_on = models.DateField("公布期限")
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "年度报告的提醒"
        ordering: ClassVar[list[str]] = ["due_on", "days"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="reminder_once", fields=["account", "org", "year", "days"]),
        ]

    def __str__(self) -> str:
        return f"{self.org_id} {self.year} -{self.days}"


class Shortfall(models.Model):
    """提醒: what the required columns of a unit lack, as somebody of the unit is told; counted anew every morning."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    org = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    missing = models.PositiveSmallIntegerField("缺少")
    stale = models.PositiveSmallIntegerField("没有按期更新")
    counted_on = models.DateField()

    class Meta:
        verbose_name = verbose_name_plural = "栏目的提醒"
        ordering: ClassVar[list[str]] = ["org"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="shortfall_once", fields=["account", "org"]),
            models.CheckConstraint(
                name="shortfall_of_something", condition=Q(missing__gt=0) | Q(stale__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.org_id}: {self.missing}+{self.stale}"
