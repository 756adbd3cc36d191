"""What the ledger answers when it cannot go on."""

from dataclasses import dataclass


@dataclass(eq=False)
class LedgerError(Exception):
    """Something an operator must settle before the ledger goes on. `code` is stable; message and remedy are for people."""

    code: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".rstrip()
