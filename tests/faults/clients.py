"""Programs that work on cases over HTTP and never give up: what is not acknowledged is sent again under the same id.

Whatever is acknowledged goes into a journal on disk, to be compared with the database afterwards.
"""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.town import FORM, JOINT, PERMIT

PATIENCE = 120.0  # seconds until an answer; past it the installation has not come back
PAUSE = 0.2  # seconds between two attempts
PASSING = {423, 429, 502, 503}  # answers that ask to be asked again


class GaveUp(AssertionError):
    """No answer within PATIENCE, or one that no client should get."""


@dataclass
class Office:
    """Where the programs work: the address, everybody's token, the journal, and whether to begin another story."""

    port: int
    tokens: dict[str, str]
    journal: Path
    closing: threading.Event = field(default_factory=threading.Event)
    odd: list[str] = field(default_factory=list)
    acknowledged: int = 0
    repeated: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, who: str, path: str, key: str, answer: dict[str, Any], *, again: bool) -> None:
        """Write an acknowledgement down before anything else is done with it."""
        line = {"key": key, "who": who, "path": path, "answer": answer}
        with self.lock:
            with self.journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            self.acknowledged += 1
            self.repeated += again

    def fault(self, told: str) -> None:
        """Something no client should ever see."""
        with self.lock:
            self.odd.append(told)


class Desk:
    """One connection, used by one thread at a time."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._line: HTTPConnection | None = None

    def get(self, who: str, path: str) -> dict[str, Any]:
        """Read something, however long it takes."""
        return self._ask(who, "GET", path, None, {})[0]

    def post(
        self, who: str, path: str, body: dict[str, Any], key: str = "", **headers: str
    ) -> dict[str, Any]:
        """Have something done once, and note that it was acknowledged."""
        key = key or str(uuid4())
        answer, attempts = self._ask(who, "POST", path, json.dumps(body), {"Idempotency-Key": key, **headers})
        self.office.note(who, path, key, answer, again=attempts > 1)
        return answer

    def hang_up(self) -> None:
        """Close the connection; the next request opens another."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _ask(
        self, who: str, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[dict[str, Any], int]:
        sent = {
            "Authorization": f"Bearer {self.office.tokens[who]}",
            "Content-Type": "application/json",
            **headers,
        }
        deadline, attempts = time.monotonic() + PATIENCE, 0
        while time.monotonic() < deadline:
            attempts += 1
            try:
                status, said = self._once(method, path, body, sent)
            except (OSError, HTTPException, ValueError):
                self.hang_up()
                time.sleep(PAUSE)
                continue
            if status < 300:
                return said, attempts
            if status not in PASSING:
                self.office.fault(f"{who} {method} {path} {body}: {status} {said}")
                if status < 500:
                    raise GaveUp(f"{who} {method} {path}: {status} {said}")
            time.sleep(PAUSE)
        raise GaveUp(f"{method} {path}: no answer within {PATIENCE} s")

    def _once(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, Any]:
        if self._line is None:
            self._line = HTTPConnection("127.0.0.1", self.office.port, timeout=10)
        self._line.request(method, f"/api/v1{path}", body, headers)
        answer = self._line.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if answer.headers["Content-Type"].startswith(
            "application/json"
        ) else text[:300]


class Worker(threading.Thread):
    """Carries one case after another from the application to its end, until the office closes."""

    def __init__(self, office: Office, *, joint: bool) -> None:
        super().__init__(daemon=True)
        self.office, self.desk, self.second, self.joint = office, Desk(office), Desk(office), joint
        self.stories = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            while not self.office.closing.is_set():
                (self._joint if self.joint else self._permit)()
                self.stories += 1
        except Exception as error:  # noqa: BLE001 -- told by the test, which runs in another thread
            self.failure = error
        finally:
            self.desk.hang_up()
            self.second.hang_up()

    def _permit(self) -> None:
        opened = self.desk.post("clerk", "/cases", _application(PERMIT, "licence"))
        self._carry(opened["number"], opened["seq"])

    def _carry(self, number: str, seq: int | None = None) -> None:
        """A permit from acceptance to delivery; the two reviews at the same moment, the decision sent twice at once."""
        commands = f"/cases/{number}/commands"
        match = {} if seq is None else {"If-Match": f'"{seq}"'}
        self.desk.post("clerk", commands, {"type": "accept"}, **match)
        passed = {"type": "complete", "data": {"outcome": "pass"}}
        self._at_once(
            ("reviewer", commands, passed, str(uuid4())), ("neighbour", commands, passed, str(uuid4()))
        )
        self.desk.post("section_head", commands, {"type": "complete", "data": {"outcome": "agree"}})
        decision = ("leader", commands, {"type": "complete", "data": {"outcome": "granted"}}, str(uuid4()))
        first, second = self._at_once(decision, decision)
        if first | {"replayed": False} != second | {"replayed": False}:
            self.office.fault(f"one command, two outcomes: {first} {second}")
        self.desk.post("clerk", commands, {"type": "complete", "data": {"method": "窗口领取"}})

    def _joint(self) -> None:
        number = self.desk.post("clerk", "/cases", _application(JOINT, "joint"))["number"]
        self.desk.post("clerk", f"/cases/{number}/commands", {"type": "accept"})
        members = self._until(f"/cases?parent={number}", lambda page: len(page["items"]) == 2)["items"]
        for member in members:
            if member["org"]["code"] == "scjg":
                self._carry(member["number"])
            else:
                commands = f"/cases/{member['number']}/commands"
                self.desk.post("other_clerk", commands, {"type": "accept"})
                self.desk.post("other_clerk", commands, {"type": "complete", "data": {"method": "邮寄"}})
        self._until(f"/cases/{number}", lambda case: any(t["node"] == "deliver" for t in case["tasks"]))
        self.desk.post(
            "clerk", f"/cases/{number}/commands", {"type": "complete", "data": {"method": "窗口领取"}}
        )

    def _at_once(self, *requests: tuple[str, str, dict[str, Any], str]) -> list[dict[str, Any]]:
        with ThreadPoolExecutor(2) as pool:
            asked = [pool.submit(d.post, *r) for d, r in zip((self.desk, self.second), requests, strict=True)]
            return [a.result() for a in asked]

    def _until(self, path: str, fits: Any) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            seen = self.desk.get("monitor", path)
            if fits(seen):
                return seen
            time.sleep(PAUSE)
        raise GaveUp(f"{path} did not come to what it should within {PATIENCE} s")


def _application(matter: str, kind: str) -> dict[str, Any]:
    """What the counter takes in on paper."""
    return {
        "offering": matter,
        "form": FORM,
        "materials": [{"key": "m1"}, {"key": "m2"}],
        "kind": kind,
        "applicant": {"name": "李建国"},
    }
