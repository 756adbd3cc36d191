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
    put_into,
    relate,
    release,
    withdraw,
)
from tongban.platforms.disclosure.services.releasing import submit
from tongban.platforms.disclosure.services.rereview import open_due

__all__ = [
    "begin_batch",
    "confirm_clear",
    "confirm_row",
    "connect",
    "create_record",
    "disconnect",
    "mend_record",
    "open_due",
    "put_into",
    "read_batch",
    "relate",
    "release",
    "submit",
    "withdraw",
]
