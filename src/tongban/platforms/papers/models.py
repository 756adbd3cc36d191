"""Tables of documents: forms they are set by, number series, the documents issued, retention rules, archive packages."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class AgencyWord(models.Model):
    """机关代字: what an organisation's document numbers begin with, e.g. 安市监. Nobody else's begin so."""

    organisation = models.OneToOneField(
        "registry.Organisation", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    word = models.CharField("机关代字", max_length=14, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "机关代字"

    def __str__(self) -> str:
        return self.word


class AgencyText(models.Model):
    """机关用语: what an organisation's documents say of it from a day on. Rows are added, never changed."""

    organisation = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    no = models.PositiveIntegerField("版本号")
    title = models.CharField("落款名称", max_length=100, blank=True, help_text="空：用机构名称")
    address = models.CharField("地址", max_length=200, blank=True)
    remedy = models.TextField("救济告知", blank=True, help_text="空：用法律规定的通用告知")
    valid_from = models.DateField("起用日期")
    note = models.CharField("修改说明", max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "机关用语"
        ordering: ClassVar[list[str]] = ["organisation_id", "-no"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="papers_agency_text_no", fields=["organisation", "no"])
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}/{self.no}"


class Series(models.Model):
    """A year's numbers of one kind of document of one organisation; `last` is the last one given, without gaps."""

    organisation = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    key = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField("年份")
    last = models.PositiveIntegerField("已编至")

    class Meta:
        verbose_name = verbose_name_plural = "编号序列"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="papers_series_once", fields=["organisation", "key", "year"])
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.key} {self.year}: {self.last}"


