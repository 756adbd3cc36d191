"""One data directory and the server on it."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import shutil
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from urllib.parse import quote

import psycopg

from tongban.base.console import CommandError
from tongban.project.cluster.programs import Binaries, Servant, find_binaries, is_postmaster, runs, servant_of
from tongban.project.cluster.terms import (
    EXTENSIONS,
    NAME,
    OLDEST_MAJOR,
    PATIENCE,
    ROOM_TO_BEGIN,
    ROOM_TO_GO_ON,
)
from tongban.project.cluster.trouble import diagnose, explained, quoted, said_since
from tongban.project.installation import Installation, installation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Cluster:
    """One data directory and the server that may be running on it."""

    def __init__(self, place: Installation, *, durable: bool = True) -> None:
        self.place = place
        self.durable = durable
        self._users: TextIO | None = None
        self._servant: Servant | None = None

    @property
    def url(self) -> str:
        """How to connect, as DATABASE_URL would say it."""
        return f"postgres://{NAME}@/{NAME}?host={quote(str(self.place.sockets), safe='')}"

    @contextmanager
    def using(self) -> Iterator[Cluster]:
        """Have the server running for as long as the block lasts; the last user of several stops it.

        Raises CommandError: postgres_missing, postgres_version, postgres_start, postgres_init, disk_full, data_denied,
        database_not_named.
        """
        self.acquire()
        try:
            yield self
        finally:
            self.release()

    def acquire(self) -> None:
        """Join the users of the server, starting it when it is not running, and making it where the directory is free for it."""
        if self._users is not None:
            raise RuntimeError("this Cluster object is already in use")
        if self.version() is None:
            self.place.check_private()
        self.place.prepare()
        with self._alone():
            users = self._users_file()
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                self._ensure_running()
            except BaseException:
                users.close()
                raise
            self._users = users

    def release(self, *, patience: float = 0.0) -> None:
        """Leave; the last one stops the server.

        `patience`: seconds to wait for others that are known to be ending, so that the last to leave is this one.
        """
        if self._users is None:
            return
        deadline = time.monotonic() + patience
        while not self._left(self._users) and time.monotonic() < deadline:
            time.sleep(0.05)
        self._users.close()
        self._users = None

    def _left(self, users: TextIO) -> bool:
        with self._alone():
            fcntl.flock(users, fcntl.LOCK_UN)
            alone = self.nobody_uses(users)
            if alone:
                self.stop()
            return alone

    def hold(self) -> None:
        """Keep the server from being stopped while this process lives, without starting or stopping it."""
        if self._users is None:
            self._users = self._users_file()
            fcntl.flock(self._users, fcntl.LOCK_SH)

    def revive(self) -> bool:
        """Start the server again if it died while in use. True when it had to."""
        with self._alone():
            if self.pid() is not None:
                return False
            self._ensure_running()
            return True

    def stop(self, *, mode: str = "fast") -> None:
        """Stop the server; no error when it is not running."""
        if self.pid() is None:
            return
        binaries = self._binaries()
        self._servant_for().run(
            [binaries["pg_ctl"], "stop", "-s", "-w", "-t", "60", "-m", mode, "-D", str(self.place.cluster)],
            self.place.cluster,
        )

    def pid(self) -> int | None:
        """The process id of the running postmaster, or None."""
        try:
            lines = (self.place.cluster / "postmaster.pid").read_text().splitlines()
            pid = int(lines[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        except PermissionError as error:
            raise self._denied(error) from error
        return pid if is_postmaster(pid) else None

    def version(self) -> str | None:
        """The major version that made the data, or None before the first start."""
        try:
            return (self.place.cluster / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise self._denied(error) from error

    # -- starting --------------------------------------------------------------------------------

    def _ensure_running(self) -> None:
        if self.pid() is None:
            self._check_room()
            self._serve_from_own_directory()
            binaries = self._runnable(self._binaries())
            if self.version() is None:
                self._initialise(binaries)
            self._configure()
            self._start(binaries)
        self._ensure_database()

    def _check_room(self) -> None:
        needed = ROOM_TO_GO_ON if self.version() else ROOM_TO_BEGIN
        free = shutil.disk_usage(self.place.data).free
        if free < needed:
            raise CommandError(
                "disk_full",
                f"磁盘空间不足：{self.place.data} 所在磁盘只剩 {free // 2**20} MB，至少需要 {needed // 2**20} MB。",
                "请清理磁盘，或用 TONGBAN_DATA 指定空间充足的目录。已有数据没有改动。",
            )

    def _serve_from_own_directory(self) -> None:
        """Make the server's own directories, and see that its user can reach them."""
        servant = self._servant_for()
        for path in (self.place.sockets, self.place.data / "log"):
            with explained(self.place):
                path.mkdir(exist_ok=True, mode=0o700)
                if path.is_symlink() or path.stat().st_uid not in {servant.uid, os.geteuid()}:
                    raise CommandError(
                        "data_denied",
                        f"目录 {path} 属于别的用户，不能使用。",
                        "请移走该目录，或用 TONGBAN_DATA 指定另一个目录。",
                    )
                if servant.dropped:
                    os.chown(path, servant.uid, servant.gid)
                path.chmod(0o700)
        if (
            servant.dropped
            and servant.run(["/bin/sh", "-c", 'cd "$0"', str(self.place.sockets)], Path("/")).returncode
        ):
            raise CommandError(
                "data_denied",
                f"数据库进程以普通用户（uid {servant.uid}）运行，进不了目录 {self.place.data}。",
                "请放宽其上级目录的权限（至少 711），或用 TONGBAN_DATA 指定别处，例如 /var/lib/tongban。",
            )

    def _initialise(self, binaries: Binaries) -> None:
        """Create the data beside its final place and move it there whole; an interrupted start leaves nothing."""
        servant, draft = self._servant_for(), self.place.data / "cluster.new"
        with explained(self.place):
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(mode=0o700)
            if servant.dropped:
                os.chown(draft, servant.uid, servant.gid)
        done = None
        for ctype in ("C.UTF-8", "en_US.UTF-8", "C"):
            command = [binaries["initdb"], "-D", str(draft), "-U", NAME, "-E", "UTF8", "--auth=peer"]
            command += ["--locale=C", f"--lc-ctype={ctype}", "--data-checksums", "--no-instructions"]
            command += [] if self.durable else ["--no-sync"]
            done = servant.run(command, draft)
            if done.returncode == 0 or "invalid locale name" not in done.stderr:
                break
        if done is None or done.returncode != 0:
            text = "" if done is None else done.stdout + done.stderr
            shutil.rmtree(draft, ignore_errors=True)
            raise diagnose(text, self.place, "postgres_init", "无法建立数据库")
        draft.rename(self.place.cluster)

    def _configure(self) -> None:
        user = pwd.getpwuid(os.geteuid()).pw_name
        settings = {
            "listen_addresses": "''",
            "unix_socket_directories": quoted(str(self.place.sockets)),
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "shared_buffers": "'128MB'",
            "fsync": "on" if self.durable else "off",
            "synchronous_commit": "on" if self.durable else "off",
            "full_page_writes": "on" if self.durable else "off",
            # The permissions in every query make it look dear, and compiling it takes longer than to answer it.
            "jit": "off",
            "timezone": "'UTC'",
            "log_timezone": "'UTC'",
            "lc_messages": "'C'",
            # A failing statement holds what people typed, and so do its details: neither belongs in a log.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "log_line_prefix": "'%m [%p] '",
        }
        lines = ["# Written by tongban at every start; put your own lines into local.conf beside this file."]
        lines += [f"{key} = {value}" for key, value in settings.items()]
        if not (self.place.cluster / "local.conf").exists():
            self._write("local.conf", ["# Your own settings; read last."])
        self._write("postgresql.conf", [*lines, "include = 'local.conf'"])
        self._write("pg_hba.conf", [f"local all {NAME} peer map={NAME}"])
        self._write("pg_ident.conf", [f"{NAME} {json.dumps(user)} {NAME}"])

    def _write(self, name: str, lines: Sequence[str]) -> None:
        servant, path = self._servant_for(), self.place.cluster / name
        draft = path.with_suffix(".new")
        with explained(self.place):
            draft.write_text("\n".join(lines) + "\n")
            draft.chmod(0o600)
            if servant.dropped:
                os.chown(draft, servant.uid, servant.gid)
            draft.replace(path)

    def _start(self, binaries: Binaries) -> None:
        log = self.place.data / "log" / "postgresql.log"
        command = [
            binaries["pg_ctl"],
            "start",
            "-s",
            "-w",
            "-t",
            str(int(PATIENCE)),
            "-D",
            str(self.place.cluster),
        ]
        command += ["-l", str(log)]
        deadline = time.monotonic() + PATIENCE
        while True:
            self._forget_dead_postmaster()
            seen = log.stat().st_size if log.exists() else 0
            done = self._servant_for().run(command, self.place.cluster)
            if done.returncode == 0:
                return
            told = said_since(log, seen) + done.stdout + done.stderr
            # After kill -9 of the postmaster its children need a moment to notice and let go of the shared memory.
            if "pre-existing shared memory block" not in told or time.monotonic() > deadline:
                raise diagnose(told, self.place, "postgres_start", "PostgreSQL 无法启动")
            time.sleep(0.1)

    def _forget_dead_postmaster(self) -> None:
        """Remove the pid files of a server that is gone.

        PostgreSQL itself refuses while any process has that number: one that took it after a reboot, or a dead one
        that nobody has reaped. Its lock on the shared memory still guards against a server that does live.
        """
        if self.pid() is None:
            with explained(self.place):
                (self.place.cluster / "postmaster.pid").unlink(missing_ok=True)
                (self.place.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def _ensure_database(self) -> None:
        try:
            with psycopg.connect(
                host=str(self.place.sockets),
                user=NAME,
                dbname="postgres",
                autocommit=True,
                connect_timeout=10,
            ) as connection:
                available = {
                    row[0]
                    for row in connection.execute("SELECT name FROM pg_available_extensions").fetchall()
                }
                if missing := [name for name in EXTENSIONS if name not in available]:
                    raise CommandError(
                        "postgres_missing",
                        f"PostgreSQL 缺少扩展 {'、'.join(missing)}。",
                        "请安装发行版的 postgresql-contrib 软件包。",
                    )
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                    connection.execute(f"CREATE DATABASE {NAME}")
        except psycopg.OperationalError as error:
            raise diagnose(
                str(error), self.place, "postgres_start", "PostgreSQL 已启动，但无法连接"
            ) from error

    # -- who and with what -----------------------------------------------------------------------

    def _binaries(self) -> Binaries:
        found = list(find_binaries())
        made_by = self.version()
        fitting = [b for b in found if made_by is None or str(b.major) == made_by]
        if fitting:
            return fitting[0]
        if made_by is not None:
            raise CommandError(
                "postgres_version",
                f"数据由 PostgreSQL {made_by} 建立，这台机器上没有这个版本的程序。",
                f"请安装 PostgreSQL {made_by}，或用 pg_upgrade 升级 {self.place.cluster}。",
            )
        raise CommandError(
            "postgres_missing",
            f"没有找到 PostgreSQL {OLDEST_MAJOR} 或更高版本的服务端程序。",
            "请运行 make run（会自动安装），或安装系统的 postgresql 软件包，或设置 DATABASE_URL 使用已有的数据库。",
        )

    def _runnable(self, binaries: Binaries) -> Binaries:
        """The same programs where the server's user can execute them.

        That is a copy beside the data when they lie in a home directory closed to others.
        """
        servant = self._servant_for()
        if not servant.dropped or runs(binaries, servant):
            return binaries
        copy = self.place.data / f"postgresql-{binaries.version}"
        if not copy.exists():
            draft = copy.with_suffix(".new")
            with explained(self.place):
                shutil.rmtree(draft, ignore_errors=True)
                shutil.copytree(binaries.folder.parent, draft, symlinks=True)
                draft.rename(copy)
        moved = Binaries(copy / "bin", binaries.major, binaries.version)
        if not runs(moved, servant):
            raise CommandError(
                "postgres_start",
                f"普通用户（uid {servant.uid}）无法执行 {binaries.folder} 中的 PostgreSQL 程序。",
                "请安装系统的 postgresql 软件包，或把检出目录放到其他用户可读的位置。",
            )
        return moved

    def _servant_for(self) -> Servant:
        if self._servant is None:
            self._servant = servant_of(self.place)
        return self._servant

    def _denied(self, error: OSError) -> CommandError:
        return CommandError(
            "data_denied",
            f"没有权限读取 {self.place.cluster}：{error.strerror}。",
            "请用第一次启动时的用户运行，或用 TONGBAN_DATA 指定另一个目录。",
        )

    # -- sharing ---------------------------------------------------------------------------------

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time decides whether to start or stop."""
        with explained(self.place), (self.place.data / "cluster.lock").open("a") as mutex:
            fcntl.flock(mutex, fcntl.LOCK_EX)
            yield

    def _users_file(self) -> TextIO:
        with explained(self.place):
            return (self.place.data / "cluster.users").open("a")

    def nobody_uses(self, users: TextIO) -> bool:
        """Whether no living process holds the file of users; asked with it open."""
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def own_cluster() -> Cluster:
    """The private cluster of this installation."""
    return Cluster(installation())
