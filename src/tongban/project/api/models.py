"""Credentials of programs (访问令牌). Only a digest is kept; how often each account asks is counted in `api_rate`."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class AccessToken(models.Model):
    """A program's credential: it acts as the account, until it expires or is revoked."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("用途", max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField("有效期至")
    revoked_at = models.DateTimeField("撤销时间", null=True)
    last_used_at = models.DateTimeField("最近使用", null=True)

    class Meta:
        verbose_name = "访问令牌"
        verbose_name_plural = "访问令牌"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.account_id} {self.name}"
