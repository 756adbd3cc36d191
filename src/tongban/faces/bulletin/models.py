"""The table of bulletins: one a month, a draft until it is released, the same for ever after."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Bulletin(models.Model):
    """The bulletin (监察通报) of one month.

    `content` are the computed parts as they are shown (`document`), `typed` the paragraphs of the office by the key of
    their part. `revision` goes up with every change, so that nobody writes over or releases what was not seen.
    Released, the row and both files never change again (trigger).
    """

    class Status(models.TextChoices):
        """Draft or released."""

        DRAFT = "draft", "草稿"
        RELEASED = "released", "已发布"

    month = models.DateField("月份", unique=True)
    status = models.CharField("状态", max_length=8, choices=Status, default=Status.DRAFT)
    content = models.JSONField("数据")
    typed = models.JSONField("文字", default=dict)
    revision = models.PositiveIntegerField(default=1)
    counted_at = models.DateTimeField("数据截至")
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(db_default=Now())
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    released_at = models.DateTimeField("发布时间", null=True)
    number = models.PositiveSmallIntegerField("期号", null=True)
    pdf = models.ForeignKey("base.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    word = models.ForeignKey("base.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "监察通报"
        ordering: ClassVar[list[str]] = ["-month"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="bulletin_month_begins", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="bulletin_released_whole",
                condition=Q(
                    status="draft", released_at=None, released_by=None, number=None, pdf=None, word=None
                )
                | Q(
                    status="released", released_at__isnull=False, released_by__isnull=False,
                    number__isnull=False, pdf__isnull=False, word__isnull=False,
                ),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"

    @property
    def is_draft(self) -> bool:
        """Whether it can still be changed."""
        return self.status == self.Status.DRAFT

    @property
    def title(self) -> str:
        """What it is called."""
        return f"{self.month.year}年{self.month.month}月行政权力运行监察通报"
