"""`tongban up`: everything on one machine, started, watched and stopped together."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import sysconfig
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from tongban.base.console import CommandError, Console, ExitCode
from tongban.project.cluster import Cluster, own_cluster
from tongban.project.installation import installation
from tongban.project.serving import check_port, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger("tongban.up")
START_PATIENCE = 180.0
STOP_PATIENCE = 25.0
"""Seconds to wait for the web server to answer, and for a child to end before it is killed."""
CHILDREN_LEAVE_WITHIN = 5.0
"""Seconds that killed children may take to be gone, before the database is left to whoever still uses it."""
LONGEST_PAUSE = 30.0
"""Seconds between two attempts at a child that keeps dying."""


def run(host: str, port: int, *, demo: bool, console: Console) -> ExitCode:
    """Start database, web and worker, tell how to use them, and keep them running until Ctrl-C or SIGTERM.

    Raises CommandError when something that is needed cannot be had; what was started is stopped again.
    """
    read_settings()
    check_port(host, port)
    with ExitStack() as stack:
        stopping = stack.enter_context(_stop_signals())
        cluster = None if os.environ.get("DATABASE_URL") else own_cluster()
        if cluster:
            cluster.acquire()
            stack.callback(cluster.release, patience=CHILDREN_LEAVE_WITHIN)
        _prepare(demo=demo and cluster is not None, console=console)
        children = [
            Child("web", ["web", "--host", host, "--port", str(port), "--under", str(os.getpid())]),
            Child("worker", ["worker"]),
        ]
        for child in children:
            stack.callback(child.stop)
            child.start()
        _wait_for(children[0], host, port, stopping)
        if not stopping.is_set():
            _announce(host, port, console)
        _watch(children, cluster, stopping, console)
        console.say("正在停止……")
    console.say("已停止，数据已保存。")
    return ExitCode.OK


class Child:
    """One process of ours, in a group of its own so that nothing of it survives."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self.command = [sys.executable, "-m", "tongban.project.cli", *command]
        self._process: subprocess.Popen[bytes] | None = None
        self._deaths = 0
        self._not_before = 0.0
        self._born = 0.0

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start it with our surroundings."""
        env = os.environ | {"TONGBAN_DATA": str(installation().data), "TONGBAN_UNDER": str(os.getpid())}
        self._process = subprocess.Popen(
            self.command, env=env, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self._born = time.monotonic()

    def keep_alive(self) -> None:
        """Start it again if it died, at once the first time, then less and less often."""
        code, now = self.exit_code, time.monotonic()
        if code is None or self._process is None:
            return
        if not self._not_before:
            self._deaths = 0 if now - self._born > LONGEST_PAUSE else self._deaths + 1
            pause = min(LONGEST_PAUSE, 2.0 ** (self._deaths - 2)) if self._deaths > 1 else 0.0
            self._not_before = now + pause
            log.warning("child_died", child=self.name, exit_code=code, restart_in=pause)
            self._sweep()
        if now >= self._not_before:
            self._not_before = 0.0
            self.start()

    def stop(self) -> None:
        """Ask it to end, insist after a while, and leave none of its group behind."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            log.warning("child_killed", child=self.name)
        self._sweep()
        self._process.wait()

    def _sweep(self) -> None:
        if self._process:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _prepare(*, demo: bool, console: Console) -> None:
    """Migrate, load the demonstration city, gather static files: whatever is still to be done.

    With a private database nothing of it changes unless the program did, so the next start of the same program, which
    finds its own fingerprint in the data directory, asks no further.
    """
    place = installation()
    stamp, fingerprint = place.data / "prepared", _fingerprint(place.checkout)
    wanted = json.dumps({"program": fingerprint, "demo": demo})
    if not os.environ.get("DATABASE_URL") and stamp.exists() and stamp.read_text() == wanted:
        return
    import django

    django.setup()
    from django.db import connections

    from tongban.project.contents import apply_migrations, is_empty, load_demo_city

    place.prepare()
    apply_migrations(console)
    if demo and is_empty():
        load_demo_city(console)
        _demo_mark().write_text(json.dumps(_demo_accounts(), ensure_ascii=False))
    connections.close_all()
    collect_static()
    stamp.write_text(wanted)


def _fingerprint(checkout: Path) -> str:
    """What this program is made of: its own files, and the packages installed beside it."""
    seen = hashlib.sha256()
    files = [p for p in (checkout / "src").rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    packages = Path(sysconfig.get_path("purelib"))
    for path in sorted([*files, *packages.glob("*.dist-info")]):
        stat = path.stat()
        seen.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def collect_static() -> bool:
    """Gather the static files under their hashed names; False when nothing has changed since the last time."""
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    place = installation()
    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = os.stat(storage.path(path))  # noqa: PTH116 -- storages speak of paths as text
            seen.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    stamp = place.static / ".stamp"
    if stamp.exists() and stamp.read_text() == seen.hexdigest():
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(seen.hexdigest())
    return True


def _wait_for(web: Child, host: str, port: int, stopping: threading.Event) -> None:
    deadline = time.monotonic() + START_PATIENCE
    url = f"http://{_reachable(host)}:{port}/healthz"
    while not stopping.wait(0.1):
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except urllib.error.HTTPError:
            return  # any answer is a sign of life
        except OSError:
            pass  # not listening yet
        if web.exit_code is not None or time.monotonic() > deadline:
            raise CommandError(
                "web_failed", "网站没有启动成功。", "原因见上面的日志；也可以运行 tongban doctor。"
            )


def _announce(host: str, port: int, console: Console) -> None:
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::1", "::"} else _reachable(host)  # noqa: S104 -- compared, not bound
    console.say()
    console.say(f"通办已启动：http://{shown}:{port}/")
    console.say(f"  工作台    http://{shown}:{port}/desk/")
    console.say(f"  监察      http://{shown}:{port}/supervision/")
    console.say(f"  数据目录  {installation().data}")
    if _demo_mark().exists():
        console.say()
        console.table(("演示账号", "密码", "身份", "可以看到"), json.loads(_demo_mark().read_text()))
    console.say()
    console.say("停止：按 Ctrl-C（数据会保存，下次启动继续使用）。")


def _demo_mark() -> Path:
    """Lies in the data directory once the demonstration city was loaded there; holds the accounts to sign in with."""
    return installation().data / "demo-city"


def _demo_accounts() -> list[tuple[str, str, str, str]]:
    from tongban.project.demo import demo_accounts

    return [(a.username, a.password, a.role, a.shows) for a in demo_accounts()]


def _watch(
    children: list[Child], cluster: Cluster | None, stopping: threading.Event, console: Console
) -> None:
    told = ""
    while not stopping.wait(0.5):
        if cluster is not None and cluster.pid() is None:
            try:
                if cluster.revive():
                    log.warning("database_revived")
                told = ""
            except CommandError as error:
                if error.code != told:
                    console.fail(error)
                told = error.code
                stopping.wait(5)
        for child in children:
            child.keep_alive()


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; a second Ctrl-C interrupts as usual."""
    stopping = threading.Event()

    def asked(number: int, frame: object) -> None:
        if stopping.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stopping.set()

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _reachable(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 -- compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
