"""The catalogue of published information 政府信息公开目录: records, how they hang together, and batches on their way in."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from tongban.platforms.disclosure.public import public_as, public_q
from tongban.platforms.disclosure.reader.theme import theme_names
from tongban.platforms.disclosure.reader.titles import GENRES

if TYPE_CHECKING:
    from tongban.registry.models import Account

THEMES: dict[str, str] = theme_names()
GENRE_CODES: dict[str, str] = {
    "01": "政府令", "02": "决定", "03": "公告", "04": "通告", "05": "通知", "06": "通报", "07": "议案", "08": "报告",
    "09": "请示", "10": "批复", "11": "意见", "12": "函", "13": "纪要", "99": "其他",
}  # fmt: skip
"""体裁分类; the order after 04 is the house's own."""
_OF_GENRE = {"令": "01", "命令": "01", **{name: code for code, name in GENRE_CODES.items() if name in GENRES}}


def genre_code(genre: str) -> str:
    """The code of a 文种 as a title ends with it; 99 for the rest."""
    return _OF_GENRE.get(genre, "99")


class RecordQuerySet(models.QuerySet["Record"]):
    """The predicates of the room: who of the staff sees a record, who may read it, and what the public sees."""

    def visible_to(self, account: Account, verb: str = "view") -> RecordQuerySet:
        """Records of publishers that this verb of the account reaches."""
        from tongban.engine.people import scopes

        return self.filter(scopes(account).of(verb).q(org="publisher_id", matter=None, secrecy=None))

    def readable_by(self, account: Account) -> RecordQuerySet:
        """Records whose text and files an account may read: those it sees, and those of cases it sees.

        A reviewer of the unit above sees the case by its task only; what is to be reviewed is read in full.
        """
        from tongban.engine.models import Case

        seen = Case.objects.visible_to(account, "view").filter(pk=models.OuterRef("case_id"))
        carried = RecordCase.objects.filter(models.Exists(seen), record=models.OuterRef("pk"))
        return self.filter(
            models.Q(pk__in=self.model._default_manager.visible_to(account).values("pk"))  # noqa: SLF001 -- documented as public
            | models.Exists(carried)
        )

    def public(self) -> RecordQuerySet:
        """What anybody finds and reads now. Withdrawn records have an address still, but are not found."""
        return self.filter(public_q())


