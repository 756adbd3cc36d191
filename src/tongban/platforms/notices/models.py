"""Addresses people gave, what they chose, the words of notices by date, and each message on its way out."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Channel(models.TextChoices):
    """By which a message leaves the house."""

    EMAIL = "email", "电子邮件"
    SMS = "sms", "短信"


class Address(models.Model):
    """Where a person wants to be told; used only once confirmed by a code sent there."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="addresses", db_index=False
    )
    channel = models.CharField(max_length=5, choices=Channel)
    value = models.CharField(max_length=254)
    nonce = models.CharField(max_length=32)
    asked_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "通知地址"
        verbose_name_plural = "通知地址"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="notice_address_one", fields=["account", "channel"]),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.channel}"


class Choice(models.Model):
    """By which channels a person wants a kind of notice."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=20)
    channels = ArrayField(models.CharField(max_length=5), default=list)

    class Meta:
        verbose_name = "通知选择"
        verbose_name_plural = "通知选择"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="notice_choice_one", fields=["account", "kind"]),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.kind}"


class TemplateVersion(models.Model):
    """The words of a notice from a day on. Rows are added, never changed; the database keeps to that."""

    event = models.CharField(max_length=40)
    channel = models.CharField(max_length=5, choices=Channel)
    no = models.PositiveIntegerField()
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    valid_from = models.DateField("起用日期")
    note = models.CharField("修改说明", max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "通知模板"
        verbose_name_plural = "通知模板"
        ordering: ClassVar[list[str]] = ["-no"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="notice_template_no", fields=["event", "channel", "no"]),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.channel} {self.no}"


class Message(models.Model):
    """One message on its way out. Its words are made when it is sent; the address is read then too."""

    class Status(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "待发送"
        SENT = "sent", "已发送"
        FAILED = "failed", "没有送出"
        DROPPED = "dropped", "不再发送"

    key = models.CharField(max_length=120)
    channel = models.CharField(max_length=5, choices=Channel)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    number = models.CharField("办件编号", max_length=24, blank=True)
    event = models.CharField(max_length=40)
    values = models.JSONField(default=dict)
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    created_at = models.DateTimeField()
    available_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=80, blank=True)
    template_no = models.PositiveIntegerField(null=True)
    receipt = models.CharField("网关回执", max_length=100, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "外发通知"
        verbose_name_plural = "外发通知"
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="notice_message_once", fields=["key", "channel"]),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                name="notice_message_waiting",
                fields=["available_at", "id"],
                condition=models.Q(status="waiting"),
            ),
            models.Index(name="notice_message_of_case", fields=["number"]),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.key}"
