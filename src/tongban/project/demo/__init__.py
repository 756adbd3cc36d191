"""安澜市, the demo city: fictional organisations, matters and weeks of cases, brought in by the ordinary services.

Not for production data and not a fixture of tests of other rooms.
"""

from tongban.project.demo.accounts import DEMO_ACCOUNTS, DemoAccount, demo_accounts
from tongban.project.demo.load import load_demo

__all__ = ["DEMO_ACCOUNTS", "DemoAccount", "demo_accounts", "load_demo"]
