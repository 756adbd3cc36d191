"""Matters (事项), who offers them (实施清单) and the numbered versions a case keeps (版本).

``OfferingVersion.content`` is the record; the typed children are its projection, so that lists and joins are
fast. Triggers (migration 0002) freeze both once the version has left the draft stage.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now

HOUSE_FLOWS = "house-"
"""Flows of kinds that the house opens for itself (see `engine.house`) begin so; lists of matters leave them out."""


class Unit(models.TextChoices):
    """Unit of a limit (时限单位)."""

    WORKDAY = "workday", "工作日"
    DAY = "day", "日"
    MONTH = "month", "月"
    WORK_HOUR = "work_hour", "工作小时"
    HOUR = "hour", "小时"


class Matter(models.Model):
    """A matter in the catalogue (事项目录); stable for life."""

    class Kind(models.TextChoices):
        """Kind of administrative power or service, GB/T 39046-2020 A.1."""

        LICENCE = "01", "行政许可"
        PENALTY = "02", "行政处罚"
        COERCION = "03", "行政强制"
        LEVY = "04", "行政征收"
        PAYMENT = "05", "行政给付"
        INSPECTION = "06", "行政检查"
        CONFIRMATION = "07", "行政确认"
        REWARD = "08", "行政奖励"
        ADJUDICATION = "09", "行政裁决"
        OTHER = "10", "其他行政权力"
        INTERNAL = "11", "政府内部审批"
        FILING = "12", "行政备案"
        SERVICE = "20", "公共服务事项"

    class Status(models.TextChoices):
        """State of a matter in the catalogue (事项状态)."""

        ACTIVE = "active", "在用"
        SUSPENDED = "suspended", "暂停"
        CANCELLED = "cancelled", "取消"

    code = models.CharField("基本编码", max_length=50, unique=True)
    name = models.CharField("事项名称", max_length=200)
    kind = models.CharField("事项类型", max_length=2, choices=Kind)
    owner = models.ForeignKey("Organisation", on_delete=models.PROTECT, related_name="matters")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    status = models.CharField("事项状态", max_length=9, choices=Status, default=Status.ACTIVE)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "事项"
        verbose_name_plural = "事项"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Offering(models.Model):
    """A matter as one organisation offers it in one region (实施清单)."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="offerings")
    organisation = models.ForeignKey("Organisation", on_delete=models.PROTECT, related_name="offerings")
    region = models.ForeignKey("Region", on_delete=models.PROTECT, related_name="offerings")
    implementation_code = models.CharField("实施编码", max_length=50, unique=True, null=True, blank=True)

    class Meta:
        verbose_name = "实施清单"
        verbose_name_plural = "实施清单"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="offering_once", fields=["matter", "organisation", "region"]),
        ]

    def __str__(self) -> str:
        return self.implementation_code or f"{self.matter_id}@{self.organisation_id}"


