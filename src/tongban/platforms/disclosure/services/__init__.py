"""What is done to records, batches and their release; each function one thing a person can do."""

from tongban.platforms.disclosure.services.batches import (
    begin_batch,
    confirm_clear,
    confirm_row,
    read_batch,
)
from tongban.platforms.disclosure.services.linking import connect, disconnect
from tongban.platforms.disclosure.services.records import (
    create_record,
    mend_record,
    relate,
    release,
    withdraw,
)
from tongban.platforms.disclosure.services.releasing import release_due, review, submit

__all__ = [
    "begin_batch",
    "confirm_clear",
    "confirm_row",
    "connect",
    "create_record",
    "disconnect",
    "mend_record",
    "read_batch",
    "relate",
    "release",
    "release_due",
    "review",
    "submit",
    "withdraw",
]
