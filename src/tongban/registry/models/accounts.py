"""Accounts (账号): the people and programs that sign in."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class Account(AbstractUser):
    """One person (or program) that can act.

    The identity number (证件号码) is never stored in the clear: ``id_digest`` is a keyed digest for finding and
    matching, ``id_number_sealed`` is the encrypted number for the few places that must print it. Both are written
    by ``registry.identity`` only.
    """

    class Kind(models.TextChoices):
        """Who stands behind an account."""

        RESIDENT = "resident", "办事人"
        STAFF = "staff", "工作人员"
        SYSTEM = "system", "系统"

    class IdType(models.TextChoices):
        """Kinds of identity document, codes of GA/T 2000.156."""

        NONE = "", "未登记"
        CITIZEN = "111", "居民身份证"
        PASSPORT = "414", "普通护照"
        HONG_KONG_MACAO = "516", "港澳居民来往内地通行证"
        TAIWAN = "511", "台湾居民来往大陆通行证"
        FOREIGN_RESIDENCE = "553", "外国人永久居留身份证"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField("类型", max_length=8, choices=Kind, default=Kind.RESIDENT)
    display_name = models.CharField("姓名", max_length=100, blank=True)
    real_name_level = models.PositiveSmallIntegerField("实名等级", default=0)
    phone = models.CharField("手机号码", max_length=20, blank=True)
    id_type = models.CharField("证件类型", max_length=3, choices=IdType, blank=True, default=IdType.NONE)
    id_digest = models.CharField(max_length=64, blank=True, editable=False)
    id_number_sealed = models.TextField(blank=True, editable=False)

    class Meta(AbstractUser.Meta):
        verbose_name = "账号"
        verbose_name_plural = "账号"
        swappable = "AUTH_USER_MODEL"
        constraints = [
            models.CheckConstraint(
                name="account_kind_known", condition=models.Q(kind__in=["resident", "staff", "system"])
            ),
            models.CheckConstraint(
                name="account_real_name_level_range",
                condition=models.Q(real_name_level__gte=0, real_name_level__lte=3),
            ),
            models.UniqueConstraint(  # a number that was only stated is nobody's: it blocks nobody
                name="account_one_per_kind_and_verified_identity",
                fields=["kind", "id_type", "id_digest"],
                condition=~models.Q(id_digest="") & models.Q(real_name_level__gte=2),
            ),
        ]
        indexes = [
            models.Index(name="account_phone", fields=["phone"], condition=~models.Q(phone="")),
            models.Index(name="account_identity", fields=["id_digest"], condition=~models.Q(id_digest="")),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def is_resident(self) -> bool:
        """Whether this is a member of the public (办事人)."""
        return self.kind == self.Kind.RESIDENT

    @property
    def is_official(self) -> bool:
        """Whether this is a member of staff (工作人员)."""
        return self.kind == self.Kind.STAFF

    def get_full_name(self) -> str:
        """Name to show, in the Chinese order: the one name field."""
        return str(self)

    def get_short_name(self) -> str:
        """Same as the full name; Chinese names are not shortened."""
        return str(self)
