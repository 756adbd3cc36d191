"""The columnar files (Parquet) and how they are asked: DuckDB in this process, over what the list of files names.

Files are written whole under another name and moved into place; only then the list (facts.json) is, so that whoever is
killed in between leaves nothing that is read. A file once named is never changed.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from time import time
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LIST = "facts.json"
FORMAT = 2
#: Files that are no longer named stay this long (seconds), for whoever is still reading them.
KEEP = 3600

#: How the files are written. The second version of Parquet keeps sorted times as differences and repeated names as runs: a
#: third of the size, and read in two thirds of the time. Groups of rows are small enough to be passed over by type and day.
WRITTEN = "(FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"

#: The columns of a fact, with DuckDB's types. Times are China's, without zone, so that every engine cuts days alike.
COLUMNS = {
    "id": "BIGINT", "case_id": "BIGINT", "seq": "INTEGER", "type": "VARCHAR", "happened": "TIMESTAMP", "recorded": "TIMESTAMP",
    "org_id": "BIGINT", "matter_id": "BIGINT", "offering_id": "BIGINT", "region": "VARCHAR", "person_id": "BIGINT",
    "channel": "VARCHAR", "kind": "VARCHAR", "secrecy": "SMALLINT", "step": "VARCHAR", "outcome": "VARCHAR",
    "rule": "VARCHAR", "level": "SMALLINT", "amount": "DECIMAL(14,2)", "ended": "BOOLEAN", "kept": "BOOLEAN",
    "days": "INTEGER", "elapsed": "INTEGER", "law": "INTEGER",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Files:
    """What is there: the events up to `watermark`, in `parts` (file, rows), and `extra` files read whole each time."""

    watermark: int = 0
    parts: tuple[tuple[str, int], ...] = ()
    extra: tuple[str, ...] = ()
    made_at: datetime | None = None
    calendar: str = ""
    generation: int = 0
    format: int = field(default=FORMAT)

    @property
    def names(self) -> tuple[str, ...]:
        """Every file to be read."""
        return (*(name for name, _rows in self.parts), *self.extra)


def folder() -> Path:
    """Where the files are."""
    return Path(settings.TONGBAN_STATISTICS)


def files() -> Files:
    """The list as it stands; an empty one where there is none, or of another format."""
    try:
        said = json.loads((folder() / LIST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Files()
    if said["format"] != FORMAT:
        return Files()
    return Files(
        said["watermark"], tuple((p["file"], p["rows"]) for p in said["parts"]), tuple(said["extra"]),
        datetime.fromisoformat(said["made_at"]), said["calendar"], said["generation"],
    )  # fmt: skip


def publish(new: Files) -> None:
    """Put a new list in place, in one move, once every file it names is on the disk; remove what nobody reads any more."""
    place = folder()
    text = json.dumps(
        {
            "format": new.format, "watermark": new.watermark, "generation": new.generation, "calendar": new.calendar,
            "made_at": new.made_at.isoformat() if new.made_at else None,
            "parts": [{"file": name, "rows": rows} for name, rows in new.parts], "extra": list(new.extra),
        },
        indent=1,
    )  # fmt: skip
    part = place / f"{LIST}.part"
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(place / LIST)
    _sync(place)
    _sweep(place, set(new.names))


def settle(part: Path, name: str) -> None:
    """Bring a finished file to the disk and under its name."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(folder() / name)
    _sync(folder())


def facts_of(names: Sequence[str], place: Path | None = None) -> str:
    """The table `facts` for DuckDB: the files, or nothing with the same columns."""
    if not names:
        return f"(SELECT {', '.join(f'CAST(NULL AS {t}) AS {c}' for c, t in COLUMNS.items())} WHERE false)"
    at = place or folder()
    listed = ", ".join("'" + str(at / name).replace("'", "''") + "'" for name in names)
    return f"read_parquet([{listed}])"


def ask(sql: str) -> list[tuple[Any, ...]]:
    """Answer a question over the files as they are named now; `{facts}` in it stands for the table."""
    with cursor() as duck:
        return duck.execute(sql.replace("{facts}", facts_of(files().names))).fetchall()


@contextmanager
def cursor() -> "Iterator[DuckDBPyConnection]":
    """A cursor of this process's DuckDB."""
    with _lock:
        if not _connections:
            _connections.append(connect())
        made = _connections[0].cursor()
    try:
        yield made
    finally:
        made.close()


def connect() -> "DuckDBPyConnection":
    """A DuckDB in memory that fetches nothing from anywhere."""
    import duckdb  # late: few processes ask for figures, and every one would wait for it

    connection = duckdb.connect(":memory:")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute(f"SET threads = {min(4, os.cpu_count() or 1)}")
    connection.execute("SET memory_limit = '1GB'")
    connection.execute("SET preserve_insertion_order = false")
    return connection


_lock = Lock()
_connections: "list[DuckDBPyConnection]" = []


def _sync(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(place: Path, named: set[str]) -> None:
    for path in place.iterdir():
        stale = path.suffix in (".parquet", ".part", ".csv") and path.name not in named
        if stale and time() - path.stat().st_mtime > KEEP:
            path.unlink(missing_ok=True)