class ResultNumber(models.Model):
    """证照编号 of a result as it is compared (`numbers.plain`): by it a result is found, and no two of a unit's matter share it.

    Results that history or another system tells of (`elsewhere`) are kept as told: theirs may repeat.
    """

    number = models.CharField("编号", max_length=100)
    case = models.ForeignKey("engine.Case", on_delete=models.PROTECT, related_name="+", db_index=False)
    organisation = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    matter = models.ForeignKey("registry.Matter", on_delete=models.PROTECT, related_name="+", db_index=False)
    elsewhere = models.BooleanField("外部登记", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "证照编号"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="papers_result_number_of_case", fields=["number", "case"]),
            models.UniqueConstraint(
                name="papers_result_number_once",
                fields=["number", "organisation", "matter"],
                condition=Q(elsewhere=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PaperForm(models.Model):
    """文书格式: a version of the template of one kind of document, in force during a period. Frozen by the database."""

    key = models.CharField("文书种类", max_length=20)
    no = models.PositiveIntegerField("版本号")
    name = models.CharField("文书名称", max_length=60, help_text="“{权力}”处填行政许可等")
    word = models.CharField(
        "文种代字", max_length=6, blank=True, help_text="接在机关代字后面；空的不另编文号"
    )
    source = models.TextField("模板（Typst）")
    sha256 = models.CharField("模板摘要", max_length=64)
    basis = models.TextField("依据")
    supplied = models.BooleanField("随软件提供", default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    valid = DateRangeField("适用期间", help_text="申请日在此期间的办件使用本版")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "文书格式"
        ordering: ClassVar[list[str]] = ["key", "no"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="papers_form_no", fields=["key", "no"]),
            ExclusionConstraint(
                name="papers_form_periods_disjoint",
                expressions=[("key", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}/{self.no}"


class Paper(models.Model):
    """文书: one document issued in a case, about one of its events. Never changed, never removed."""

    case = models.ForeignKey("engine.Case", on_delete=models.PROTECT, related_name="papers", db_index=False)
    seq = models.IntegerField("所据记录")
    key = models.CharField("文书种类", max_length=20)
    form = models.ForeignKey(PaperForm, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField("名称", max_length=100)
    number = models.CharField("文号", max_length=100)
    organisation = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey("base.StoredFile", on_delete=models.PROTECT, related_name="+")
    token = models.CharField("核验码", max_length=24, unique=True)
    on = models.DateField("落款日期")
    issued_at = models.DateTimeField("出具时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "文书"
        ordering: ClassVar[list[str]] = ["case_id", "seq"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="papers_paper_once", fields=["case", "seq"]),
            models.UniqueConstraint(
                name="papers_paper_number",
                fields=["number", "key"],
                condition=~Q(key="certificate"),  # of these `ResultNumber` says which numbers repeat
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class RetentionRule(models.Model):
    """归档范围和保管期限: how long files of a kind of matter are kept. The most particular rule in force applies."""

    class Period(models.TextChoices):
        """保管期限 (机关文件材料归档范围和文书档案保管期限规定)."""

        TEN = "10", "10 年"
        THIRTY = "30", "30 年"
        PERMANENT = "permanent", "永久"

    matter_kind = models.CharField("事项类型", max_length=2, blank=True, help_text="空：各类")
    result = models.CharField("结果", max_length=10, blank=True, help_text="空：各种结果")
    period = models.CharField("保管期限", max_length=9, choices=Period)
    basis = models.TextField("依据")
    valid = DateRangeField("适用期间", help_text="办结日在此期间")

    class Meta:
        verbose_name = verbose_name_plural = "保管期限规则"
        ordering: ClassVar[list[str]] = ["matter_kind", "result", "valid"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ExclusionConstraint(
                name="papers_retention_periods_disjoint",
                expressions=[
                    ("matter_kind", RangeOperators.EQUAL),
                    ("result", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.matter_kind or '*'}/{self.result or '*'}: {self.get_period_display()}"


class ArchivePackage(models.Model):
    """归档文件: one finished case, filed whole. Never changed; what came later makes another of the same case."""

    case = models.ForeignKey("engine.Case", on_delete=models.PROTECT, related_name="packages", db_index=False)
    no = models.PositiveSmallIntegerField("次")
    archival_number = models.CharField("档号", max_length=60, unique=True)
    year = models.PositiveSmallIntegerField("归档年度")
    organisation = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    period = models.CharField("保管期限", max_length=9, choices=RetentionRule.Period)
    keep_until = models.DateField("保管至", null=True)
    basis = models.TextField("期限依据")
    file = models.ForeignKey("base.StoredFile", on_delete=models.PROTECT, related_name="+")
    documents = models.PositiveIntegerField("件数")
    events = models.PositiveIntegerField("记录数")
    checkpoint = models.PositiveIntegerField("存证点")
    filed_at = models.DateTimeField("归档时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "归档文件"
        ordering: ClassVar[list[str]] = ["-filed_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="papers_package_no", fields=["case", "no"]),
            models.CheckConstraint(
                name="papers_package_period",
                condition=Q(period="permanent", keep_until__isnull=True)
                | Q(period__in=["10", "30"], keep_until__isnull=False),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="papers_package_by_org", fields=["organisation", "year", "-id"])
        ]

    def __str__(self) -> str:
        return self.archival_number


class Disposal(models.Model):
    """鉴定处置: what was decided of a filed case whose period is over: kept longer, or destroyed. Never changed."""

    class Kind(models.TextChoices):
        """What was decided."""

        EXTEND = "extend", "延长保管"
        DESTROY = "destroy", "销毁"

    case = models.ForeignKey("engine.Case", on_delete=models.PROTECT, related_name="+", db_index=False)
    package = models.ForeignKey(ArchivePackage, on_delete=models.PROTECT, related_name="disposals")
    kind = models.CharField("处置", max_length=7, choices=Kind)
    until = models.DateField("延长至", null=True)
    document = models.CharField("鉴定意见文号", max_length=60)
    reason = models.CharField("理由", max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("处置时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "鉴定处置"
        ordering: ClassVar[list[str]] = ["-at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="papers_disposal_until",
                condition=Q(kind="extend", until__isnull=False) | Q(kind="destroy", until__isnull=True),
            ),
            models.UniqueConstraint(
                name="papers_destroyed_once", fields=["case"], condition=Q(kind="destroy")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.package_id} {self.kind}"


class ErasedFile(models.Model):
    """依法清除: a document or package of a case whose bytes are gone, by the event `seq` that erased what they told of.

    The paper's row stays: number, day, digest. `removed_at` is when the bytes went, which follows the commit.
    """

    case = models.ForeignKey("engine.Case", on_delete=models.PROTECT, related_name="+", db_index=False)
    file = models.ForeignKey("base.StoredFile", on_delete=models.PROTECT, related_name="+")
    seq = models.IntegerField("所据记录")
    at = models.DateTimeField("清除时间")
    removed_at = models.DateTimeField("文件删除时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "依法清除的文件"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="papers_erased_once", fields=["case", "file"])
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.file_id[:12]}"
