"""Imports of matters in bulk: the file, what was found in it, how far it has gone."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class BulkImport(models.Model):
    """One file of matters on its way in. `verdicts` has one entry a row, in order."""

    class State(models.TextChoices):
        """How far it is."""

        JUDGED = "judged", "已检查，待确认"
        RUNNING = "running", "正在导入"
        DONE = "done", "已完成"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("文件名", max_length=255)
    file = models.ForeignKey("base.StoredFile", on_delete=models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=7, choices=State, default=State.JUDGED)
    total = models.PositiveIntegerField("行数")
    done = models.PositiveIntegerField("已处理", default=0)
    verdicts = models.JSONField("逐行结论")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "事项批量导入"
        ordering: ClassVar[list[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="catalogue_by_account", fields=["account", "-created_at"])
        ]

    def __str__(self) -> str:
        return self.name
