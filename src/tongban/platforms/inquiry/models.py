"""Requests for information beside the cases that carry them, whose opinion was asked, what became of disputes, reports."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from tongban.platforms.inquiry.rules import APPLICANTS, CHANNELS, OUTCOMES


class Inquiry(models.Model):
    """政府信息公开申请. The case has the flow, the clock and the trail; here stands what the register and the tables ask."""

    class Charge(models.TextChoices):
        """按件 or 按量: an agency takes one for a request, never both."""

        NONE = "", "不收费"
        ITEMS = "items", "按件"
        PAGES = "pages", "按量"

    case = models.OneToOneField(
        "engine.Case", primary_key=True, on_delete=models.PROTECT, related_name="inquiry", db_constraint=False
    )
    number = models.CharField("申请编号", max_length=24, unique=True)
    org = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    regime = models.CharField("适用条例", max_length=8)
    applicant_type = models.CharField("申请人类型", max_length=10, choices=tuple(APPLICANTS.items()))
    applicant_key = models.CharField("同一申请人", max_length=64, db_index=True)
    subject = models.CharField("所需信息的名称", max_length=200)
    document = models.CharField("文号", max_length=100, blank=True)
    way = models.CharField("获取方式", max_length=10)
    medium = models.CharField("载体", max_length=10)
    channel = models.CharField(
        "提交渠道", max_length=10, choices=tuple((c.key, c.name) for c in CHANNELS.values())
    )
    submitted_on = models.DateField("提交日期")
    confirmed_at = models.DateTimeField("确认时间", null=True)
    received_on = models.DateField("收到日期", null=True)
    items = models.PositiveSmallIntegerField("件数", default=1)
    pages = models.PositiveIntegerField("页数", default=0)
    charged_by = models.CharField("收费方式", max_length=5, choices=Charge, blank=True)
    answer = models.TextField("答复内容", blank=True)
    grounds = models.TextField("理由", blank=True)
    article = models.CharField("依据条款", max_length=200, blank=True)
    reasons_asked_at = models.DateTimeField("要求说明理由", null=True)
    reasons = models.TextField("申请人说明的理由", blank=True)
    outcome = models.CharField("办理结果", max_length=14, blank=True)
    concluded_on = models.DateField("办结日期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "政府信息公开申请"
        ordering: ClassVar[list[str]] = ["-case_id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="inquiry_outcome_known", condition=Q(outcome="") | Q(outcome__in=tuple(OUTCOMES))
            ),
            models.CheckConstraint(
                name="inquiry_concluded_with_outcome",
                condition=Q(outcome="", concluded_on__isnull=True)
                | (~Q(outcome="") & Q(concluded_on__isnull=False)),
            ),
            models.CheckConstraint(name="inquiry_some_items", condition=Q(items__gt=0)),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="inquiry_received", fields=["org", "received_on"]),
            models.Index(name="inquiry_concluded", fields=["org", "concluded_on"]),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def outcome_name(self) -> str:
        """How it ended, in the words of the annual table; "" while it runs."""
        return OUTCOMES[self.outcome].name if self.outcome else ""


class Opinion(models.Model):
    """征求意见: a third party or a co-author asked in writing, and what it said or did not."""

    class Party(models.TextChoices):
        """Who is asked; silence means another thing of each."""

        THIRD = "third_party", "第三方"
        COAUTHOR = "coauthor", "共同制作机关"

    class Answer(models.TextChoices):
        """What came of it. `silent` third parties leave it to the agency; `deemed` co-authors agree by law."""

        OPEN = "", "等待答复"
        AGREE = "agree", "同意公开"
        DISAGREE = "disagree", "不同意公开"
        SILENT = "silent", "逾期未答复，由本机关决定"
        DEEMED = "deemed", "逾期未答复，视为同意公开"

    inquiry = models.ForeignKey(Inquiry, on_delete=models.PROTECT, related_name="opinions")
    party = models.CharField("征求对象", max_length=11, choices=Party)
    name = models.CharField("名称", max_length=100)
    sent_at = models.DateTimeField("发函时间")
    document = models.CharField("函号", max_length=60)
    received_on = models.DateField("收到征求意见书", null=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    answer = models.CharField("答复", max_length=8, choices=Answer, blank=True)
    words = models.TextField("意见内容", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "征求意见"
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="inquiry_silence_by_party",
                condition=~Q(answer="silent", party="coauthor") & ~Q(answer="deemed", party="third_party"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_party_display()} {self.name}"


class Digest(models.Model):
    """公开摘要: what the public reads of an answered request, without the person: proposed by one, released by another."""

    inquiry = models.OneToOneField(Inquiry, primary_key=True, on_delete=models.PROTECT, related_name="digest")
    subject = models.CharField("申请内容", max_length=200)
    answer = models.TextField("答复摘要")
    words = ArrayField(models.CharField(max_length=200), default=list)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    released_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "依申请公开摘要"
        ordering: ClassVar[list[str]] = ["-released_at", "-proposed_at"]
        indexes: ClassVar[list[models.Index]] = [GinIndex(name="inquiry_digest_words", fields=["words"])]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="inquiry_digest_two_people",
                condition=Q(released_by__isnull=True) | ~Q(released_by=models.F("proposed_by")),
            ),
            models.CheckConstraint(
                name="inquiry_digest_released_by_somebody",
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | Q(released_at__isnull=False, released_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def edition(self) -> str:
        """Which wording this is: proposing again makes another."""
        return self.proposed_at.isoformat()


class Dispute(models.Model):
    """行政复议、行政诉讼 about disclosure: the rows of table 4."""

    class Way(models.TextChoices):
        """By which way."""

        REVIEW = "review", "行政复议"
        DIRECT = "direct", "未经复议直接起诉"
        AFTER = "after", "复议后起诉"

    class Result(models.TextChoices):
        """What came of it."""

        UPHELD = "upheld", "结果维持"
        CORRECTED = "corrected", "结果纠正"
        OTHER = "other", "其他结果"
        PENDING = "pending", "尚未审结"

    org = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    inquiry = models.ForeignKey(Inquiry, null=True, on_delete=models.PROTECT, related_name="disputes")
    way = models.CharField("途径", max_length=6, choices=Way)
    authority = models.CharField("复议机关或者法院", max_length=100)
    number = models.CharField("案号", max_length=80)
    filed_on = models.DateField("收到日期")
    result = models.CharField("结果", max_length=9, choices=Result, default=Result.PENDING)
    ended_on = models.DateField("审结日期", null=True)
    note = models.CharField("说明", max_length=300, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "复议诉讼"
        ordering: ClassVar[list[str]] = ["-filed_on", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="inquiry_dispute_number", fields=["org", "way", "number"]),
            models.CheckConstraint(
                name="inquiry_dispute_ended",
                condition=Q(result="pending", ended_on__isnull=True)
                | (~Q(result="pending") & Q(ended_on__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()} {self.number}"


class Report(models.Model):
    """政府信息公开工作年度报告 of one organisation and year. Published, its tables are frozen; a correction is a new edition."""

    class Status(models.TextChoices):
        """Where it is."""

        DRAFT = "draft", "起草中"
        PUBLISHED = "published", "已公布"
        REPLACED = "replaced", "已更正"

    org = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField("年度")
    no = models.PositiveSmallIntegerField("版次", default=1)
    form = models.CharField("格式", max_length=4)
    whole = models.BooleanField("汇总下级", default=False)
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    sections = models.JSONField("各部分文字", default=dict)
    stated = models.JSONField("填报的数字", default=dict)
    tables = models.JSONField("公布的表", default=dict)
    sha256 = models.CharField("表的摘要", max_length=64, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    published_at = models.DateTimeField("公布时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "年度报告"
        ordering: ClassVar[list[str]] = ["-year", "org_id", "-no"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="inquiry_report_no", fields=["org", "year", "whole", "no"]),
            models.UniqueConstraint(
                name="inquiry_report_one_published", fields=["org", "year", "whole"],
                condition=Q(status="published"),
            ),
            models.CheckConstraint(
                name="inquiry_report_published_by",
                condition=Q(status="draft", published_at__isnull=True)
                | Q(status__in=["published", "replaced"], published_at__isnull=False, published_by__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.year} {self.org_id}"