class Record(models.Model):
    """One piece of information (政府信息) with its metadata 核心元数据. Once released its index number never changes."""

    class State(models.TextChoices):
        """How far it is."""

        DRAFT = "draft", "草稿"
        REVIEW = "review", "审查中"
        READY = "ready", "待发布"
        RELEASED = "released", "已公开"
        CLOSED = "closed", "不公开"
        WITHDRAWN = "withdrawn", "已撤下"

    class Attribute(models.TextChoices):
        """公开属性, decided when it is signed (条例第十三条至第十八条)."""

        PROACTIVE = "proactive", "主动公开"
        ON_REQUEST = "on_request", "依申请公开"
        WITHHELD = "withheld", "不予公开"

    class Validity(models.TextChoices):
        """有效性."""

        VALID = "valid", "有效"
        AMENDED = "amended", "已修改"
        REPEALED = "repealed", "已废止"
        EXPIRED = "expired", "已失效"
        UNKNOWN = "unknown", "未标明"

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    index_number = models.CharField("索引号", max_length=60, null=True, unique=True)
    title = models.CharField("名称", max_length=200)
    number = models.CharField("文号", max_length=60, blank=True)
    issuer = models.CharField("发文机关", max_length=200, blank=True)
    publisher = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="+", verbose_name="发布机构"
    )
    publisher_name = models.CharField("发布机构（原文）", max_length=120, blank=True)
    issued_on = models.DateField("成文日期", null=True)
    published_on = models.DateField("公开日期", null=True)
    description = models.CharField("内容概述", max_length=500, blank=True)
    body = models.TextField("正文", blank=True)
    keywords = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    theme = models.CharField("主题分类", max_length=2, blank=True)
    theme_second = models.CharField("主题分类（二级）", max_length=40, blank=True)
    genre = models.CharField("体裁分类", max_length=2, default="99")
    columns = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    audience = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    validity = models.CharField("有效性", max_length=8, choices=Validity, default=Validity.VALID)
    stated_validity = models.CharField(
        "登记的有效性", max_length=8, choices=Validity, default=Validity.VALID
    )  # as somebody said it; `validity` is what comes of it and of the links (`services.validity`)
    ends_on = models.DateField("失效日期", null=True)
    attribute = models.CharField("公开属性", max_length=10, choices=Attribute, default=Attribute.PROACTIVE)
    attribute_reason = models.CharField("公开属性的理由", max_length=300, blank=True)
    state = models.CharField("状态", max_length=9, choices=State, default=State.DRAFT)
    language = models.CharField(max_length=10, default="zh-CN")
    file = models.ForeignKey("base.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField("文件名", max_length=255, blank=True)
    file_text = models.BinaryField(max_length=16, null=True)  # digest of the text that was read from the file
    file_notes = models.TextField("原文件中没有读出的", blank=True)
    file_cleared = models.BooleanField("原文件核对过，可以公开", default=False)
    file_public = models.BooleanField("原文件随正文公开", default=False)  # decided with the release
    annexes = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    addressees = models.CharField("主送机关", max_length=1000, blank=True)
    digest = models.BinaryField(max_length=16, null=True)
    size = models.PositiveIntegerField(
        "正文字数", default=0, editable=False
    )  # this and the next two: kept by trigger
    lines = models.PositiveIntegerField("正文行数", default=0, editable=False)
    garbled = models.BooleanField("正文有乱码", default=False, editable=False)
    words = ArrayField(models.TextField(), default=list)
    case = models.ForeignKey(
        "engine.Case", null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False
    )
    signed_on = models.DateField("签发日期", null=True)
    review_on = models.DateField("下次评估审查", null=True)
    release_at = models.DateTimeField("定时发布", null=True)
    released_at = models.DateTimeField("发布时间", null=True)
    withdrawn_at = models.DateTimeField("撤下时间", null=True)
    withdrawn_why = models.CharField("撤下原因", max_length=300, blank=True)
    withdrawn_notice = models.CharField("撤下说明", max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField("公众所见最后一次变动", null=True, editable=False)  # kept by trigger

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "政府信息"
        ordering: ClassVar[list[str]] = ["-published_on", "-pk"]
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(name="record_words", fields=["words"]),
            models.Index(name="record_newest", fields=["state", "-published_on", "-id"]),
            models.Index(name="record_theme", fields=["theme", "-published_on", "-id"]),
            models.Index(name="record_genre", fields=["genre", "-published_on", "-id"]),
            models.Index(name="record_publisher", fields=["publisher", "-published_on", "-id"]),
            models.Index(name="record_number", fields=["number"]),
            models.Index(name="record_digest", fields=["digest"]),
            models.Index(
                name="record_changed",
                fields=["changed_at", "id"],
                condition=models.Q(released_at__isnull=False, index_number__isnull=False),
            ),
            GinIndex(name="record_columns", fields=["columns"]),
            models.Index(
                name="record_review", fields=["review_on"], condition=models.Q(review_on__isnull=False)
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="record_released_has_its_marks",
                condition=~models.Q(state__in=("released", "withdrawn"))
                | models.Q(index_number__isnull=False, published_on__isnull=False, released_at__isnull=False),
            ),
            models.CheckConstraint(
                name="record_withdrawn_says_why",
                condition=~models.Q(state="withdrawn")
                | models.Q(withdrawn_at__isnull=False) & ~models.Q(withdrawn_why=""),
            ),
            models.CheckConstraint(
                name="record_kept_back_says_why",
                condition=models.Q(attribute="proactive") | ~models.Q(attribute_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def theme_name(self) -> str:
        """The printed name of its theme."""
        return THEMES.get(self.theme, "")

    @property
    def genre_name(self) -> str:
        """The printed name of its genre."""
        return GENRE_CODES.get(self.genre, "")

    @property
    def offers_file(self) -> bool:
        """Whether the file it came in was published with it."""
        return self.file_public and self.file_id is not None

    @property
    def is_public(self) -> bool:
        """Whether anybody may read it."""
        return public_as(self.state, self.attribute)


UNSEEN = frozenset(
    {
        "words", "digest", "updated_at", "changed_at", "created_at", "case_id", "created_by_id", "reviewed_by_id", "review_on",
        "release_at", "stated_validity", "file_text", "file_notes", "file_cleared", "size", "lines", "garbled",
    }
)  # fmt: skip
"""Columns of a record of which the public sees nothing: a change of these alone is none (`sql/record_seen.sql` has the same)."""


class LinkQuerySet(models.QuerySet["Link"]):
    """Which links say something."""

    def standing(self) -> LinkQuerySet:
        """Links that hold: what ends or changes another unit's document holds once that unit, or one above it, agreed."""
        return self.filter(confirmed=True)


class Link(models.Model):
    """How one record stands to another."""

    class Kind(models.TextChoices):
        """What the first does to the second."""

        REPLACES = "replaces", "替代"
        AMENDS = "amends", "修改"
        REPEALS = "repeals", "废止"
        INTERPRETS = "interprets", "解读"
        CONSULTED_AS = "consulted_as", "征求意见稿"
        FORWARDS = "forwards", "转发"

    source = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="links")
    target = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="linked_from")
    kind = models.CharField(max_length=12, choices=Kind)
    confirmed = models.BooleanField("对方单位已确认", default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = LinkQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="link_once", fields=["source", "target", "kind"]),
            models.CheckConstraint(name="link_to_another", condition=~models.Q(source=models.F("target"))),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.get_kind_display()} {self.target_id}"


class Annex(models.Model):
    """One file that belongs to a record (附件), with the text the reader found in it."""

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="files")
    no = models.PositiveSmallIntegerField("序号")
    name = models.CharField("附件名称", max_length=255)
    file = models.ForeignKey("base.StoredFile", on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    unread = models.CharField("没有读出的", max_length=300, blank=True)  # all of it, or a part: why
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "附件"
        ordering: ClassVar[list[str]] = ["no"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="annex_once", fields=["record", "no"]),
        ]

    def __str__(self) -> str:
        return self.name