class OfferingVersion(models.Model):
    """One numbered version of an offering (事项版本); frozen from review on."""

    class Status(models.TextChoices):
        """Life of a version."""

        DRAFT = "draft", "编制中"
        REVIEW = "review", "审核中"
        PUBLISHED = "published", "已发布"
        RETIRED = "retired", "已停用"

    offering = models.ForeignKey(Offering, on_delete=models.PROTECT, related_name="versions")
    no = models.PositiveIntegerField("版本号")
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    valid = DateRangeField("有效期", null=True, blank=True)
    schema_version = models.PositiveSmallIntegerField(default=1)
    content = models.JSONField()
    content_sha256 = models.BinaryField(max_length=32)
    flow_key = models.CharField(max_length=60, blank=True)
    flow_sha256 = models.BinaryField(max_length=32, null=True, blank=True)
    # projected from content for lists
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=2, choices=Matter.Kind)
    project_type = models.CharField(max_length=8)
    initiated_by = models.CharField(max_length=12)
    online_depth = models.PositiveSmallIntegerField(default=1)
    visits = models.PositiveSmallIntegerField(default=0)
    is_fee = models.BooleanField(default=False)
    # who and when
    change_note = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True)
    review_opinion = models.TextField(blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    published_at = models.DateTimeField(null=True)
    retire_reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "事项版本"
        verbose_name_plural = "事项版本"
        ordering = ["offering_id", "no"]
        constraints = [
            models.UniqueConstraint(name="offering_version_no", fields=["offering", "no"]),
            models.UniqueConstraint(
                name="offering_one_open_draft",
                fields=["offering"],
                condition=models.Q(status__in=["draft", "review"]),
            ),
            ExclusionConstraint(
                name="offering_version_periods_disjoint",
                expressions=[("offering", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                condition=models.Q(status__in=["published", "retired"]),
            ),
            models.CheckConstraint(
                name="offering_version_in_force_has_period",
                condition=(
                    models.Q(status__in=["draft", "review"])
                    | models.Q(valid__isnull=False, published_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="offering_version_status_known",
                condition=models.Q(status__in=["draft", "review", "published", "retired"]),
            ),
        ]
        indexes = [
            models.Index(name="offering_version_status", fields=["status", "offering"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} 第{self.no}版"


class VersionPart(models.Model):
    """What every typed child of a version has: its place and its key."""

    no = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=60)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        abstract = True
        ordering = ["version_id", "no"]

    def __str__(self) -> str:
        return self.key


class Condition(VersionPart):
    """Condition of acceptance (受理条件)."""

    version = models.ForeignKey(OfferingVersion, on_delete=models.CASCADE, related_name="conditions")
    text = models.TextField()
    question = models.TextField(blank=True)

    class Meta(VersionPart.Meta):
        verbose_name = "受理条件"
        verbose_name_plural = "受理条件"
        constraints = [models.UniqueConstraint(name="condition_key", fields=["version", "key"])]


class Material(VersionPart):
    """Material to hand in (申请材料)."""

    class Necessity(models.TextChoices):
        """Whether the material must be there (必要性)."""

        REQUIRED = "required", "必要"
        OPTIONAL = "optional", "非必要"
        CONDITIONAL = "conditional", "符合条件时必要"
        LATER = "later", "容缺后补"

    version = models.ForeignKey(OfferingVersion, on_delete=models.CASCADE, related_name="materials")
    name = models.CharField(max_length=200)
    form = models.CharField(max_length=40, blank=True)
    necessity = models.CharField(max_length=11, choices=Necessity)
    when = models.TextField(blank=True)
    source = models.CharField(max_length=100, blank=True)
    media = models.CharField(max_length=60, blank=True)
    copies = models.PositiveSmallIntegerField(default=1)

    class Meta(VersionPart.Meta):
        verbose_name = "申请材料"
        verbose_name_plural = "申请材料"
        constraints = [models.UniqueConstraint(name="material_key", fields=["version", "key"])]


class Step(VersionPart):
    """Step of handling (办理环节)."""

    version = models.ForeignKey(OfferingVersion, on_delete=models.CASCADE, related_name="steps")
    name = models.CharField(max_length=100)
    post_code = models.CharField(max_length=60, blank=True)
    amount = models.PositiveIntegerField(null=True)
    unit = models.CharField(max_length=9, choices=Unit, blank=True)
    counted = models.BooleanField(default=True)

    class Meta(VersionPart.Meta):
        verbose_name = "办理环节"
        verbose_name_plural = "办理环节"
        constraints = [models.UniqueConstraint(name="step_key", fields=["version", "key"])]


class TimeLimit(VersionPart):
    """Limit (时限); ``key`` is statutory, promised, acceptance, correction or delivery."""

    version = models.ForeignKey(OfferingVersion, on_delete=models.CASCADE, related_name="limits")
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=9, choices=Unit)
    note = models.TextField(blank=True)

    class Meta(VersionPart.Meta):
        verbose_name = "时限"
        verbose_name_plural = "时限"
        constraints = [models.UniqueConstraint(name="time_limit_key", fields=["version", "key"])]


class FeeItem(VersionPart):
    """Fee with its basis (收费项目). ``amount`` in yuan; empty where the standard is a table."""

    version = models.ForeignKey(OfferingVersion, on_delete=models.CASCADE, related_name="fees")
    name = models.CharField(max_length=200)
    standard = models.TextField(blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    basis = models.TextField()

    class Meta(VersionPart.Meta):
        verbose_name = "收费项目"
        verbose_name_plural = "收费项目"
        constraints = [models.UniqueConstraint(name="fee_item_key", fields=["version", "key"])]


class ResultItem(VersionPart):
    """What the applicant receives (办理结果)."""

    version = models.ForeignKey(OfferingVersion, on_delete=models.CASCADE, related_name="results")
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=40)
    validity_months = models.PositiveIntegerField(null=True)

    class Meta(VersionPart.Meta):
        verbose_name = "办理结果"
        verbose_name_plural = "办理结果"
        constraints = [models.UniqueConstraint(name="result_item_key", fields=["version", "key"])]


class LegalBasis(VersionPart):
    """Law and article a matter rests on (设定依据)."""

    version = models.ForeignKey(OfferingVersion, on_delete=models.CASCADE, related_name="legal_bases")
    law = models.CharField(max_length=200)
    document_number = models.CharField(max_length=100, blank=True)
    article = models.CharField(max_length=200)
    text = models.TextField(blank=True)

    class Meta(VersionPart.Meta):
        verbose_name = "设定依据"
        verbose_name_plural = "设定依据"
        constraints = [models.UniqueConstraint(name="legal_basis_key", fields=["version", "key"])]


class RiskPoint(VersionPart):
    """Integrity risk point (廉政风险点)."""

    class Grade(models.TextChoices):
        """Grade of risk (风险等级)."""

        HIGH = "high", "高"
        MIDDLE = "mid", "中"
        LOW = "low", "低"

    version = models.ForeignKey(OfferingVersion, on_delete=models.CASCADE, related_name="risk_points")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=40, blank=True)
    grade = models.CharField(max_length=4, choices=Grade)
    step = models.CharField(max_length=60, blank=True)

    class Meta(VersionPart.Meta):
        verbose_name = "风险点"
        verbose_name_plural = "风险点"
        constraints = [models.UniqueConstraint(name="risk_point_key", fields=["version", "key"])]


class Erratum(models.Model):
    """A correction shown beside a published version, never applied to it silently (勘误)."""

    version = models.ForeignKey(OfferingVersion, on_delete=models.PROTECT, related_name="errata")
    field = models.CharField(max_length=200)
    old = models.TextField()
    new = models.TextField()
    reason = models.TextField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "勘误"
        verbose_name_plural = "勘误"
        ordering = ["version_id", "id"]

    def __str__(self) -> str:
        return self.field


class GuideIndex(models.Model):
    """What a list of guides shows and is narrowed by; derived from the version, rebuilt at will, never the record.

    ``facets`` are "person:topic", "firm:topic", "event:life event", "object:code", "for:person" and "for:firm".
    """

    version = models.OneToOneField(
        OfferingVersion, primary_key=True, on_delete=models.CASCADE, related_name="guide_index"
    )
    sort_key = models.TextField(default="", db_collation="C")  # pinyin of the name
    letter = models.CharField(max_length=1, default="#")  # its first letter, "#" for what has none
    facets = ArrayField(models.CharField(max_length=120), default=list)
    body = models.TextField(default="")  # where snippets are taken from

    class Meta:
        verbose_name = "办事指南目录"
        verbose_name_plural = "办事指南目录"
        indexes = [
            GinIndex(name="guide_index_facets", fields=["facets"]),
            models.Index(name="guide_index_order", fields=["sort_key", "version"]),
        ]

    def __str__(self) -> str:
        return str(self.version_id)


class GuideTerm(models.Model):
    """One word (pair, sound, initials) that a guide is found by, and how much it says; derived like `GuideIndex`."""

    lexeme = models.CharField(max_length=200, db_collation="C")
    version = models.ForeignKey(
        OfferingVersion, on_delete=models.CASCADE, related_name="guide_terms", db_index=False
    )
    weight = models.FloatField()

    class Meta:
        verbose_name = "办事指南检索词"
        verbose_name_plural = "办事指南检索词"
        indexes = [models.Index(name="guide_term_version", fields=["version"])]
        constraints = [
            models.UniqueConstraint(name="guide_term_once", fields=["lexeme", "version"], include=["weight"]),
        ]

    def __str__(self) -> str:
        return self.lexeme
