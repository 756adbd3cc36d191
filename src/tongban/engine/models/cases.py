"""The tables of cases (办件): the row, where it stands, its form, its files."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Now
from django.utils.functional import cached_property

if TYPE_CHECKING:
    from tongban.registry.models import Account


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases, always seen through somebody's eyes."""

    def visible_to(self, actor: "Account", verb: str = "view") -> "CaseQuerySet":
        """The cases on which `actor` may do `verb`; the same predicate as `queries.can_see`."""
        from tongban.engine.sight import visible

        return self.filter(visible(actor, verb))

    def of_matters(self) -> "CaseQuerySet":
        """Those that are a unit's office work: of its matters, not of the house's own kinds (咨询, 投诉, 督办单 …)."""
        from tongban.engine.kinds import house_kinds

        return self.exclude(kind__in=house_kinds())


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
    flow = models.ForeignKey("engine.FlowVersion", on_delete=models.PROTECT, related_name="+", db_index=False)
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


class CaseData(models.Model):
    """The form of a case (表单数据), one row a revision; personal, and therefore outside the chain, which keeps `sha256`."""

    pk = models.CompositePrimaryKey("case_id", "no")
    case = models.ForeignKey(
        "engine.Case", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
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
    case = models.ForeignKey("engine.Case", on_delete=models.PROTECT, related_name="attachments")
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
