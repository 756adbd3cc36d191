"""The tables that every step adds to: events, their personal values, commands, what follows after the commit, and watches."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class EventRow(models.Model):
    """One event of a case's chain. Append-only by trigger; order is always `seq`, never a time."""

    pk = models.CompositePrimaryKey("case_id", "seq")
    id = models.BigIntegerField(unique=True, editable=False)
    case = models.ForeignKey(
        "engine.Case", on_delete=models.DO_NOTHING, related_name="events", db_constraint=False, db_index=False
    )
    seq = models.IntegerField()
    type = models.TextField()
    v = models.SmallIntegerField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor_kind = models.TextField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    actor_org = models.ForeignKey(
        "registry.Organisation",
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    on_behalf_of = models.BigIntegerField(null=True)
    channel = models.TextField()
    command_id = models.UUIDField()
    payload = models.JSONField()
    prev_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "engine_event"
        verbose_name = "办件事件"
        verbose_name_plural = "办件事件"

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.type}"


class EventPersonal(models.Model):
    """A personal value of an event, beside the chain: the event carries its salted digest, this row may be erased."""

    pk = models.CompositePrimaryKey("case_id", "seq", "path")
    case = models.ForeignKey(
        "engine.Case", on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    seq = models.IntegerField()
    path = models.TextField()
    salt = models.BinaryField()
    value = models.JSONField(null=True)
    erased_at = models.DateTimeField(null=True)
    erased_reason = models.TextField(null=True)

    class Meta:
        managed = False
        db_table = "engine_event_personal"
        verbose_name = "事件个人信息"
        verbose_name_plural = "事件个人信息"

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.path}"


class CommandRow(models.Model):
    """A command that was carried out, and its answer: the same id again gets the same answer and has no effect."""

    id = models.UUIDField(primary_key=True)
    case = models.ForeignKey(
        "engine.Case", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    type = models.CharField(max_length=30)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    request_sha = models.BinaryField(max_length=32)
    outcome = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "engine_command"
        verbose_name = "指令"
        verbose_name_plural = "指令"

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class OutboxRow(models.Model):
    """Something to be done after the commit by a worker: at least once, so the handler is idempotent by `key`."""

    id = models.BigAutoField(primary_key=True)
    topic = models.CharField(max_length=60)
    handler = models.CharField(max_length=120)
    key = models.CharField(max_length=120)
    case = models.ForeignKey(
        "engine.Case", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    payload = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())
    available_at = models.DateTimeField(db_default=Now())
    attempts = models.SmallIntegerField(default=0)
    error = models.TextField(blank=True, default="", db_default="")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "engine_outbox"
        verbose_name = "待发送"
        verbose_name_plural = "待发送"
        constraints = [models.UniqueConstraint(name="outbox_once", fields=["topic", "key", "handler"])]
        indexes = [
            models.Index(
                name="outbox_waiting", fields=["available_at", "id"], condition=models.Q(sent_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"


class Watch(models.Model):
    """The next moment at which a case needs a look, and by whom: the machine itself (`tick`) or named rules."""

    case = models.OneToOneField(
        "engine.Case", primary_key=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    fire_at = models.DateTimeField(db_index=True)
    rules = ArrayField(models.TextField())

    class Meta:
        verbose_name = "定时观察"
        verbose_name_plural = "定时观察"

    def __str__(self) -> str:
        return f"{self.case_id} {self.fire_at:%Y-%m-%d %H:%M}"
