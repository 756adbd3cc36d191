"""What was done to a record and by whom: written down, and asked who wrote it."""

from tongban.platforms.disclosure.models import Deed, Record
from tongban.registry.models import Account

WRITING = frozenset(
    {"created", "imported", "mended", "annexed", "annex_removed", "file_replaced", "file_removed"}
)
"""Deeds by which somebody has a hand in what a document says; who has one does not review it."""


def tell(record: Record, act: str, account: Account | None, **detail: object) -> None:
    """Write down a deed."""
    Deed.objects.create(record=record, act=act, account=account, detail=detail)


def tell_of(record: Record, act: str, account_id: int | None, **detail: object) -> None:
    """Write down a deed that an event tells of: who did it, by number; the house itself where nobody did."""
    tell(record, act, Account.objects.filter(pk=account_id or 0).first(), **detail)


def has_written(account_id: int, record: Record) -> bool:
    """Whether somebody began a record, changed what it says, or put a file to it."""
    return record.created_by_id == account_id or (
        Deed.objects.filter(record=record, act__in=WRITING, account_id=account_id).exists()
    )
