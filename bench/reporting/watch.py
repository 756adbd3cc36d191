"""What the processes of a run take: processor seconds and resident memory, read from /proc. Linux only."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def family(pid: int) -> Iterator[int]:
    """A process and all that descend from it."""
    pids = [pid]
    while pids:
        pid = pids.pop()
        yield pid
        with suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                pids += map(int, (task / "children").read_text().split())


def seconds(pid: int) -> float:
    """Processor seconds, user and system, of a process and its descendants, the ended ones that were waited for too."""
    total = 0
    for one in family(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
    return total / TICKS


def resident(pid: int) -> int:
    """Resident memory of a process and its descendants, in MB."""
    total = 0
    for one in family(pid):
        with suppress(OSError):
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * PAGE
    return total // 2**20


def parent(pid: int) -> int:
    """The parent of a process: of a backend of PostgreSQL its postmaster."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
