"""pytest plug-in: a test run's own throwaway PostgreSQL where DATABASE_URL names none, its files in memory, and no network.

Loaded with `-p` (see pyproject.toml), because the settings are read before any conftest.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tongban.project.cluster import throwaway

if TYPE_CHECKING:
    import pytest

_run = ExitStack()
OURS = "TONGBAN_TEST_THROWAWAY"
"""Set for the run and its workers when the database is ours alone and new."""


ROOM = 4 << 30
"""Bytes that must be free in memory; a run takes less than one."""


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


def place_in_memory() -> Path | None:
    """Where files of a run may lie in memory: on a tmpfs with room for several runs, whose programs may be carried out."""
    place = Path("/dev/shm")  # noqa: S108 -- every file of a run has a directory of its own there
    try:
        told = os.statvfs(place)
        usable = os.access(place, os.W_OK | os.X_OK) and not told.f_flag & (os.ST_NOEXEC | os.ST_RDONLY)
        return place if usable and told.f_bavail * told.f_frsize >= ROOM else None
    except OSError:
        return None


# At import, because pytest-django reads the settings first of all; workers of xdist inherit what the controller found.
# A run makes some twenty databases of 1,500 files each, and takes them away again: on a disk that is a tenth of its time.
if "TMPDIR" not in os.environ and (_place := place_in_memory()) is not None:
    os.environ["TMPDIR"] = tempfile.tempdir = str(_place)
if not os.environ.get("DATABASE_URL"):
    os.environ["DATABASE_URL"] = _run.enter_context(throwaway())
    os.environ[OURS] = "1"
