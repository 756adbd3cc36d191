"""Tables of the engine: cases, their tasks, their events, and what follows from them.

No behaviour that writes: a row here is written by `store.py` (one case, one command) or `bulk.py` (history), never by
`save()`. Triggers and the event tables themselves are in `sql/`, run by migration 0002.
"""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Now
from django.utils.functional import cached_property

from tongban.engine.ledger.models import Checkpoint, LedgerKey, LedgerLeaf, LedgerNode, LedgerOrigin

if TYPE_CHECKING:
    from tongban.registry.models import Account

__all__ = [
    "Attachment", "Case", "CaseData", "CaseParty", "CaseQuerySet", "CaseState",
    "Checkpoint", "CommandRow", "EventPersonal",
    "EventRow", "FlowVersion", "LedgerKey", "LedgerLeaf", "LedgerNode", "LedgerOrigin", "OutboxRow",
    "PartyInvitation", "TaskRow", "Watch",
]  # fmt: skip


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


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases, always seen through somebody's eyes."""

    def visible_to(self, actor: "Account", verb: str = "view") -> "CaseQuerySet":
        """The cases on which `actor` may do `verb`; the same predicate as `queries.can_see`."""
        from tongban.engine.queries import visible

        return self.filter(visible(actor, verb))


class TextualJSON(models.JSONField):
    """JSON kept as it was written (type json): rewritten whole at every step, read whole, never searched by index."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """As Field.db_type."""
        return "json"

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        """As JSONField.from_db_value; the driver has parsed it already."""
        return super().from_db_value(value, expression, connection) if isinstance(value, str) else value


class CaseState(models.Model):
    """Where a case stands: the fold of its events. Beside the case row, because it is rewritten whole at every step."""

    case = models.OneToOneField(
        "engine.Case", on_delete=models.PROTECT, primary_key=True, related_name="+", db_constraint=False
    )
    state = TextualJSON()

    class Meta:
        db_table = "engine_case_state"
        verbose_name = "办件状态"
        verbose_name_plural = "办件状态"

    def __str__(self) -> str:
        return str(self.case_id)


class Case(models.Model):
    """One case (办件). Every column that moves is a projection of its state, which equals the fold of its events."""

    class Phase(models.TextChoices):
        """Where a case is."""

        PRECHECK = "precheck", "预受理"
        APPLIED = "applied", "待受理"
        CORRECTING = "correcting", "补正中"
        ACCEPTED = "accepted", "办理中"
        SUSPENDED = "suspended", "已挂起"
        DECIDED = "decided", "待送达"
        CLOSED = "closed", "已办结"

    class Result(models.TextChoices):
        """How it ended, or what was decided."""

        NONE = "", "—"
        GRANTED = "granted", "准予"
        DENIED = "denied", "不予"
        PARTIAL = "partial", "部分准予"
        DONE = "done", "办结"
        REFUSED = "refused", "不予受理"
        LAPSED = "lapsed", "逾期未补正，视为撤回"
        WITHDRAWN = "withdrawn", "已撤回"
        TERMINATED = "terminated", "已终止"

    id = models.BigIntegerField(primary_key=True)
    uid = models.UUIDField(editable=False)
    number = models.CharField("办件编号", max_length=20)
    kind = models.CharField("类型", max_length=30)
    title = models.CharField("标题", max_length=200)
    # matter and offering follow from the version, whose foreign key the database checks
    matter = models.ForeignKey(
        "registry.Matter", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    offering = models.ForeignKey(
        "registry.Offering", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    offering_version = models.ForeignKey(
        "registry.OfferingVersion", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    flow = models.ForeignKey(FlowVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    org = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    applicant_name = models.CharField("申请人", max_length=200)
    applicant_kind = models.CharField(
        "申请人类型", max_length=12, default="person"
    )  # person 自然人, organisation 法人
    applicant_digest = models.CharField(max_length=64, blank=True)
    secret_hash = models.CharField(max_length=64)
    parent = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="children", db_index=False
    )
    phase = models.CharField("阶段", max_length=10, choices=Phase)
    stage = models.CharField("环节", max_length=100, blank=True)
    result = models.CharField("结果", max_length=10, choices=Result, blank=True)
    secrecy = models.SmallIntegerField("密级", default=0)
    channel = models.CharField("渠道", max_length=20)
    opened_at = models.DateTimeField("申请时间")
    accepted_at = models.DateTimeField("受理时间", null=True)
    decided_at = models.DateTimeField("决定时间", null=True)
    concluded_at = models.DateTimeField("办结时间", null=True)
    due_at = models.DateTimeField("承诺期限", null=True)
    statutory_due_at = models.DateTimeField("法定期限", null=True)
    paused = models.BooleanField("时钟停止", default=False)
    level = models.SmallIntegerField("最高牌级", default=0)
    seq = models.IntegerField()
    last_hash = models.BinaryField(max_length=32)
    wake_at = models.DateTimeField(
        null=True
    )  # as the watch row says; read with the case, not to be asked for
    wake_rules = models.TextField(blank=True, default="", db_default="")
    asks_form = models.BooleanField(
        default=False
    )  # conditions of its versions ask about the form: read it each time

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = "办件"
        verbose_name_plural = "办件"
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(name="case_number_once", fields=["number"]),
            models.UniqueConstraint(name="case_uid_once", fields=["uid"]),
        ]
        # Few, and on columns that seldom move: a step should rewrite the row, not its indexes. What the row may hold is
        # checked by triggers on the columns concerned: PostgreSQL reads every CHECK of a table anew at every statement.
        indexes = [
            models.Index(name="case_by_org", fields=["org", "-opened_at", "-id"]),
            models.Index(
                name="case_by_applicant",
                fields=["applicant", "-opened_at"],
                condition=models.Q(applicant__isnull=False),
            ),
            models.Index(name="case_open", fields=["org"], condition=models.Q(concluded_at__isnull=True)),
            models.Index(name="case_children", fields=["parent"], condition=models.Q(parent__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number

    @cached_property
    def state(self) -> dict[str, Any]:
        """Where the case stands, as JSON values (`engine.codec`); read when it is first asked for."""
        kept: dict[str, Any] = CaseState.objects.get(pk=self.pk).state
        return kept

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """As Model.refresh_from_db, the state included."""
        self.__dict__.pop("state", None)
        super().refresh_from_db(*args, **kwargs)


class CaseParty(models.Model):
    """Somebody besides the applicant who takes part in a case: agent (代理人), co-applicant (共同申请人), third party (第三人).

    A helper (帮办代办) is the clerk of a town or village who took the case in for another unit. See `engine.parties`.
    """

    class Role(models.TextChoices):
        """In which role."""

        AGENT = "agent", "代理人"
        CO_APPLICANT = "co", "共同申请人"
        THIRD = "third", "第三人"
        HELPER = "helper", "帮办代办"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="parties", db_index=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=6, choices=Role)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "参与人"
        verbose_name_plural = "参与人"
        constraints = [
            models.UniqueConstraint(name="case_party_once", fields=["case", "account", "role"]),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}:{self.role}"


class PartyInvitation(models.Model):
    """Somebody asked to take part in a case, known by the digest of their identity number; the name stands beside the event.

    Whether there is an account of that person is found out by that person only. See `engine.parties`.
    """

    class Status(models.TextChoices):
        """What became of it."""

        ASKED = "asked", "等本人答复"
        ACCEPTED = "accepted", "已同意"
        DECLINED = "declined", "已谢绝"
        ENDED = "ended", "已撤回或者解除"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="invitations", db_index=False)
    seq = models.IntegerField()  # of the event that asks
    role = models.CharField(max_length=6, choices=CaseParty.Role)
    id_digest = models.CharField(max_length=64)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField(db_default=Now())
    status = models.CharField(max_length=8, choices=Status, default=Status.ASKED)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "参与邀请"
        verbose_name_plural = "参与邀请"
        constraints = [
            models.UniqueConstraint(name="party_invitation_once", fields=["case", "seq"]),
        ]
        indexes = [
            models.Index(
                name="party_invitation_open", fields=["id_digest"], condition=models.Q(status="asked")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}:{self.role}:{self.status}"


class TaskRow(models.Model):
    """One task (待办) as lists need it: the projection of `state.Task`. Done tasks stay, for the case page and statistics.

    No foreign key is checked by the database: each check would lock the row of the same few posts at every step of
    every case. Nothing that is named here is ever deleted, and a trigger looks for the case.
    """

    pk = models.CompositePrimaryKey("case_id", "no")
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="tasks", db_constraint=False, db_index=False
    )
    no = models.IntegerField()
    node = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=30)
    post = models.ForeignKey(
        "registry.Post",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    org = models.ForeignKey(
        "registry.Organisation",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    status = models.CharField(max_length=9)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    outcome = models.CharField(max_length=60, blank=True)
    urged = models.SmallIntegerField(default=0)

    class Meta:
        db_table = "engine_task"
        verbose_name = "待办"
        verbose_name_plural = "待办"

    def __str__(self) -> str:
        return f"{self.case_id}/{self.no} {self.name}"


class EventRow(models.Model):
    """One event of a case's chain. Append-only by trigger; order is always `seq`, never a time."""

    pk = models.CompositePrimaryKey("case_id", "seq")
    id = models.BigIntegerField(unique=True, editable=False)
    case = models.ForeignKey(
        Case, on_delete=models.DO_NOTHING, related_name="events", db_constraint=False, db_index=False
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
        Case, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
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
        Case, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
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
        Case, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
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
        Case, primary_key=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    fire_at = models.DateTimeField(db_index=True)
    rules = ArrayField(models.TextField())

    class Meta:
        verbose_name = "定时观察"
        verbose_name_plural = "定时观察"

    def __str__(self) -> str:
        return f"{self.case_id} {self.fire_at:%Y-%m-%d %H:%M}"


class CaseData(models.Model):
    """The form of a case (表单数据), one row a revision; personal, and therefore outside the chain, which keeps `sha256`."""

    pk = models.CompositePrimaryKey("case_id", "no")
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    no = models.SmallIntegerField()
    data = models.JSONField()
    sha256 = models.BinaryField(max_length=32)
    command_id = models.UUIDField()

    class Meta:
        db_table = "engine_case_data"
        verbose_name = "表单数据"
        verbose_name_plural = "表单数据"

    def __str__(self) -> str:
        return f"{self.case_id}/{self.no}"


class Attachment(models.Model):
    """A stored file as a material of a case (附件). Replaced ones stay: what was decided upon must remain readable."""

    id = models.UUIDField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attachments")
    material = models.CharField("材料", max_length=60)
    name = models.CharField("文件名", max_length=255)
    file = models.ForeignKey("base.StoredFile", on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    added_at = models.DateTimeField(db_default=Now())
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "附件"
        verbose_name_plural = "附件"
        ordering = ["case_id", "material", "added_at"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.material}"
