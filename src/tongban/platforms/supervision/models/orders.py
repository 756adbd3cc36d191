"""Supervision orders (督办单), and complaints about one's own case: cases of the house's own, and what is asked of them."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, Count, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Now

from tongban.base import present
from tongban.engine import models as engine
from tongban.platforms.supervision.models.cards import Card
from tongban.registry.models import Account


class OrderQuerySet(models.QuerySet["Order"]):
    """Supervision orders, filtered by who may see them, and how far each is."""

    def visible_to(self, account: Account) -> "OrderQuerySet":
        """The orders whose own case the account may see."""
        cases = engine.Case.objects.visible_to(account).filter(kind="order").order_by()
        return self.filter(case_id__in=cases.values("pk"))

    def told(self) -> "OrderQuerySet":
        """With `state` (a key of `STATES`), `step`, `due` and `late` of the open step, and `returned`: how often it was."""
        open_ = engine.TaskRow.objects.filter(
            case_id=OuterRef("case_id"), status="open", kind="human"
        ).order_by("no")
        again = engine.TaskRow.objects.filter(case_id=OuterRef("case_id"), node__in=("answer2", "answer3"))
        count = again.order_by().values("case_id").annotate(n=Count("no")).values("n")
        stages = [When(case__stage=name, then=Value(key)) for key, name in STAGES.items()]
        return self.annotate(  # type: ignore[no-redef]  # declared on the model for those who read it
            state=Case(When(settled_at__isnull=False, then=Value("done")), *stages, default=Value("verify")),
            step=Subquery(open_.values("name")[:1]),
            due=Subquery(open_.values("due_at")[:1]),
            late=Exists(open_.filter(due_at__lte=Now())),
            returned=Coalesce(Subquery(count), 0),
        )


#: Stages of the flow (`data/order.json`) that an open order can be in.
STAGES = {"verify": "核实", "answer": "办理", "review": "复核", "escalate": "升级"}


class Order(models.Model):
    """A supervision order (督办单): what it is about, whom it asks, and the case that carries it.

    Supervision's is about a card, or about a complaint that was found true; the legal office's correction order
    (法制监督整改) about a case whose file it reviewed.
    """

    class Issuer(models.TextChoices):
        """Who watches over it."""

        SUPERVISION = "supervision", "电子监察"
        LEGAL = "legal", "法制监督"

    issuer = models.CharField("下发方", max_length=11, choices=Issuer, default=Issuer.SUPERVISION)
    card = models.ForeignKey(Card, null=True, on_delete=models.PROTECT, related_name="orders")
    complaint = models.ForeignKey(
        "supervision.Complaint", null=True, on_delete=models.PROTECT, related_name="orders"
    )
    about = models.ForeignKey(
        "engine.Case", on_delete=models.PROTECT, related_name="orders_about", db_constraint=False
    )
    about_number = models.CharField("办件编号", max_length=20)
    org = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    org_name = models.CharField("责任单位", max_length=120)
    level = models.PositiveSmallIntegerField("级别", choices=Card.Level)
    problem = models.TextField("问题")
    case = models.OneToOneField(
        "engine.Case", on_delete=models.PROTECT, related_name="order", db_constraint=False
    )
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField("下发时间", db_default=Now())
    settled_at = models.DateTimeField("办结时间", null=True)
    ending = models.CharField("结论", max_length=12, blank=True)
    late_at = models.DateTimeField("责任单位逾期", null=True)  # when the unit first let a limit of it pass
    raised_at = models.DateTimeField(
        "由此升牌", null=True
    )  # when that was answered with a graver card, or needed none

    # `told`: how far it is
    state: str
    step: str | None
    due: datetime | None
    late: bool
    returned: int

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "督办单"
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                name="supervision_order_one_open", fields=["card"], condition=Q(settled_at__isnull=True)
            ),
            models.UniqueConstraint(
                name="supervision_order_one_on_complaint",
                fields=["complaint"],
                condition=Q(settled_at__isnull=True),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                name="order_late_unraised",
                fields=["late_at"],
                condition=Q(late_at__isnull=False, raised_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.ending}"

    def follow(self, card: Card) -> None:
        """The fault has risen to a graver card; the order goes with it."""
        self.card, self.level = card, card.level
        self.save(update_fields=["card", "level"])

    def close(self, ending: str) -> None:
        """The order has ended."""
        self.ending, self.settled_at = ending, present.now()
        self.save(update_fields=["ending", "settled_at"])


class Complaint(models.Model):
    """A complaint about one's own case (投诉): the case that carries it, what it is about, and what was answered."""

    class Topic(models.TextChoices):
        """What is complained of; it decides who takes it (domain: 投诉分流)."""

        MANNER = "manner", "服务态度差、推诿刁难"
        OFFLINE = "offline", "不按规定网上办理，要求重复跑、重复交材料"
        DELAY = "delay", "超过期限没有办结"
        CHARGE = "charge", "乱收费、搭车收费、指定中介"
        BRIBE = "bribe", "吃拿卡要"
        UNLAWFUL = "unlawful", "违法或者不当许可、不予许可"
        OTHER = "other", "其他"

    class Verdict(models.TextChoices):
        """What the look into it found."""

        FOUNDED = "founded", "属实"
        PARTLY = "partly", "部分属实"
        UNFOUNDED = "unfounded", "不属实"
        REFUSED = "refused", "不予受理"

    case = models.OneToOneField(
        "engine.Case",
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="complaint",
        db_constraint=False,
    )
    number = models.CharField("编号", max_length=20, unique=True)
    about = models.ForeignKey(
        "engine.Case", on_delete=models.PROTECT, related_name="complaints", db_constraint=False
    )
    about_number = models.CharField("被投诉办件", max_length=20)
    org = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    org_name = models.CharField("被投诉单位", max_length=120)
    taken_by = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    topic = models.CharField("类别", max_length=8, choices=Topic)
    words = models.TextField("投诉内容")
    filed_at = models.DateTimeField("投诉时间", db_default=Now())
    verdict = models.CharField("结论", max_length=9, blank=True, choices=Verdict)
    answer = models.TextField("答复", blank=True)
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "投诉"
        ordering: ClassVar[list[str]] = ["-filed_at", "-case"]

    def __str__(self) -> str:
        return f"{self.number} {self.get_topic_display()}"
