"""What the hall keeps of its own: drafts of applications, messages to applicants, numbers of paper results."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Draft(models.Model):
    """An application (or the answer to a correction notice) that is not sent yet (草稿).

    Belongs to an account, or to the browser of somebody who has not signed in (`visitor`, kept in their session).
    `typed` is what was typed, right or wrong; it is emptied when the application has become a case.
    """

    class Purpose(models.TextChoices):
        """What it will become."""

        APPLY = "apply", "申请"
        SUPPLY = "supply", "补正"

    class Who(models.TextChoices):
        """Who applies."""

        SELF = "self", "本人"
        FIRM = "firm", "单位"
        AGENT = "agent", "代他人"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="drafts"
    )
    visitor = models.CharField(max_length=32, blank=True)
    version = models.ForeignKey("registry.OfferingVersion", on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=6, choices=Purpose, default=Purpose.APPLY)
    case = models.ForeignKey("engine.Case", null=True, on_delete=models.PROTECT, related_name="+")
    who = models.CharField(max_length=5, choices=Who, default=Who.SELF)
    typed = models.JSONField(default=dict)
    later = models.JSONField(default=list)  # keys of materials that will come later (容缺后补)
    note = models.TextField(blank=True)
    step = models.PositiveSmallIntegerField(default=1)  # the furthest reached
    command_id = models.UUIDField(default=uuid.uuid4)
    created_at = models.DateTimeField(db_default=Now())
    saved_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "草稿"
        verbose_name_plural = "草稿"
        ordering: ClassVar[list[str]] = ["-saved_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="draft_is_somebodys", condition=models.Q(account__isnull=False) | ~models.Q(visitor="")
            ),
            models.CheckConstraint(
                name="draft_supply_has_case",
                condition=~models.Q(purpose="supply") | models.Q(case__isnull=False),
            ),
            models.CheckConstraint(
                name="draft_sent_has_case",
                condition=models.Q(sent_at__isnull=True) | models.Q(case__isnull=False),
            ),
            models.UniqueConstraint(
                name="draft_one_answer_to_a_notice",
                fields=["account", "case"],
                condition=models.Q(purpose="supply", sent_at__isnull=True, removed_at__isnull=True),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(name="draft_expiry", fields=["expires_at"])]

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"


class DraftFile(models.Model):
    """A file of a draft, for one material."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="files")
    material = models.CharField(max_length=60)
    name = models.CharField(max_length=255)
    file = models.ForeignKey("base.StoredFile", on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(db_default=Now())
    origin = models.CharField(max_length=60, blank=True, default="")  # what of the person's own file it is
    level = models.CharField(max_length=1, blank=True, default="")  # and how far it is trusted, A to D

    class Meta:
        verbose_name = "草稿附件"
        verbose_name_plural = "草稿附件"
        ordering: ClassVar[list[str]] = ["added_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="draft_file_once", fields=["draft", "material", "file"]),
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.material}"


class OwnFile(models.Model):
    """A file that a person keeps on the platform to hand in again (我的材料), not part of any case.

    Taken out it is no longer shown; what cases hold of it stays with them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="own_files")
    title = models.CharField("材料名称", max_length=60)
    name = models.CharField("文件名", max_length=255)
    file = models.ForeignKey("base.StoredFile", on_delete=models.PROTECT, related_name="+")
    self_made = models.BooleanField("本人制作", default=False)
    valid_until = models.DateField("有效期至", null=True)
    added_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "我的材料"
        ordering: ClassVar[list[str]] = ["-added_at", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="own_file_mine", fields=["account"], condition=models.Q(removed_at=None))
        ]

    def __str__(self) -> str:
        return self.title


class Notice(models.Model):
    """A message to a person about something that happened to their case, or (without a case) to their account (消息)."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices", db_index=False
    )
    case = models.ForeignKey(
        "engine.Case", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    seq = models.IntegerField(default=0)  # of the event it tells
    type = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    to_do = models.BooleanField(default=False)  # the applicant is to act
    happened_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "消息"
        verbose_name_plural = "消息"
        ordering: ClassVar[list[str]] = ["-happened_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="notice_once", fields=["case", "seq", "account"]),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="notice_unread", fields=["account"], condition=models.Q(read_at__isnull=True)),
            models.Index(name="notice_mine", fields=["account", "-happened_at"]),
        ]

    def __str__(self) -> str:
        return self.title
