"""安澜市, the demo city: fictional organisations, matters and weeks of cases, brought in by the ordinary services.

Not for production data and not a fixture of tests of other rooms.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from tongban.project.demo.accounts import DEMO_ACCOUNTS, DemoAccount, demo_accounts

if TYPE_CHECKING:
    from tongban.base.console import Ticker

__all__ = ["DEMO_ACCOUNTS", "DemoAccount", "demo_accounts", "load_demo"]


def load_demo(
    progress: "Ticker | None" = None, *, present: datetime | None = None, ordinary: bool = True
) -> bool:
    """Load 安澜市 into an empty database; see `tongban.project.demo.load`."""
    from tongban.project.demo.load import load_demo as load  # models are there once Django is set up

    return load(progress, present=present, ordinary=ordinary)
