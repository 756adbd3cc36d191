"""Grants (授权): which post or role may do what, on which matters, where, up to which secrecy, and when."""

from django.contrib.postgres.fields import DateRangeField
from django.db import models


class Verb(models.TextChoices):
    """What a person may be permitted to do; the words of the whole house."""

    VIEW = "view", "查看"
    ACCEPT = "accept", "受理"
    HANDLE = "handle", "办理"
    DECIDE = "decide", "决定"
    APPROVE = "approve", "审批延期与特别程序"
    ASSIGN = "assign", "转办"
    URGE = "urge", "催办"
    SUPERVISE = "supervise", "监察"
    BACKDATE = "backdate", "补录"
    FORCE = "force", "强制处置"
    DRAFT_MATTER = "draft_matter", "编制事项"
    REVIEW_MATTER = "review_matter", "审核事项"
    PUBLISH_MATTER = "publish_matter", "发布事项"
    ADMINISTER = "administer", "系统管理"
    PERMIT = "permit", "授权管理"
    AUDIT = "audit", "安全审计"
    EXPORT = "export", "导出"
    LEDGER = "ledger", "存证管理"


class Secrecy(models.IntegerChoices):
    """Secrecy of a record (密级); a grant reaches up to its cap. This system carries nothing above internal."""

    OPEN = 0, "公开"
    INTERNAL = 1, "内部"
    SENSITIVE = 2, "敏感"
    RESTRICTED = 3, "限制知悉"


class Grant(models.Model):
    """One permission. The principal is a post or a role; a role grant works at each holder's own organisation."""

    class Reach(models.TextChoices):
        """Where a grant holds."""

        OWN = "own", "本单位"
        ORGANISATION = "organisation", "指定单位"
        EVERYTHING = "everything", "全部单位"

    post = models.ForeignKey("Post", null=True, blank=True, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=40, blank=True)
    verb = models.CharField(max_length=20, choices=Verb)
    matter = models.ForeignKey(
        "Matter", null=True, blank=True, on_delete=models.PROTECT, related_name="grants"
    )
    reach = models.CharField(max_length=12, choices=Reach, default=Reach.OWN)
    organisation = models.ForeignKey(
        "Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="grants"
    )
    subtree = models.BooleanField(default=False)
    secrecy_cap = models.PositiveSmallIntegerField(choices=Secrecy, default=Secrecy.INTERNAL)
    valid = DateRangeField()

    class Meta:
        verbose_name = "授权"
        verbose_name_plural = "授权"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="grant_one_principal",
                condition=(
                    models.Q(post__isnull=False, role="") | (models.Q(post__isnull=True) & ~models.Q(role=""))
                ),
            ),
            models.CheckConstraint(
                name="grant_organisation_named_when_reach_says_so",
                condition=(
                    models.Q(reach="organisation", organisation__isnull=False)
                    | (models.Q(reach__in=["own", "everything"]) & models.Q(organisation__isnull=True))
                ),
            ),
            models.CheckConstraint(name="grant_verb_known", condition=models.Q(verb__in=Verb.values)),
            models.CheckConstraint(name="grant_period_real", condition=models.Q(valid__isempty=False)),
        ]
        indexes = [
            models.Index(name="grant_by_role", fields=["role"], condition=~models.Q(role="")),
        ]

    def __str__(self) -> str:
        return f"{self.post_id or self.role} {self.verb} {self.reach}"
