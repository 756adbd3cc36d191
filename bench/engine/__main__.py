"""`python -m bench.engine [live] [bulk] [size]`: figures of the case engine on this machine, as ratios within one run.

Runs on a durable PostgreSQL of its own (fsync and synchronous_commit on), started and removed here, unless
DATABASE_URL names one that may be emptied.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongban.project.settings")


@contextmanager
def durable() -> Iterator[None]:
    """A private durable cluster for the run."""
    if os.environ.get("DATABASE_URL"):
        yield
        return
    folder = Path(tempfile.mkdtemp(prefix="tongban-bench-"))
    folder.chmod(0o755)
    os.environ["TONGBAN_DATA"] = str(folder)
    from tongban.project.cluster import Cluster
    from tongban.project.installation import Installation

    cluster = Cluster(Installation(checkout=folder, data=folder), durable=True)
    try:
        with cluster.using():
            os.environ["DATABASE_URL"] = cluster.url
            yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(asked: list[str]) -> None:
    """Run what is asked for, everything when nothing is."""
    chosen = asked or ["live", "bulk", "size"]
    with durable():
        from bench.engine import report

        for name in chosen:
            getattr(report, name)()


if __name__ == "__main__":
    main(sys.argv[1:])
