"""The load: what a department's system sends, in what disorder, and the comparison of both sides at the end."""

import os
import queue
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from bench.reporting import watch

CHINA = timezone(timedelta(hours=8))
FIRST_DAY = datetime(2025, 1, 6, 9, tzinfo=CHINA)
PATH = "/api/v1/reports"
ROOT = Path(__file__).parents[2]
PATIENCE = 300.0  # seconds until the server must have come back, also where the machine does other work
EVERY = 10.0  # seconds between two looks at speed and memory


@dataclass(frozen=True)
class Plan:
    """How much, and in what disorder. Shares are of the objects."""

    cases: int
    batch: int = 2500
    lines: int = 4  # connections at the same time
    window: int = 1500  # cases whose objects are mixed with each other
    far: float = 0.002  # objects that come a window late
    twice: float = 0.05  # sent again in another batch
    broken: float = 0.01  # not to the description, or impossible
    kill: bool = True
    seed: int = 7


@dataclass
class Book:
    """The department's own account: what it holds, and what it was told."""

    held: dict[tuple[str, str], dict[str, tuple[int, str]]] = field(default_factory=lambda: defaultdict(dict))
    broken: set[str] = field(default_factory=set)
    told: Counter[str] = field(default_factory=Counter)
    refused: set[str] = field(default_factory=set)
    unexpected: list[str] = field(default_factory=list)
    acknowledged: int = 0
    resent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def story(n: int, chance: random.Random) -> list[dict[str, Any]]:
    """The objects of one case, ten of them as a rule."""
    at = FIRST_DAY + timedelta(days=n * 280 // 100_000 % 280, minutes=chance.randrange(400))
    while at.weekday() >= 5:
        at += timedelta(days=1)
    steps: list[dict[str, Any]] = [
        {"type": "application", "applicant": f"第{n}小吃店", "applicant_kind": "organisation", "phone": f"139{n % 10**8:08d}",
         "form": {"shop": f"第{n}小吃店", "address": f"东门大街 {n % 999} 号"}, "materials": {"m1": "supplied"}},
        {"type": "pre_acceptance"},
    ]  # fmt: skip
    if n % 2:
        steps += [
            {"type": "correction_notice", "items": ["营业执照"]},
            {"type": "correction_supplied", "materials": {"m2": "supplied"}},
        ]
    steps += [
        {"type": "acceptance", "materials": {"m2": "supplied"}},
        {"type": "step", "step": "review_a", "step_no": 1, "outcome": "pass", "opinion": "材料齐全"},
        {"type": "step", "step": "review_b", "step_no": 2, "outcome": "pass", "opinion": "同意"},
    ]
    if n % 2 == 0:
        steps += [
            {"type": "special_procedure_start", "procedure": "inspection", "days": 5, "basis": "食品安全法第三十五条",
             "document": f"告[2025]{n}号", "approver": "周澄"},
            {"type": "special_procedure_end", "outcome": "合格"},
        ]  # fmt: skip
    steps += [
        {"type": "step", "step": "check", "step_no": 3, "outcome": "agree"},
        {"type": "decision", "outcome": "granted"},
        {"type": "delivery", "method": "窗口领取"},
    ]
    name = f"SB{n:08d}"
    return [
        {
            "case": name, "matter": "P-1", "key": f"{name}-{i:02d}", "version": 1, "no": i,
            "occurred_at": (at + timedelta(minutes=35 * i)).isoformat(), **step,
        }
        for i, step in enumerate(steps, start=1)
    ]  # fmt: skip


def batches(plan: Plan, book: Book) -> Iterator[tuple[int, list[bytes]]]:
    """Batches of objects as JSON, each with the line it goes over: mixed within a window, some late, some twice, some broken.

    What is said of a case goes over one line, as who sends much is told to do: batches that touch the same case wait for each
    other.
    """
    chance = random.Random(plan.seed)
    late: list[tuple[int, bytes]] = []
    pending: list[list[bytes]] = [[] for _ in range(plan.lines)]
    for begin in range(0, plan.cases, plan.window):
        mixed, late = late, []
        for n in range(begin, min(begin + plan.window, plan.cases)):
            line = n % plan.lines
            for one in story(n, chance):
                text = orjson.dumps(one, option=orjson.OPT_SORT_KEYS)
                book.held[one["occurred_at"][:10], one["type"]][one["key"]] = (1, sha256(text).hexdigest())
                (late if chance.random() < plan.far else mixed).append((line, text))
                if chance.random() < plan.twice:
                    mixed.append((line, text))
                if chance.random() < plan.broken:
                    mixed.append((line, broken(one, chance, book)))
        # neighbours stay near each other, as days do: mixed by a jump of some hundred cases
        for i in sorted(range(len(mixed)), key=lambda i: i + chance.random() * plan.batch):
            line, text = mixed[i]
            pending[line].append(text)
            if len(pending[line]) >= plan.batch:
                yield line, pending[line]
                pending[line] = []
    for line, text in late:
        pending[line].append(text)
    yield from enumerate(rest for rest in pending if rest)


def broken(one: dict[str, Any], chance: random.Random, book: Book) -> bytes:
    """An object that must be refused and must not disturb its case."""
    key = f"X{len(book.broken):07d}"
    book.broken.add(key)
    spoilt = chance.choice(
        (
            {"occurred_at": "yesterday"},
            {"type": "wish"},
            {"matter": "P-404"},
            {"version": 0},
            {"occurred_at": "2099-01-01T00:00:00+08:00"},
        )
    )
    return orjson.dumps({**one, "key": key, "no": None, **spoilt}, option=orjson.OPT_SORT_KEYS)


class Server:
    """The web server as an operator runs it, in a process group of its own that can be killed whole."""

    def __init__(self, told: Callable[[str], None]) -> None:
        self.port, self.told = _free_port(), told
        self.process: subprocess.Popen[bytes] | None = None
        self._before = 0.0
        self.log = Path(os.environ.get("TONGBAN_DATA", "/tmp")) / "bench-web.log"

    def start(self) -> None:
        """Start it and wait until it answers."""
        env = os.environ | {
            "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
            "TONGBAN_HOSTS": "127.0.0.1",
            "TONGBAN_REPORT_RATE": "60000",  # the comparison asks for every day and type on end
        }
        code = "import sys; from tongban.project.cli import main; sys.exit(main())"
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code, "web", "--port", str(self.port)],
                env=env, cwd=ROOT, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(OSError, HTTPException):
                line = HTTPConnection("127.0.0.1", self.port, timeout=5)
                line.request("GET", "/healthz")
                if line.getresponse().status == 200:
                    return
            time.sleep(0.2)
        raise SystemExit(f"the server did not come up: {self.log.read_text()[-2000:]}")

    def kill(self) -> None:
        """kill -9, workers included."""
        if self.process is not None:
            self._before = self.seconds()
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def memory(self) -> int:
        """Resident memory of all its processes, in MB."""
        return 0 if self.process is None else watch.resident(self.process.pid)

    def seconds(self) -> float:
        """Processor seconds of all its processes, those that were killed included."""
        return self._before + (0.0 if self.process is None else watch.seconds(self.process.pid))