class Serial(models.Model):
    """The last serial of index numbers that a publisher gave in a year."""

    publisher_code = models.CharField(max_length=9)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="serial_one_a_year", fields=["publisher_code", "year"]),
        ]

    def __str__(self) -> str:
        return f"{self.publisher_code}/{self.year}-{self.last:05d}"


class Tally(models.Model):
    """How many public records there are of a class, alone or inside another class; kept by triggers, read for facets."""

    facet = models.CharField(max_length=8)
    value = models.CharField(max_length=20)
    inside = models.CharField(max_length=8, blank=True)
    inside_value = models.CharField(max_length=20, blank=True)
    n = models.IntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="tally_once", fields=["facet", "value", "inside", "inside_value"]),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="tally_inside", fields=["inside", "inside_value"]),
        ]

    def __str__(self) -> str:
        return f"{self.facet} {self.value} {self.inside} {self.inside_value}: {self.n}"


class Deed(models.Model):
    """What was done to a record, by whom, when (谁起草、谁审核、谁发布). Only ever added to."""

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="deeds")
    act = models.CharField(max_length=20)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.act} {self.record_id}"


class RecordCase(models.Model):
    """One case about a record 文件的办件. What was decided stands in the case; here is what lists and the catalogue ask."""

    class Kind(models.TextChoices):
        """What the case is about."""

        RELEASE = "release", "主动公开发布"
        REREVIEW = "rereview", "定期评估审查"

    case = models.OneToOneField(
        "engine.Case", primary_key=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="cases")
    kind = models.CharField(max_length=8, choices=Kind)
    number = models.CharField(max_length=40)
    opened_at = models.DateTimeField()
    outcome = models.CharField("结论", max_length=12, blank=True)
    reason = models.CharField("理由", max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "文件的办件"
        ordering: ClassVar[list[str]] = ["-opened_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                name="record_one_case_at_a_time", fields=["record"], condition=models.Q(ended_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Provision(models.Model):
    """What was decided of publishing in this place, from a day on: a local limit (本地公开期限), an item of a required column.

    Where there is none, what comes with the programme holds. Without a period it is a draft; what has begun stays (trigger).
    """

    class Kind(models.TextChoices):
        """What it is about; `about` is the code of a region, or the key of an item."""

        LIMIT = "limit", "公开期限"
        ITEM = "item", "栏目内容"

    kind = models.CharField(max_length=5, choices=Kind)
    about = models.CharField(max_length=40)
    content: Any = models.JSONField("内容")
    basis = models.CharField("依据", max_length=300, blank=True)
    valid = DateRangeField("有效期", null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "公开规定"
        ordering: ClassVar[list[str]] = ["kind", "about", "valid"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ExclusionConstraint(
                name="provision_periods_disjoint",
                expressions=[
                    ("kind", RangeOperators.EQUAL),
                    ("about", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
            models.UniqueConstraint(
                name="provision_one_draft", fields=["kind", "about"], condition=models.Q(valid=None)
            ),
            models.CheckConstraint(
                name="provision_decided_says_why", condition=models.Q(valid=None) | ~models.Q(basis="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about} {self.valid.lower if self.valid else '—'}"


class Batch(models.Model):
    """Files on their way into the catalogue (批量导入)."""

    class State(models.TextChoices):
        """How far it is."""

        READING = "reading", "正在读取"
        READ = "read", "待确认"
        TAKING = "taking", "正在收入"
        DONE = "done", "已完成"
        REFUSED = "refused", "不能读取"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    org = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField("名称", max_length=255)
    file = models.ForeignKey("base.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    historic = models.BooleanField("已经公开过的文件", default=False)
    state = models.CharField("状态", max_length=8, choices=State, default=State.READING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="batch_of_org", fields=["org", "-created_at"])
        ]

    def __str__(self) -> str:
        return self.name


class BatchRow(models.Model):
    """One file of a batch: what was read, what is doubtful, and the record it became."""

    class Verdict(models.TextChoices):
        """What is to be done with it."""

        CLEAR = "clear", "读得清楚"
        LOOK = "look", "需要核对"
        TWIN = "twin", "可能重复"
        REFUSED = "refused", "不能读取"

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows")
    no = models.PositiveIntegerField()
    name = models.CharField(max_length=255)
    verdict = models.CharField(max_length=7, choices=Verdict)
    code = models.CharField(max_length=40, blank=True)
    message = models.TextField(blank=True)
    reading: Any = models.JSONField(default=dict)
    text = models.TextField(blank=True)
    digest = models.BinaryField(max_length=16, null=True)
    twin = models.ForeignKey(Record, null=True, on_delete=models.SET_NULL, related_name="+")
    record = models.ForeignKey(Record, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["no"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="batch_row_once", fields=["batch", "no"]),
        ]

    def __str__(self) -> str:
        return self.name
