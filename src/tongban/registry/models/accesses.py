"""Who took data out, when: the record behind 谁查阅过."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class AccessRecord(models.Model):
    """One download, print, export or reading by a program; append-only by trigger.

    ``subject`` is the number of a case, or the name of a list. ``account`` is empty for what the public may take without
    signing in (the proof of a result just checked). ``detail`` names what was taken, never what stood in it.
    """

    class Act(models.TextChoices):
        """How it was taken."""

        DOWNLOAD = "download", "下载"
        PRINT = "print", "打印"
        LOOKUP = "lookup", "查询"
        PROOF = "proof", "导出存证证明"
        EXPORT = "export", "导出列表"
        READ = "read", "通过接口读取"
        REUSE = "reuse", "用于新的申请"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now(), editable=False)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    act = models.CharField(max_length=10, choices=Act)
    subject = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name = "查阅记录"
        verbose_name_plural = "查阅记录"
        ordering = ["-id"]
        indexes = [models.Index(name="registry_access_subject", fields=["subject", "id"])]

    def __str__(self) -> str:
        return f"{self.act} {self.subject}"
