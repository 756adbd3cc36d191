"""The log of changes to the registry: who could do what at which time must stay answerable."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class RegistryChange(models.Model):
    """One change to an organisation, post, holding, grant or matter; append-only by trigger.

    ``actor`` is empty only for changes made by the installation itself (its name is then in ``actor_name``).
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="registry_changes"
    )
    actor_name = models.CharField(max_length=100, blank=True)
    subject = models.CharField(max_length=40)
    subject_key = models.CharField(max_length=120)
    action = models.CharField(max_length=60)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "一库变更记录"
        verbose_name_plural = "一库变更记录"
        ordering = ["id"]
        indexes = [
            models.Index(name="registry_change_subject", fields=["subject", "subject_key", "id"]),
            models.Index(name="registry_change_at", fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}:{self.subject_key}"


class Generation(models.Model):
    """A token per topic that changes whenever its data change (by trigger); what caches compare against.

    Topics: ``tree`` (organisations), ``permissions`` (tree, posts, holdings, grants), ``guides`` (what the public
    sees of matters), ``catalogue`` (what the public sees of published information).
    """

    topic = models.CharField(primary_key=True, max_length=20)
    token = models.UUIDField()

    class Meta:
        verbose_name = "数据代次"
        verbose_name_plural = "数据代次"

    def __str__(self) -> str:
        return f"{self.topic}:{self.token}"
