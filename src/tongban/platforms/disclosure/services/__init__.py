"""What is done to records, batches and their release; each function one thing a person can do."""

from tongban.platforms.disclosure.services.batches import (
    begin_batch,
    begin_taking,
    confirm_clear,
    confirm_row,
    read_batch,
)
from tongban.platforms.disclosure.services.linking import agree, disconnect, relate
from tongban.platforms.disclosure.services.originals import clear_file, remove_file, replace_file
from tongban.platforms.disclosure.services.permitting import permitted
from tongban.platforms.disclosure.services.records import (
    create_record,
    mend_record,
    put_into,
    release,
    withdraw,
)
from tongban.platforms.disclosure.services.releasing import submit
from tongban.platforms.disclosure.services.rereview import open_due

__all__ = [
    "agree",
    "begin_batch",
    "begin_taking",
    "clear_file",
    "confirm_clear",
    "confirm_row",
    "create_record",
    "disconnect",
    "mend_record",
    "open_due",
    "permitted",
    "put_into",
    "read_batch",
    "relate",
    "release",
    "remove_file",
    "replace_file",
    "submit",
    "withdraw",
]
