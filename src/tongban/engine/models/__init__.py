"""Tables of the engine: cases, their tasks, their events, and what follows from them.

No behaviour that writes: a row here is written by `store.py` (one case, one command) or `bulk.py` (history), never by
`save()`. Triggers and the event tables themselves are in `sql/`, run by migration 0002.
"""

from tongban.engine.ledger.models import Checkpoint, LedgerKey, LedgerLeaf, LedgerNode, LedgerOrigin
from tongban.engine.models.cases import Attachment, Case, CaseData, CaseQuerySet, CaseState, TextualJSON
from tongban.engine.models.events import CommandRow, EventPersonal, EventRow, OutboxRow, Watch
from tongban.engine.models.flows import FlowVersion
from tongban.engine.models.parties import CaseParty, PartyInvitation
from tongban.engine.models.tasks import TaskRow

__all__ = [
    "Attachment", "Case", "CaseData", "CaseParty", "CaseQuerySet", "CaseState",
    "Checkpoint", "CommandRow", "EventPersonal",
    "EventRow", "FlowVersion", "LedgerKey", "LedgerLeaf", "LedgerNode", "LedgerOrigin", "OutboxRow",
    "PartyInvitation", "TaskRow", "TextualJSON", "Watch",
]  # fmt: skip
