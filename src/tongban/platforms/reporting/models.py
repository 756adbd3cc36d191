"""Who reports (客户端), what came in which batch, and what became of each object. Cases themselves are the engine's."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now


class Client(models.Model):
    """A department's system. It reports for one organisation (with all below it, if so said) and, if named, some matters.

    The secret is not kept: it follows from the installation's key, the client's key id and `salt`.
    """

    key_id = models.CharField("客户端编号", max_length=40, unique=True)
    name = models.CharField("系统名称", max_length=100)
    organisation = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    subtree = models.BooleanField("含下级", default=True)
    matters = ArrayField(models.BigIntegerField(), verbose_name="限定事项", default=list, blank=True)
    salt = models.CharField(max_length=32, editable=False)
    key_mark = models.CharField(max_length=16, editable=False)  # of the key its secret was made with
    created_at = models.DateTimeField("建立时间", db_default=Now(), editable=False)
    revoked_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        verbose_name = "报送客户端"
        verbose_name_plural = "报送客户端"
        ordering = ["key_id"]

    def __str__(self) -> str:
        return f"{self.key_id} {self.name}"


class Nonce(models.Model):
    """A request that was let in; the same again is a replay. Forgotten after the window."""

    pk = models.CompositePrimaryKey("client_id", "nonce")
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    nonce = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "请求随机数"
        verbose_name_plural = "请求随机数"

    def __str__(self) -> str:
        return self.nonce


class Batch(models.Model):
    """One batch as it came in. Counts are of this batch's own answers; a repetition counts as `replayed`."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="batches", db_index=False)
    received_at = models.DateTimeField("收到时间")
    objects_count = models.IntegerField("对象数")
    accepted = models.IntegerField("接收", default=0)
    parked = models.IntegerField("待补", default=0)
    refused = models.IntegerField("拒收", default=0)
    replayed = models.IntegerField("重复", default=0)
    late = models.IntegerField(
        "迟报", default=0
    )  # of the accepted and parked: more than 24 h after they happened
    milliseconds = models.IntegerField("用时", default=0)

    class Meta:
        verbose_name = "报送批次"
        verbose_name_plural = "报送批次"
        ordering = ["-id"]
        indexes = [models.Index(name="reporting_batch_of", fields=["client", "-id"])]

    def __str__(self) -> str:
        return f"{self.pk}"


class Comparison(models.Model):
    """The last time a department compared a day and type with us, object by object: what did not agree."""

    KEPT = 500  # differences of one comparison that are kept

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="comparisons", db_index=False)
    day = models.DateField("发生日")
    type = models.CharField("对象", max_length=24)
    at = models.DateTimeField("比对时间")
    same = models.IntegerField("一致")
    differing = models.IntegerField("不一致")
    differences = models.JSONField(default=list)  # the first KEPT of them: key, what, here, yours, message

    class Meta:
        verbose_name = "对账比对"
        verbose_name_plural = "对账比对"
        constraints = [
            models.UniqueConstraint(name="reporting_comparison_once", fields=["client", "day", "type"]),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.type}"


class ReportedCase(models.Model):
    """A case as the department's system numbers it (申办流水号 + 事项编码), and the case it is here."""

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    key = models.CharField("申办流水号", max_length=64)
    matter = models.CharField("事项编码", max_length=64)
    case = models.ForeignKey(
        "engine.Case",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    last_no = models.IntegerField(default=0)
    last_step = models.IntegerField(default=0)

    class Meta:
        verbose_name = "报送办件"
        verbose_name_plural = "报送办件"
        constraints = [
            models.UniqueConstraint(name="reporting_case_once", fields=["client", "key", "matter"]),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.matter}"


class ReportedObject(models.Model):
    """One version of one object. Its content is kept while it waits; once accepted it is the ledger's.

    Of a refused one an outline without values stays for `TONGBAN_REFUSED_DAYS`, and then digest, key and reasons only.
    """

    class Status(models.TextChoices):
        """What became of it."""

        ACCEPTED = "accepted", "已接收"
        PARKED = "parked", "待补"
        REFUSED = "refused", "拒收"
        REPLACED = "replaced", "已被新版本代替"

    pk = models.CompositePrimaryKey("client_id", "key", "version")
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    key = models.CharField("来源主键", max_length=160)
    version = models.IntegerField("数据版本")
    type = models.CharField("对象", max_length=24)
    reported_case = models.ForeignKey(
        ReportedCase,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    case = models.ForeignKey(
        "engine.Case",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    day = models.DateField("发生日")
    occurred_at = models.DateTimeField("发生时间")
    received_at = models.DateTimeField("收到时间")
    entered_at = models.DateTimeField(
        "录入时间", null=True
    )  # when the department's system says it was written down
    digest = models.BinaryField(max_length=32)
    status = models.CharField("状态", max_length=8, choices=Status)
    code = models.CharField("代码", max_length=40, blank=True)
    message = models.TextField("说明", blank=True)
    seq = models.IntegerField(null=True)  # of the last event it led to
    settled_at = models.DateTimeField("处理时间", null=True)
    content = models.JSONField(null=True)

    class Meta:
        verbose_name = "报送对象"
        verbose_name_plural = "报送对象"
        indexes = [
            BrinIndex(name="reporting_object_day", fields=["day"], pages_per_range=32),
            models.Index(
                name="reporting_object_parked",
                fields=["reported_case"],
                condition=models.Q(status="parked"),
            ),
            models.Index(
                name="reporting_object_troubled",
                fields=["client", "status", "-received_at"],
                condition=models.Q(status__in=["parked", "refused"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} 第{self.version}版"
