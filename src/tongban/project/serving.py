"""The two kinds of process that do the work: the web server and the background worker."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import nullcontext

from tongban.base.console import CommandError, ExitCode
from tongban.project.cluster import own_cluster
from tongban.project.installation import installation

THREADS = 4
"""Requests that one web process answers at a time; each may hold one database connection."""


def serve(host: str, port: int, *, parent: int = 0) -> ExitCode:
    """Serve the web application until told to stop: Granian in WSGI mode, one process per core up to four.

    Raises CommandError: settings_wrong, or port_taken, port_denied when the address cannot be had.
    """
    leave_with(parent)
    read_settings()
    cluster = None if os.environ.get("DATABASE_URL") else own_cluster()
    metrics = installation().metrics
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        metrics.mkdir(parents=True, exist_ok=True)
        for old in metrics.glob("*.db"):
            old.unlink(missing_ok=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
    os.environ.setdefault("TONGBAN_POOL", str(THREADS + 2))
    check_port(host, port)

    from granian.constants import Interfaces
    from granian.server import Server

    server = Server(
        "tongban.project.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=min(4, os.cpu_count() or 1),
        blocking_threads=THREADS,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=20,
        log_enabled=False,
    )
    with cluster.using() if cluster else nullcontext():
        server.serve()
    return ExitCode.OK


def work(*, until_empty: bool = False, parent: int = 0) -> ExitCode:
    """Do background jobs until told to stop, or until none is left."""
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.utils import connector_params
    from procrastinate.psycopg_connector import PsycopgConnector

    leave_with(parent)
    with app.replace_connector(PsycopgConnector(kwargs=connector_params())) as ready:
        ready.run_worker(wait=not until_empty, listen_notify=not until_empty)
    return ExitCode.OK


def read_settings() -> None:
    """Read all settings now, before anything is started that would only die of them. Raises CommandError (settings_wrong)."""
    from django.conf import settings

    _ = settings.SECRET_KEY


def check_port(host: str, port: int) -> None:
    """See that nobody listens there yet.

    Raises CommandError: port_taken, port_denied, address_unknown.
    """
    import errno
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(
                "port_taken",
                f"端口 {port} 已被占用，可能通办已在运行，或另一个程序在用它。",
                f"请先停止它，或换一个端口：TONGBAN_PORT={port + 1} make run。数据没有改动。",
            ) from error
        if error.errno == errno.EACCES:
            raise CommandError(
                "port_denied",
                f"没有权限使用端口 {port}。",
                "1024 以下的端口需要特权，请换一个端口，例如 8000。",
            ) from error
        raise CommandError(
            "address_unknown",
            f"不能在地址 {host} 上监听：{error.strerror or error}。",
            "请检查 TONGBAN_HOST。",
        ) from error


def leave_with(parent: int) -> None:
    """On Linux, be told to stop (SIGTERM) when the process that started us dies, however it dies."""
    if not parent or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGTERM, 0, 0, 0)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
