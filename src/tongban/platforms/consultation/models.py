"""Questions and their answers beside the cases that carry them, and what of them is public."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Consultation(models.Model):
    """One question (咨询). The case has the flow, the clock and the trail; here stand the words."""

    case = models.OneToOneField(
        "engine.Case",
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="consultation",
        db_constraint=False,
    )
    number = models.CharField("编号", max_length=20, unique=True)
    org = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    about = models.ForeignKey(
        "registry.Matter", null=True, on_delete=models.PROTECT, related_name="+", verbose_name="咨询的事项"
    )
    question = models.CharField("问题", max_length=100)
    text = models.TextField("详细说明", blank=True)
    follows = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="followed_by", verbose_name="追问"
    )
    asked_at = models.DateTimeField("提问时间")
    answer = models.TextField("答复", blank=True)
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        verbose_name = "咨询"
        verbose_name_plural = "咨询"
        ordering: ClassVar[list[str]] = ["-asked_at"]

    def __str__(self) -> str:
        return self.question


class PublicAnswer(models.Model):
    """A good answer as the public reads it (公开答复): proposed by one person, released by another."""

    consultation = models.OneToOneField(
        Consultation, primary_key=True, on_delete=models.PROTECT, related_name="public"
    )
    question = models.CharField("问题", max_length=100)
    answer = models.TextField("答复")
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
        verbose_name = "公开答复"
        verbose_name_plural = "公开答复"
        ordering: ClassVar[list[str]] = ["-released_at", "-proposed_at"]
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(name="public_answer_words", fields=["words"]),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="public_answer_two_people",
                condition=models.Q(released_by__isnull=True) | ~models.Q(released_by=models.F("proposed_by")),
            ),
            models.CheckConstraint(
                name="public_answer_released_by_somebody",
                condition=models.Q(released_at__isnull=True, released_by__isnull=True)
                | models.Q(released_at__isnull=False, released_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def edition(self) -> str:
        """Which wording this is: proposing again makes another."""
        return self.proposed_at.isoformat()
