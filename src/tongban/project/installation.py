"""Where one installation keeps what it owns: its data directory, its files, its secret key.

Paths only; nothing is created until `prepare` or `secret_key` is called. The place of the data is decided at the first
start and written down in the checkout, so that a later start without the same environment finds the same city.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from platformdirs import user_data_path

from tongban.base.console import CommandError

ROOT_DATA = Path("/var/lib/tongban")
LONGEST_SOCKET_PATH = 103
"""Bytes; the smallest limit of the systems we run on (macOS; Linux has 107)."""


@dataclass(frozen=True)
class Installation:
    """The places of one installation."""

    checkout: Path
    data: Path

    @property
    def cluster(self) -> Path:
        """The data directory of the private PostgreSQL."""
        return self.data / "cluster"

    @property
    def sockets(self) -> Path:
        """Where the private PostgreSQL listens; moved to a short path where the data lies too deep for a socket."""
        near = self.data / "run"
        if len(os.fsencode(near / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            return near
        return Path("/tmp") / f"tongban-{_digest(self.data)}"  # noqa: S108 -- owned and 0700, checked at start

    @property
    def files(self) -> Path:
        """Uploaded files."""
        return Path(os.environ.get("TONGBAN_FILES") or self.data / "files")

    @property
    def statistics(self) -> Path:
        """Columnar copies of the events, made from the database at any time."""
        return Path(os.environ.get("TONGBAN_STATISTICS") or self.data / "statistics")

    @property
    def catalogue(self) -> Path:
        """Copies of the whole public catalogue, made from the database at any time."""
        return Path(os.environ.get("TONGBAN_CATALOGUE") or self.data / "catalogue")

    @property
    def static(self) -> Path:
        """Collected static files."""
        return self.data / "static"

    @property
    def metrics(self) -> Path:
        """Counters that the web processes share."""
        return self.data / "metrics"

    def prepare(self) -> None:
        """Make the directories and write down where they are.

        Raises CommandError (data_denied) when they cannot be made.
        """
        try:
            self.data.mkdir(parents=True, exist_ok=True, mode=0o755)
            self.files.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.metrics.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise CommandError(
                "data_denied",
                f"无法建立数据目录 {self.data}：{error.strerror}。",
                "请检查该目录的权限，或用 TONGBAN_DATA 指定另一个可写的目录。",
            ) from error
        self._remember()

    def note_database(self, name: str, host: str) -> None:
        """Write down which database given by DATABASE_URL belongs to this directory: never its user, never its password.

        A directory with a private database stays that one's. What cannot be written is left.
        """
        said = f"{name} @ {host or 'localhost'}\n"
        if self.cluster.exists() or self._noted_database() == said.strip():
            return
        with suppress(OSError):
            self._database_note.write_text(said)

    def check_private(self) -> None:
        """See that a private database would not be made beside the data of another one.

        Raises CommandError (database_not_named) where this directory was used with DATABASE_URL, or holds a ledger, which
        is only ever made with a database.
        """
        noted = self._noted_database()
        if noted or (self.data / "ledger").exists():
            raise CommandError(
                "database_not_named",
                f"数据目录 {self.data} 属于另一个数据库（{noted or '没有记下是哪一个'}），而现在没有设置 DATABASE_URL。"
                "没有新建数据库，数据没有改动。",
                "请带上服务的全部设置再运行（docs/how-to/install-on-a-server.md 第 4 节）；"
                "确要从空的数据库开始，请用 TONGBAN_DATA 指定一个空目录。",
            )

    def secret_key(self) -> str:
        """The key that signs sessions: from the environment, else a file made once, readable by its owner only."""
        if given := os.environ.get("TONGBAN_SECRET_KEY"):
            return given
        path = self.data / "secret-key"
        try:
            return path.read_text()
        except FileNotFoundError:
            self.prepare()
        except OSError as error:
            raise CommandError(
                "data_denied",
                f"无法读取密钥文件 {path}：{error.strerror}。",
                "请用建立该数据目录的用户运行，或设置 TONGBAN_SECRET_KEY。",
            ) from error
        draft = path.with_name(f"secret-key.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)  # the first of several starting processes wins, and no one reads half a key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text()

    @property
    def _database_note(self) -> Path:
        return self.data / "database"

    def _noted_database(self) -> str:
        try:
            return self._database_note.read_text().strip()
        except OSError:
            return ""

    def _remember(self) -> None:
        note = _note(self.checkout)
        if _remembered(self.checkout) is not None:
            return
        try:
            note.parent.mkdir(exist_ok=True)
            note.write_text(json.dumps({"checkout": str(self.checkout), "data": str(self.data)}) + "\n")
        except OSError:
            return  # a read-only checkout: its place alone names the data then


@cache
def installation() -> Installation:
    """The installation this program belongs to.

    TONGBAN_DATA wins; else the place noted at the first start; else a new directory of this checkout's own, under
    /var/lib/tongban for root and the user's data directory for anyone else.
    """
    checkout = _checkout()
    if given := os.environ.get("TONGBAN_DATA"):
        return Installation(checkout, Path(given).absolute())
    if noted := _remembered(checkout):
        return Installation(checkout, noted)
    home = ROOT_DATA if os.geteuid() == 0 else user_data_path("tongban")
    fresh = f"-{secrets.token_hex(3)}" if _can_note(checkout) else ""
    return Installation(checkout, home / f"{checkout.name}-{_digest(checkout)}{fresh}")


def _checkout() -> Path:
    top = Path(__file__).resolve().parents[3]
    return top if (top / "pyproject.toml").is_file() else Path(sys.prefix).resolve()


def _note(checkout: Path) -> Path:
    return checkout / "var" / "installation.json"


def _can_note(checkout: Path) -> bool:
    return os.access(_note(checkout).parent if _note(checkout).parent.exists() else checkout, os.W_OK)


def _remembered(checkout: Path) -> Path | None:
    """The noted place; a copied checkout carries its original's note, which is not its own."""
    try:
        note = json.loads(_note(checkout).read_text())
        return Path(note["data"]) if note["checkout"] == str(checkout) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]
