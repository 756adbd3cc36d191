"""What a department's system would send: the objects of a permit, from the application to the delivery, and a signed way in."""

import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from tongban.base.calendar import CHINA
from tongban.platforms.reporting import signing

PATH = "/api/v1/reports"
BEGUN = datetime(2026, 3, 2, 9, tzinfo=CHINA)  # a Monday


def story(
    n: int, *, begun: datetime = BEGUN, correction: bool = True, special: bool = True
) -> list[dict[str, Any]]:
    """The objects of the n-th case of the permit (`tests.permits.FLOW`), in order, an hour apart."""
    steps: list[dict[str, Any]] = [
        {"type": "application", "applicant": f"兴旺小吃店{n}", "applicant_kind": "organisation", "phone": "13900001111",
         "form": {"shop": "兴旺小吃店", "address": "东门大街 1 号"}, "materials": {"m1": "supplied"}},
        {"type": "pre_acceptance", "outcome": "passed"},
        *([{"type": "correction_notice", "items": ["营业执照"]},
           {"type": "correction_supplied", "materials": {"m2": "supplied"}}] if correction else []),
        {"type": "acceptance", "materials": {"m2": "supplied"}},
        {"type": "step", "step": "review_a", "step_no": 1, "outcome": "pass", "opinion": "材料齐全"},
        {"type": "step", "step": "review_b", "step_no": 2, "outcome": "pass", "opinion": "同意"},
        *([{"type": "special_procedure_start", "procedure": "inspection", "days": 5, "basis": "食品安全法第三十五条",
            "document": "告[2026]1号", "approver": "周澄"},
           {"type": "special_procedure_end", "outcome": "合格"}] if special else []),
        {"type": "step", "step": "check", "step_no": 3, "outcome": "agree"},
        {"type": "decision", "outcome": "granted"},
        {"type": "delivery", "method": "窗口领取"},
    ]  # fmt: skip
    return [
        {
            "case": f"SB{n:08d}", "matter": "P-1", "version": 1, "no": i,
            "occurred_at": (begun + timedelta(hours=i)).isoformat(), **step,
        }
        for i, step in enumerate(steps, start=1)
    ]  # fmt: skip


def signed(
    key_id: str, secret: str, method: str, path: str, body: bytes = b"", at: float | None = None
) -> Mapping[str, str]:
    """Fresh headers for a request."""
    return signing.headers(key_id, secret, method, path, int(at or time.time()), uuid4().hex, body)


class Department:
    """A department's system, speaking through Django's test client."""

    def __init__(self, http: Any, key_id: str, secret: str) -> None:
        self.http, self.key_id, self.secret = http, key_id, secret

    def post(self, path: str, content: Any, **more: Any) -> Any:
        """A signed POST."""
        body = json.dumps(content, ensure_ascii=False).encode()
        headers = dict(signed(self.key_id, self.secret, "POST", path, body)) | more
        return self.http.post(path, body, content_type="application/json", headers=headers)

    def get(self, path: str) -> Any:
        """A signed GET."""
        return self.http.get(path, headers=dict(signed(self.key_id, self.secret, "GET", path)))

    def report(self, *objects: Any) -> list[dict[str, Any]]:
        """Report objects and give the verdicts."""
        answer = self.post(PATH, {"objects": list(objects)})
        assert answer.status_code == 200, answer.content
        verdicts: list[dict[str, Any]] = answer.json()["verdicts"]
        return verdicts
