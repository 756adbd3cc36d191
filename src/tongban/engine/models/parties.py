"""Who takes part in a case besides the applicant (参与人), and who was asked to."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class CaseParty(models.Model):
    """Somebody besides the applicant who takes part in a case: agent (代理人), co-applicant (共同申请人), third party (第三人).

    A helper (帮办代办) is the clerk of a town or village who took the case in for another unit. See `engine.parties`.
    """

    class Role(models.TextChoices):
        """In which role."""

        AGENT = "agent", "代理人"
        CO_APPLICANT = "co", "共同申请人"
        THIRD = "third", "第三人"
        HELPER = "helper", "帮办代办"

    case = models.ForeignKey("engine.Case", on_delete=models.PROTECT, related_name="parties", db_index=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=6, choices=Role)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "参与人"
        verbose_name_plural = "参与人"
        constraints = [
            models.UniqueConstraint(name="case_party_once", fields=["case", "account", "role"]),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}:{self.role}"


class PartyInvitation(models.Model):
    """Somebody asked to take part in a case, known by the digest of their identity number; the name stands beside the event.

    Whether there is an account of that person is found out by that person only. See `engine.parties`.
    """

    class Status(models.TextChoices):
        """What became of it."""

        ASKED = "asked", "等本人答复"
        ACCEPTED = "accepted", "已同意"
        DECLINED = "declined", "已谢绝"
        ENDED = "ended", "已撤回或者解除"

    case = models.ForeignKey(
        "engine.Case", on_delete=models.PROTECT, related_name="invitations", db_index=False
    )
    seq = models.IntegerField()  # of the event that asks
    role = models.CharField(max_length=6, choices=CaseParty.Role)
    id_digest = models.CharField(max_length=64)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField(db_default=Now())
    status = models.CharField(max_length=8, choices=Status, default=Status.ASKED)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "参与邀请"
        verbose_name_plural = "参与邀请"
        constraints = [
            models.UniqueConstraint(name="party_invitation_once", fields=["case", "seq"]),
        ]
        indexes = [
            models.Index(
                name="party_invitation_open", fields=["id_digest"], condition=models.Q(status="asked")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}:{self.role}:{self.status}"
