"""The table of flows (流程)."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class FlowVersion(models.Model):
    """One numbered version of a flow (流程版本); frozen by trigger once it is not a draft."""

    class Status(models.TextChoices):
        """Life of a flow version."""

        DRAFT = "draft", "编制中"
        PUBLISHED = "published", "已发布"
        RETIRED = "retired", "已停用"

    key = models.CharField("流程编码", max_length=60)
    no = models.PositiveIntegerField("版本号")
    name = models.CharField("流程名称", max_length=200)
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    published_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "流程版本"
        verbose_name_plural = "流程版本"
        ordering = ["key", "no"]
        constraints = [
            models.UniqueConstraint(name="flow_version_no", fields=["key", "no"]),
            models.UniqueConstraint(
                name="flow_version_sha_once", fields=["sha256"], condition=~models.Q(status="draft")
            ),
            models.UniqueConstraint(
                name="flow_version_one_draft", fields=["key"], condition=models.Q(status="draft")
            ),
            models.CheckConstraint(
                name="flow_version_status_known",
                condition=models.Q(status__in=["draft", "published", "retired"]),
            ),
            models.CheckConstraint(
                name="flow_version_published_when",
                condition=models.Q(status="draft") | models.Q(published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} 第{self.no}版"
