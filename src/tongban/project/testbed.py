"""pytest plug-in: gives a test run its own throwaway PostgreSQL where DATABASE_URL names none, and no network.

Loaded with `-p` (see pyproject.toml), because the settings are read before any conftest.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from tongban.project.cluster import throwaway

if TYPE_CHECKING:
    import pytest

_run = ExitStack()
OURS = "TONGBAN_TEST_THROWAWAY"
"""Set for the run and its workers when the database is ours alone and new."""


class NetworkRefusedError(RuntimeError):
    """A test tried to reach another machine."""


def pytest_configure(config: pytest.Config) -> None:
    """Do not drop databases one by one in a cluster that goes as a whole: a session of a killed client may linger."""
    if os.environ.get(OURS):
        config.option.reuse_db = True


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the throwaway database with the run."""
    del config
    _run.close()


def refuse_other_machines() -> None:
    """Let sockets connect and resolve loopback and unix addresses only, for the rest of this process."""
    connect, connect_ex, lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _check(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _check(self.family, address)
        return connect_ex(self, address)

    def guarded_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not _is_here(host):
            raise NetworkRefusedError(f"a test asked for the address of {host!r}")
        return lookup(host, *args, **kwargs)

    socket.socket.connect = guarded_connect  # type: ignore[assignment,method-assign]
    socket.socket.connect_ex = guarded_connect_ex  # type: ignore[assignment,method-assign]
    socket.getaddrinfo = guarded_lookup


def _check(family: int, address: Any) -> None:
    if family in {socket.AF_INET, socket.AF_INET6} and not _is_here(address[0]):
        raise NetworkRefusedError(f"a test tried to connect to {address[0]!r}")


def _is_here(host: Any) -> bool:
    text = host.decode() if isinstance(host, bytes) else host
    if text in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


# At import, because pytest-django reads the settings first of all; workers of xdist inherit the controller's database.
if not os.environ.get("DATABASE_URL"):
    os.environ["DATABASE_URL"] = _run.enter_context(throwaway())
    os.environ[OURS] = "1"
