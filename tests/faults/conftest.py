import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tongban.project.cluster import Cluster
from tongban.project.installation import Installation


@contextmanager
def broken_ground() -> Iterator[Path]:
    """A directory that an unprivileged server process can reach, gone afterwards (pytest's own are closed to it)."""
    folder = Path(tempfile.mkdtemp(prefix="tongban-faults-"))
    folder.chmod(0o755)
    yield folder
    for cluster in folder.rglob("PG_VERSION"):
        if cluster.parent.name == "cluster":
            Cluster(Installation(folder, cluster.parent.parent)).stop(mode="immediate")
    shutil.rmtree(folder, ignore_errors=True)


def surroundings_on(ground: Path) -> dict[str, str]:
    """The environment of an installation of its own, with no database given."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("TONGBAN_", "DATABASE_URL", "PYTEST"))}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    return env | {"TONGBAN_DATA": str(ground / "data"), "TONGBAN_LOG": "json"}


@pytest.fixture
def ground():
    with broken_ground() as folder:
        yield folder


@pytest.fixture
def surroundings(ground):
    return surroundings_on(ground)
