"""What supervision is told to have done in the demo city can be done: every step is one the flow has, by somebody there."""

import json
from importlib.resources import files
from typing import Any

import pytest

from tongban.platforms.supervision.models import Check, Complaint, Draw
from tongban.project.demo.tables import table
from tongban.project.demo.watching import DEEDS

TOLD = table("supervision.json")
PEOPLE = {h["username"] for p in table("posts.json")["posts"] for h in p.get("holders", ())}


def flow(name: str) -> dict[str, Any]:
    text = files("tongban.platforms.supervision").joinpath(f"data/{name}.json").read_text("utf-8")
    document: dict[str, Any] = json.loads(text)["flow"]
    return document


def walked(name: str, steps: list[Any], form: dict[str, str]) -> None:
    """Follow the flow by the outcomes told, as its conditions say."""
    document = flow(name)
    nodes = {n["key"]: n for n in document["nodes"]}
    said: dict[str, str] = {}

    def holds(when: str) -> bool:
        left, right = (part.strip() for part in when.split("=="))
        scope, key = left.split(".")
        return (said if scope == "outcome" else form).get(key) == right.strip("'")

    def onward(key: str) -> str:
        out = [e for e in document["edges"] if e["from"] == key]
        there = next((e for e in out if "when" in e and holds(e["when"])), None) or out[-1]
        return str(there["to"])

    here = "start"
    for _rest, outcome, opinion in steps:
        here = onward(here)
        while nodes[here]["kind"] == "decision":
            here = onward(here)
        choices = {c["key"]: c for c in nodes[here]["choices"]}
        assert outcome in choices, (here, outcome)
        assert opinion or "opinion" not in choices[outcome].get("needs", ()), (here, outcome)
        said[here] = outcome


ORDERS = [
    *[(o["steps"], str(o["level"])) for o in TOLD["orders"]],
    *[(c["order"]["steps"], "2") for c in TOLD["complaints"] if "order" in c],
    *[(check[3]["steps"], "3") for d in TOLD["draws"] for check in d.get("checks", ()) if len(check) > 3],
]


@pytest.mark.parametrize(("steps", "level"), ORDERS)
def test_orders_go_the_way_of_their_flow(steps: list[Any], level: str) -> None:
    walked("order", steps, {"level": level})


@pytest.mark.parametrize("said", TOLD["complaints"], ids=lambda c: f"{c['topic']}-{c['days']}")
def test_complaints_go_the_way_of_their_flow(said: dict[str, Any]) -> None:
    walked("complaint", said["steps"], {"topic": str(Complaint.Topic(said["topic"]).label)})
    assert len(said["words"]) >= 10


def test_everything_else_is_known() -> None:
    assert {deed for c in TOLD["cards"] for _rest, deed, _reason in c["steps"]} == set(DEEDS)
    for draw in TOLD["draws"]:
        assert draw["purpose"] in Draw.Purpose.values
        assert {check[1] for check in draw.get("checks", ())} <= set(Check.Verdict.values)
        assert len(draw.get("checks", ())) <= draw["wanted"]
        assert draw["title"].format(year=2026, month=11)
    named = {d["by"] for d in TOLD["draws"]} | {
        r[k] for r in TOLD["recusals"] for k in ("who", "leader") if k in r
    }
    assert named <= PEOPLE
