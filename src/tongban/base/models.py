"""Tables of the base: editions of the working calendar, and uploaded files by their content."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class CalendarVersion(models.Model):
    """One edition of a working calendar 工作日历; frozen by the database once published."""

    code = models.CharField("日历代码", max_length=40)
    no = models.PositiveIntegerField("版本号")
    basis = models.TextField("依据", help_text="国务院办公厅通知的文号")
    content = models.JSONField("内容")
    sha256 = models.CharField("内容摘要", max_length=64)
    published_at = models.DateTimeField("发布时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "工作日历版本"
        ordering: ClassVar[list[str]] = ["code", "no"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["code", "no"], name="base_calendar_code_no"),
            models.CheckConstraint(condition=Q(no__gt=0), name="base_calendar_no_positive"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="base_calendar_sha256"),
        ]

    def __str__(self) -> str:
        return f"{self.code} 第{self.no}版"


class StoredFile(models.Model):
    """A file known by its content: the bytes lie under TONGBAN_FILES at a path made of the digest, once."""

    class Scan(models.TextChoices):
        """What the virus scanner said."""

        UNSCANNED = "unscanned", "未查毒"
        CLEAN = "clean", "已查毒"
        FAILED = "failed", "查毒未完成"

    sha256 = models.CharField("内容摘要", max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField("字节数")
    media_type = models.CharField("类型", max_length=120)
    created_at = models.DateTimeField("存入时间", auto_now_add=True)
    scan_status = models.CharField("查毒", max_length=12, choices=Scan, default=Scan.UNSCANNED)

    class Meta:
        verbose_name = verbose_name_plural = "文件"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="base_file_sha256"),
            models.CheckConstraint(condition=Q(size__gt=0), name="base_file_not_empty"),
            models.CheckConstraint(
                condition=Q(scan_status__in=["unscanned", "clean", "failed"]), name="base_file_scan_status"
            ),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]
