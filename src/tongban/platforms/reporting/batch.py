"""A batch on its way in: its objects, the case each is of, and what became of them."""

from dataclasses import dataclass
from typing import Any

from tongban.platforms.reporting.objects import Reported
from tongban.registry.models import OfferingVersion


@dataclass(slots=True)
class Verdict:
    """What became of one object. `code` and `message` say why it waits or was refused, `number` and `seq` where it went."""

    index: int
    key: str
    version: int
    status: str  # accepted, parked or refused
    code: str = ""
    message: str = ""
    detail: Any = None
    number: str = ""
    seq: int | None = None
    replayed: bool = False


@dataclass(slots=True)
class Item:
    """One object on its way: as it came, as it was read, and its verdict. `kept`: it waited here before."""

    raw: Any
    said: Reported | None
    verdict: Verdict
    digest: bytes = b""
    kept: bool = False
    amends: bool = False
    over: bool = False  # takes the place of a refused row of the same version
    case_id: int | None = None
    reported_case: int | None = None


@dataclass(slots=True)
class Group:
    """The objects of one reported case."""

    key: tuple[str, str]
    items: list[Item]
    version: OfferingVersion | None = None
    id: int = 0
    case_id: int | None = None
    last_no: int = 0
    last_step: int = 0
    touched: bool = False
