"""Ratings (好差评). The case tells what was done; here stands what the applicant thought of it."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Rating(models.Model):
    """One rating of one step of a case that the applicant met. Holds nobody's name.

    `rated` are the accounts that worked on the case until then: they never read who said what. `level` may be changed
    until `change_until`; `first_level` stays.
    """

    case = models.ForeignKey(
        "engine.Case", on_delete=models.PROTECT, related_name="ratings", db_constraint=False, db_index=False
    )
    step = models.CharField("环节", max_length=12)
    no = models.PositiveSmallIntegerField("次", default=1)  # of several corrections, which
    org = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    matter = models.ForeignKey("registry.Matter", on_delete=models.PROTECT, related_name="+", db_index=False)
    level = models.PositiveSmallIntegerField("评价")
    first_level = models.PositiveSmallIntegerField("首次评价")
    reasons = ArrayField(models.CharField(max_length=20), default=list, verbose_name="原因")
    words = models.TextField("原话", blank=True)
    phone = models.CharField("回访电话", max_length=20, blank=True)
    rated = ArrayField(models.BigIntegerField(), default=list)
    given_at = models.DateTimeField("评价时间")
    changed_at = models.DateTimeField("修改时间", null=True)
    change_until = models.DateTimeField("可改到")
    callback = models.OneToOneField(
        "engine.Case", null=True, on_delete=models.PROTECT, related_name="bad_rating", db_constraint=False
    )

    class Meta:
        verbose_name = "评价"
        verbose_name_plural = "评价"
        ordering: ClassVar[list[str]] = ["-given_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="rating_once_a_step", fields=["case", "step", "no"]),
            models.CheckConstraint(
                name="rating_five_levels",
                condition=models.Q(level__range=(1, 5), first_level__range=(1, 5)),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="rating_of_matter", fields=["matter", "org", "given_at"]),
            models.Index(name="rating_of_unit", fields=["org", "given_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.step} {self.level}"
