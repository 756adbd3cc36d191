"""Regions, organisations as a dated tree, posts and who holds them (机构、岗位、人员)."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Now

#: The three administrators (三员): no account may hold two of these roles at the same time.
ADMINISTRATOR_ROLES = ("system_admin", "security_admin", "audit_admin")


class Level(models.TextChoices):
    """Level at which a power is exercised (行使层级), GB/T 39046-2020 A.2."""

    STATE = "1", "国家级"
    PROVINCE = "2", "省级"
    CITY = "3", "市级"
    COUNTY = "4", "县级"
    TOWN = "5", "镇（乡、街道）级"
    VILLAGE = "6", "村（社区）级"
    GRADED = "7", "分级管理"


class Region(models.Model):
    """Administrative division (行政区划): 6 digits, or 12 for towns and villages."""

    code = models.CharField(primary_key=True, max_length=12)
    name = models.CharField(max_length=60)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    valid = DateRangeField()

    class Meta:
        verbose_name = "行政区划"
        verbose_name_plural = "行政区划"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="region_code_shape", condition=models.Q(code__regex=r"^(\d{6}|\d{9}|\d{12})$")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """An organisation for life; its names and its place in the tree are in ``OrganisationVersion``."""

    class Nature(models.TextChoices):
        """What kind of body it is (机构性质)."""

        ORGAN = "机关", "机关"
        INSTITUTION = "事业单位", "事业单位"
        ENTERPRISE = "企业", "企业"
        GRASSROOTS = "基层组织", "基层组织"
        OTHER = "其他", "其他"

    key = models.CharField(max_length=40, unique=True)
    code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="organisations")
    level = models.CharField("行使层级", max_length=1, choices=Level)
    nature = models.CharField("机构性质", max_length=12)
    duties = models.TextField("职责", blank=True)
    phone = models.CharField("电话", max_length=40, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    office_hours = models.CharField("办公时间", max_length=200, blank=True)
    publishing_tier = models.PositiveSmallIntegerField("公开层级", null=True, blank=True)
    responsible_leader = models.ForeignKey(
        "Post", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="责任领导岗位"
    )
    administrator = models.ForeignKey(
        "Post",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="系统管理员岗位",
    )
    document_clerk = models.ForeignKey(
        "Post", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="公文收发岗位"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "机构"
        verbose_name_plural = "机构"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.key


class OrganisationVersion(models.Model):
    """Name and parent of an organisation during a period; periods never overlap."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="versions")
    name = models.CharField("全称", max_length=120)
    short_name = models.CharField("简称", max_length=60)
    parent = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="child_versions"
    )
    valid = DateRangeField()

    class Meta:
        verbose_name = "机构沿革"
        verbose_name_plural = "机构沿革"
        ordering = ["organisation_id", "valid"]
        constraints = [
            ExclusionConstraint(
                name="organisation_version_periods_disjoint",
                expressions=[("organisation", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                name="organisation_version_period_real", condition=models.Q(valid__isempty=False)
            ),
            models.CheckConstraint(
                name="organisation_not_its_own_parent",
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("organisation")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A post (岗位) in an organisation; people hold posts, permissions go to posts and roles."""

    code = models.CharField("岗位编码", max_length=60, unique=True)
    name = models.CharField("岗位名称", max_length=60)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="posts")
    role = models.CharField("角色", max_length=40)
    duties = models.TextField("职责", blank=True)
    headcount = models.PositiveSmallIntegerField("编制数", default=1)
    abolished_on = models.DateField("撤销日期", null=True, blank=True)

    class Meta:
        verbose_name = "岗位"
        verbose_name_plural = "岗位"
        ordering = ["code"]
        indexes = [models.Index(name="post_by_role", fields=["role", "organisation"])]

    def __str__(self) -> str:
        return f"{self.name}（{self.code}）"


class Holding(models.Model):
    """Who holds a post and when (任职).

    ``admin_role`` is filled by a trigger from the post: it lets the database refuse one account holding two of the
    three administrator roles (三员分立) at the same time.
    """

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="holdings")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="holdings")
    valid = DateRangeField()
    admin_role = models.CharField(max_length=40, blank=True, editable=False)

    ROLES_APART: ClassVar[tuple[str, ...]] = ADMINISTRATOR_ROLES

    class Meta:
        verbose_name = "任职"
        verbose_name_plural = "任职"
        ordering = ["post_id", "valid"]
        constraints = [
            ExclusionConstraint(
                name="holding_periods_disjoint",
                expressions=[
                    ("post", RangeOperators.EQUAL),
                    ("account", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="holding_administrators_apart",
                expressions=[
                    ("account", RangeOperators.EQUAL),
                    ("admin_role", RangeOperators.NOT_EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=~models.Q(admin_role=""),
            ),
            models.CheckConstraint(name="holding_period_real", condition=models.Q(valid__isempty=False)),
        ]

    def __str__(self) -> str:
        return f"{self.post_id}:{self.account_id}"
