"""Clusters of test runs: fast instead of durable, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tongban.base.console import CommandError
from tongban.project.cluster.programs import find_binaries
from tongban.project.cluster.server import Cluster
from tongban.project.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

THROWAWAY = "tongban-throwaway-"


@contextmanager
def throwaway() -> Iterator[str]:
    """A cluster for one test run: fast instead of durable, gone afterwards. Gives its DATABASE_URL."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=THROWAWAY))
    folder.chmod(0o755)
    cluster = Cluster(Installation(checkout=folder, data=folder), durable=False)
    try:
        with cluster.using():
            yield cluster.url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Stop and remove what killed test runs left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{THROWAWAY}*"):
        cluster = Cluster(Installation(checkout=folder, data=folder))
        with suppress(OSError, CommandError), (folder / "cluster.users").open("a") as users:
            if cluster.nobody_uses(users):
                cluster.stop(mode="immediate")
                shutil.rmtree(folder, ignore_errors=True)


def main(argv: Sequence[str]) -> int:
    """`find`: exit 0 when there is a PostgreSQL to run. `throwaway COMMAND …`: run it with DATABASE_URL set."""
    if argv[:1] == ["find"]:
        return 0 if next(find_binaries(), None) else 1
    if argv[:1] == ["throwaway"] and argv[1:]:
        with throwaway() as url:
            return subprocess.run(argv[1:], env=os.environ | {"DATABASE_URL": url}, check=False).returncode
    sys.stderr.write(f"{main.__doc__}\n")
    return 2
