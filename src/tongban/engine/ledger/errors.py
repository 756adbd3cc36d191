"""What the ledger answers when it cannot go on."""

from dataclasses import dataclass


@dataclass(eq=False)
class LedgerError(Exception):
    """What an operator must settle before the ledger goes on. `code` is stable; the rest is for people."""

    code: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".rstrip()
