"""The table of tasks (待办)."""

from django.conf import settings
from django.db import models


class TaskRow(models.Model):
    """One task (待办) as lists need it: the projection of `state.Task`. Done tasks stay, for the case page and statistics.

    No foreign key is checked by the database: each check would lock the row of the same few posts at every step of
    every case. Nothing that is named here is ever deleted, and a trigger looks for the case.
    """

    pk = models.CompositePrimaryKey("case_id", "no")
    case = models.ForeignKey(
        "engine.Case", on_delete=models.PROTECT, related_name="tasks", db_constraint=False, db_index=False
    )
    no = models.IntegerField()
    node = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=30)
    post = models.ForeignKey(
        "registry.Post",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    org = models.ForeignKey(
        "registry.Organisation",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    status = models.CharField(max_length=9)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    outcome = models.CharField(max_length=60, blank=True)
    urged = models.SmallIntegerField(default=0)

    class Meta:
        db_table = "engine_task"
        verbose_name = "待办"
        verbose_name_plural = "待办"

    def __str__(self) -> str:
        return f"{self.case_id}/{self.no} {self.name}"
