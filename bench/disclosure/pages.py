"""Pages over HTTP: a kept page, the same computed, and a bare answer of its size, each from Granian with two processes.

Requests are pipelined on a few connections, and the client only counts bytes, so that the server is what is measured. Wall
clock and processor time of the server are both told; compare ratios within one run.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

SECONDS, ROUNDS, CONNECTIONS, DEPTH = 2.0, 5, 4, 32
PROMISED_RATIO, PROMISED_STALE = 0.5, 1.0


def told() -> bool:
    """Measure and print; whether the promises are kept."""
    from django.core.management import call_command

    from tongban.platforms.disclosure.models import Record

    call_command("collectstatic", interactive=False, verbosity=0)
    record = Record.objects.public().order_by("-published_on", "-pk").first()
    assert record is not None
    pages = {
        "list": "/open/",
        "class": "/open/?theme=06&genre=05",
        "document": f"/open/info/{record.index_number}/",
    }
    kept = True
    with served("tongban.project.wsgi:application") as port:
        for name, path in pages.items():
            kept &= _compared(name, port, path)
        kept &= _fresh(port, record, pages["document"])
    return kept


def _compared(name: str, port: int, path: str) -> bool:
    size, body = one(port, path)
    with served("bench.disclosure.bare:application", BENCH_BYTES=str(body)) as bare:
        rounds = [(rate(port, path), rate(bare, "/")) for _ in range(ROUNDS)]
    computed = rate(port, path, cookie="tb_session=none")
    page, floor = (median(r[n][0] for r in rounds) for n in (0, 1))
    page_cpu, floor_cpu = (median(r[n][1] for r in rounds) for n in (0, 1))
    ratio, by_cpu = median(a[0] / b[0] for a, b in rounds), median(b[1] / a[1] for a, b in rounds)
    print(
        f"{name:9} {body:6} bytes   kept {page:7.0f}/s {page_cpu:6.1f} µs   bare {floor:7.0f}/s {floor_cpu:6.1f} µs   "
        f"computed {computed[0]:5.0f}/s   ratio {ratio:.2f} (processor {by_cpu:.2f}; promised {PROMISED_RATIO})"
    )
    assert size > body
    return max(ratio, by_cpu) >= PROMISED_RATIO


def _fresh(port: int, record, path: str) -> bool:
    """How long a changed title and a withdrawn record are still told as they were."""
    from tongban.platforms.disclosure.models import Record

    worst = 0.0
    for n in range(10):
        title = f"改过{n}次的标题"
        rate(port, path, seconds=0.2)
        Record.objects.filter(pk=record.pk).update(title=title)
        worst = max(worst, _until(port, path, lambda answer, title=title: title.encode() in answer))
    Record.objects.filter(pk=record.pk).update(
        state="withdrawn", withdrawn_at=record.released_at, withdrawn_why="试"
    )
    gone = _until(port, path, lambda answer: answer.startswith(b"HTTP/1.1 410"))
    print(
        f"a change is told by every process after at most {worst:.2f} s, a withdrawal after {gone:.2f} s (promised {PROMISED_STALE})"
    )
    return max(worst, gone) <= PROMISED_STALE


def _until(port: int, path: str, holds) -> float:
    """Seconds from now until the answer held for the last time not to; asked of both processes by new connections."""
    began, last = time.perf_counter(), 0.0
    while time.perf_counter() - began < 1.5:
        if not holds(fetch(port, path)):
            last = time.perf_counter() - began
    return last


@contextmanager
def served(target: str, **env: str) -> Iterator[int]:
    """A server of two processes for the target; its port."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    root = Path(__file__).resolve().parents[2]
    paths = os.pathsep.join([str(root), str(root / "src")])
    process = subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "2",
            "--blocking-threads", "4", "--no-ws", "--no-log", target,
        ],
        env={**os.environ, "PYTHONPATH": paths, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=root,
    )  # fmt: skip
    _servers[port] = process.pid
    try:
        for _ in range(300):
            try:
                fetch(port, "/open/")
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


_servers: dict[int, int] = {}


def rate(port: int, path: str, *, cookie: str = "", seconds: float = SECONDS) -> tuple[float, float]:
    """Answers a second, and microseconds of the server's processors for each."""
    ask = _request(path, cookie)
    length = len(_answer(port, ask))
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    for line in lines:
        line.sendall(ask * DEPTH)
    due = dict.fromkeys(lines, DEPTH * length)
    done, worked, began = 0, _processor(port), time.perf_counter()
    while time.perf_counter() - began < seconds:
        for line in lines:
            due[line] -= len(line.recv(1 << 20))
            if due[line] <= DEPTH * length // 2:
                more = DEPTH // 2
                line.sendall(ask * more)
                due[line] += more * length
                done += more
    took, worked = time.perf_counter() - began, _processor(port) - worked
    for line in lines:
        line.close()
    return done / took, worked / max(done, 1) * 1e6


def one(port: int, path: str) -> tuple[int, int]:
    """Bytes of an answer, and of its body."""
    answer = fetch(port, path)
    return len(answer), len(answer.partition(b"\r\n\r\n")[2])


def fetch(port: int, path: str) -> bytes:
    """One answer over a connection of its own."""
    return _answer(port, _request(path, ""))


def _answer(port: int, ask: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(ask)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += line.recv(1 << 20)
        head, _, body = answer.partition(b"\r\n\r\n")
        length = next(
            int(row[15:]) for row in head.split(b"\r\n") if row.lower().startswith(b"content-length:")
        )
        while len(body) < length:
            body += line.recv(1 << 20)
        return head + b"\r\n\r\n" + body


def _request(path: str, cookie: str) -> bytes:
    said = f"Cookie: {cookie}\r\n" if cookie else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{said}\r\n".encode()


def _processor(port: int) -> float:
    """Processor seconds of a server and the processes it started."""
    parent = _servers[port]
    children = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return sum(_seconds(pid) for pid in [parent, *children])


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
