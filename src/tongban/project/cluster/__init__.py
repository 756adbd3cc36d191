"""The private PostgreSQL of an installation: found, initialised, started, shared by our processes, stopped by the last.

It listens on a unix socket only and lets in only the user who runs Tongban (peer), so no port can be taken, no
password exists, and two checkouts never meet. Durability stays on. Not for servers of others: with DATABASE_URL set,
nothing here is used.
"""

from tongban.project.cluster.programs import Binaries, Servant, find_binaries
from tongban.project.cluster.server import Cluster, own_cluster
from tongban.project.cluster.terms import (
    EXTENSIONS,
    NAME,
    OLDEST_MAJOR,
    PATIENCE,
    ROOM_TO_BEGIN,
    ROOM_TO_GO_ON,
)
from tongban.project.cluster.trials import THROWAWAY, main, throwaway
from tongban.project.cluster.trouble import diagnose

__all__ = [
    "EXTENSIONS",
    "NAME",
    "OLDEST_MAJOR",
    "PATIENCE",
    "ROOM_TO_BEGIN",
    "ROOM_TO_GO_ON",
    "THROWAWAY",
    "Binaries",
    "Cluster",
    "Servant",
    "diagnose",
    "find_binaries",
    "main",
    "own_cluster",
    "throwaway",
]
