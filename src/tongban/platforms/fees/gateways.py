"""Payment gateways (支付平台): what one has to offer, and the notice it sends back.

`TONGBAN_PAYMENT_GATEWAY` names a class by its dotted path; without one, orders are paid at the counter or a bank and the
cashier enters the bank's receipt. A gateway never decides anything: it says what was paid, and the order is compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Notice:
    """A payment as the gateway tells it, its signature checked: order, yuan, the bank's receipt."""

    number: str
    amount: Decimal
    bill: str


class Gateway(Protocol):
    """What a class named by `TONGBAN_PAYMENT_GATEWAY` does. It is made once, without arguments."""

    name: str  # as it stands in the books: “省非税支付平台”

    def pay_href(self, number: str, amount: Decimal, title: str, back: str) -> str:
        """Where the payer goes to pay; `back` is where they come back to."""

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        """The notice in a request from the gateway; None when its signature does not fit."""


def gateway() -> Gateway | None:
    """The gateway of this installation, if there is one."""
    return _made(settings.TONGBAN_PAYMENT_GATEWAY)


@lru_cache(maxsize=4)
def _made(path: str) -> Gateway | None:
    return import_string(path)() if path else None