class Line(threading.Thread):
    """Sends one batch after another until there are none; what is not acknowledged is sent again."""

    def __init__(self, server: Server, who: tuple[str, str], book: Book) -> None:
        super().__init__(daemon=True)
        self.server, self.who, self.book = server, who, book
        self.todo: queue.Queue[list[bytes] | None] = queue.Queue(maxsize=2)
        self.connection: HTTPConnection | None = None
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            while (batch := self.todo.get()) is not None:
                body = b'{"objects":[' + b",".join(batch) + b"]}"
                self._note(self._send(body), len(batch))
        except Exception as error:  # noqa: BLE001 -- told by the main thread
            self.failure = error

    def _send(self, body: bytes) -> Any:
        deadline = time.monotonic() + PATIENCE
        attempts = 0
        while time.monotonic() < deadline:
            attempts += 1
            try:
                status, answer = self.ask("POST", PATH, body)
            except (OSError, HTTPException):
                self.connection = None
                time.sleep(0.3)
                continue
            if status == 200:
                self._hang_up()
                with self.book.lock:
                    self.book.resent += attempts > 1
                return answer
            if status not in {423, 429, 502, 503}:
                raise RuntimeError(f"{status} {answer}")
            time.sleep(0.2 * random.random())
        raise RuntimeError("no answer")

    def _hang_up(self) -> None:
        """A batch, a connection: the next may find the process of the server that has less to do."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
        """One signed request."""
        from tongban.platforms.reporting import signing

        if self.connection is None:
            self.connection = HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        headers = dict(signing.headers(*self.who, method, path, int(time.time()), uuid4().hex, body))
        self.connection.request(method, path, body, headers | {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        return answer.status, orjson.loads(answer.read())

    def _note(self, answer: Any, count: int) -> None:
        with self.book.lock:
            self.book.acknowledged += count
            for v in answer["verdicts"]:
                self.book.told[v["code"] or v["status"]] += 1
                if v["status"] == "refused":
                    self.book.refused.add(v["key"])
                    if v["key"] not in self.book.broken:
                        self.book.unexpected.append(f"{v['key']}: {v['code']} {v['message']}")


def run(plan: Plan, told: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Found the town, load everything, kill the server on the way, compare. Gives the figures."""
    from bench.reporting.founding import found, postmaster

    who = found()
    book, server = Book(), Server(told)
    try:
        server.start()
        return _Load(plan, book, server, postmaster(), told).carry(who)
    finally:
        server.kill()


