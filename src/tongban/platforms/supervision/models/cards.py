"""Tables of supervision: how its rules stand and stood, the cards it gave, and what became of each."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Now

from tongban.registry.grants import scopes_for
from tongban.registry.models import Account


class RuleVersion(models.Model):
    """How one rule (监察规则) stands during a period: thresholds and whether it is asked.

    For everybody, or for one unit, one matter or one matter at a unit: the narrowest holds. Periods of one scope never
    overlap. Where there is none, the rule stands as declared in `rules/`.
    """

    rule = models.CharField("规则", max_length=4)
    thresholds = models.JSONField("参数")
    enabled = models.BooleanField("启用", default=True)
    basis = models.TextField("依据")
    org = models.ForeignKey(
        "registry.Organisation", null=True, on_delete=models.PROTECT, related_name="+", verbose_name="单位"
    )
    matter = models.ForeignKey(
        "registry.Matter", null=True, on_delete=models.PROTECT, related_name="+", verbose_name="事项"
    )
    valid = DateRangeField("有效期")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "规则版本"
        ordering: ClassVar[list[str]] = ["rule", "valid"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ExclusionConstraint(
                name="supervision_rule_periods_disjoint",
                expressions=[
                    ("rule", RangeOperators.EQUAL),
                    (Coalesce("org", 0), RangeOperators.EQUAL),
                    (Coalesce("matter", 0), RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="supervision_rule_period_real",
                condition=Q(valid__isempty=False) & Q(valid__startswith__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.valid.lower}"


#: Of a card that still asks for something.
IN_FORCE = ("valid", "explained", "confirmed", "appealed")
#: Of a card that no figure counts: taken back, or replaced by a graver one for the same fault.
NOT_COUNTED = ("revoked", "risen")


class CardQuerySet(models.QuerySet["Card"]):
    """Cards, filtered by who may see them."""

    def visible_to(self, account: Account) -> "CardQuerySet":
        """The cards an account may see: of units where it may view or supervise, and those given to the person."""
        reach = scopes_for(account).of_any("view", "supervise").q()
        return self.filter(reach | Q(person_id=account.pk))


class Card(models.Model):
    """A card (牌): one finding, given to a unit and a person as they were. Only its status moves, never its content.

    One fault, one card: where it grows worse (the same rule and episode, a higher level), the new row takes its place
    and the lower one is marked as risen.
    """

    class Level(models.IntegerChoices):
        """How grave."""

        WARNING = 1, "预警"
        YELLOW = 2, "黄牌"
        RED = 3, "红牌"

    class Status(models.TextChoices):
        """What became of it."""

        VALID = "valid", "有效"
        EXPLAINED = "explained", "已说明"
        CONFIRMED = "confirmed", "已认定"
        APPEALED = "appealed", "申诉中"
        REVOKED = "revoked", "已撤销"
        CORRECTED = "corrected", "已整改"
        RISEN = "risen", "已升级"

    case = models.ForeignKey("engine.Case", on_delete=models.PROTECT, related_name="cards", db_index=False)
    seq = models.PositiveIntegerField("事件序号")
    case_number = models.CharField("办件编号", max_length=20)
    case_title = models.CharField("办件标题", max_length=200)
    title: str  # `queries.with_titles`: the case's, without the applicant's name
    matter = models.ForeignKey("registry.Matter", on_delete=models.PROTECT, related_name="+", db_index=False)
    secrecy = models.PositiveSmallIntegerField("密级", default=0)
    rule = models.CharField("规则", max_length=4)
    rule_name = models.CharField("规则名称", max_length=60)
    rule_version = models.ForeignKey(
        RuleVersion, null=True, on_delete=models.PROTECT, related_name="cards", db_index=False
    )
    episode = models.CharField(max_length=80)
    level = models.PositiveSmallIntegerField("级别", choices=Level)
    words = models.TextField("说明")
    snapshot = models.JSONField("取证")
    org = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    org_name = models.CharField("单位", max_length=120)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    person_name = models.CharField("责任人", max_length=100, blank=True)
    task = models.PositiveIntegerField("环节号", default=0)
    step = models.CharField("环节", max_length=100, blank=True)
    issued_at = models.DateTimeField("发牌时间")
    status = models.CharField("状态", max_length=9, choices=Status, default=Status.VALID)

    objects = CardQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "监察牌"
        ordering: ClassVar[list[str]] = ["-issued_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                name="supervision_card_once", fields=["case", "rule", "episode", "level"]
            ),
            models.CheckConstraint(name="supervision_card_level_known", condition=Q(level__in=[1, 2, 3])),
            models.CheckConstraint(
                name="supervision_card_status_known",
                condition=Q(
                    status__in=[
                        "valid",
                        "explained",
                        "confirmed",
                        "appealed",
                        "revoked",
                        "corrected",
                        "risen",
                    ]
                ),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="card_by_org", fields=["org", "-issued_at"]),
            models.Index(
                name="card_by_person", fields=["person", "-issued_at"], condition=Q(person__isnull=False)
            ),
            models.Index(name="card_by_rule", fields=["rule", "-issued_at"]),
            models.Index(name="card_appealed", fields=["org"], condition=Q(status="appealed")),
        ]

    def __str__(self) -> str:
        return f"{self.case_number} {self.rule} {self.get_level_display()}"


class CardStep(models.Model):
    """What was done about a card: explained, confirmed, appealed, revoked … Append-only; the last one is its status."""

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="steps", db_index=False)
    no = models.PositiveSmallIntegerField()
    at = models.DateTimeField("时间", db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    seq = models.PositiveIntegerField(
        "事件序号", null=True
    )  # of the event in the case's chain; null: it rose by itself
    before = models.CharField("原状态", max_length=9, choices=Card.Status)
    after = models.CharField("新状态", max_length=9, choices=Card.Status)
    reason = models.TextField("理由")

    class Meta:
        verbose_name = verbose_name_plural = "牌的处理"
        ordering: ClassVar[list[str]] = ["card", "no"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="supervision_card_step_once", fields=["card", "no"]),
            models.CheckConstraint(name="supervision_card_step_reasoned", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.card_id}/{self.no} {self.after}"


class Trial(models.Model):
    """A change tried on cases of the past before it is decided (试算, 假设推演), and what came of it.

    Of a rule's thresholds, of a limit, or of the calendar; `change` says the latter two (`whatif.told`).
    """

    class What(models.TextChoices):
        """What is changed."""

        RULE = "rule", "规则参数"
        LIMIT = "limit", "办理期限"
        CALENDAR = "calendar", "工作日历"

    class Status(models.TextChoices):
        """How far it is."""

        QUEUED = "queued", "等待"
        RUNNING = "running", "正在算"
        DONE = "done", "算完"
        FAILED = "failed", "没有算完"

    what = models.CharField("改什么", max_length=8, choices=What, default=What.RULE)
    rule = models.CharField("规则", max_length=4, blank=True)
    thresholds = models.JSONField("参数")
    enabled = models.BooleanField("启用", default=True)
    change = models.JSONField("改动", default=dict)
    note = models.CharField("说明", max_length=200, blank=True)
    org = models.ForeignKey("registry.Organisation", null=True, on_delete=models.PROTECT, related_name="+")
    matter = models.ForeignKey("registry.Matter", null=True, on_delete=models.PROTECT, related_name="+")
    first = models.DateField("从")
    last = models.DateField("至")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    status = models.CharField("状态", max_length=7, choices=Status, default=Status.QUEUED)
    cases = models.PositiveIntegerField("办件数", default=0)
    looked = models.PositiveIntegerField("已看", default=0)
    outcome = models.JSONField("结果", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "规则试算"
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.rule or self.get_what_display()} {self.first}–{self.last}"