class _Load:
    """One load from beginning to end."""

    def __init__(
        self, plan: Plan, book: Book, server: Server, postmaster: int, told: Callable[[str], None]
    ) -> None:
        self.plan, self.book, self.server, self.postmaster, self.told = plan, book, server, postmaster, told
        self.down = self.boot = 0.0  # seconds that nobody answered; processor seconds of starting anew
        self.memory: list[tuple[int, int]] = []  # objects acknowledged, MB

    def carry(self, who: tuple[str, str]) -> dict[str, Any]:
        plan, book = self.plan, self.book
        lines = [Line(self.server, who, book) for _ in range(plan.lines)]
        begun, spent = time.monotonic(), self._spent()
        self._look()
        for line in lines:
            line.start()
        self._feed(lines)
        for line in lines:
            line.join()
            if line.failure:
                raise line.failure
        took, spent = time.monotonic() - begun, [b - a for a, b in zip(spent, self._spent(), strict=True)]
        spent[0] -= self.boot
        self._look()
        self.told("comparing")
        same, differences = compare(lines[0], book)
        waiting = lines[0].ask("GET", f"{PATH}/objects?status=parked&limit=10")[1]["items"]
        held, sent = sum(map(len, book.held.values())), book.acknowledged
        return {
            "cases": plan.cases, "objects": held, "sent": sent, "seconds": round(took, 1), "down": round(self.down, 1),
            "objects_per_second": round(sent / took), "without_the_outage": round(sent / (took - self.down)),
            "microseconds_an_object": {
                name: round(used * 1e6 / sent) for name, used in zip(("server", "database", "client"), spent, strict=True)
            },
            "cores_used": round(sum(spent) / took, 2),
            "memory_mb": self.memory[:: max(1, len(self.memory) // 20)],
            "batches_sent_again": book.resent, "answers": dict(book.told),
            "broken": len(book.broken), "refused": len(book.refused), "waiting": len(waiting),
            "broken_not_refused": len(book.broken - book.refused),
            "the_same_on_both_sides": same, "differences": differences[:20], "unexpected": book.unexpected[:20],
        }  # fmt: skip

    def _feed(self, lines: list[Line]) -> None:
        """Hand out the batches, and blow the server away half-way."""
        half = self.plan.cases * 5
        killed, lately, before = not self.plan.kill, time.monotonic(), 0
        for line, batch in batches(self.plan, self.book):
            while True:
                with suppress(queue.Full):
                    lines[line].todo.put(batch, timeout=1)
                    break
                if failed := [x.failure for x in lines if x.failure]:
                    raise failed[0]
            if not killed and self.book.acknowledged > half:
                self._blow()
                killed = True
            if (now := time.monotonic()) - lately > EVERY:
                rate = (self.book.acknowledged - before) / (now - lately)
                self._look()
                self.told(
                    f"{self.book.acknowledged:>9,} objects · {rate:6,.0f}/s · server {self.memory[-1][1]} MB"
                    f" · load {os.getloadavg()[0]:.1f}"
                )
                lately, before = now, self.book.acknowledged
        if not killed:
            self._blow()
        for each in lines:
            each.todo.put(None)

    def _blow(self) -> None:
        """kill -9 in the middle of it, and up again."""
        at = time.monotonic()
        self.server.kill()
        before = self.server.seconds()
        self.server.start()
        self.down, self.boot = time.monotonic() - at, self.server.seconds() - before
        self.told(f"kill -9 at {self.book.acknowledged:,} objects; back after {self.down:.1f} s")

    def _spent(self) -> list[float]:
        return [self.server.seconds(), watch.seconds(self.postmaster), time.process_time()]

    def _look(self) -> None:
        self.memory.append((self.book.acknowledged, self.server.memory()))


def compare(line: Line, book: Book) -> tuple[int, list[str]]:
    """Counts and digests of every day and type, then every object: how many are the same, and what is not."""
    from tongban.platforms.reporting.queries import day_digest

    same, found = 0, []
    days: dict[str, dict[str, dict[str, tuple[int, str]]]] = defaultdict(dict)
    for (day, type_), mine in book.held.items():
        days[day][type_] = mine
    for day, types in sorted(days.items()):
        status, answer = line.ask("GET", f"{PATH}/reconciliation?date={day}")
        here = {t["type"]: t for t in answer["types"]} if status == 200 else {}
        for type_, mine in types.items():
            there = here.get(type_, {})
            if there.get("digest") != day_digest(mine) or there["count"] != len(mine):
                found.append(f"{day} {type_}: {there}")
            objects = [{"key": k, "version": v, "digest": d} for k, (v, d) in mine.items()]
            body = orjson.dumps({"date": day, "type": type_, "objects": objects})
            answer = line.ask("POST", f"{PATH}/reconciliation", body)[1]
            same += answer["same"]
            found += [f"{day} {type_} {d}" for d in answer["differences"]]
    return same, found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
