"""Our live path: `open_case` and `perform` as the pages and the API call them, one durable transaction a step."""

import os
import time
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from bench.engine.workload import STEPS, WINDOW, Runner, Took, form_of

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongban.project.settings")
SPACE = UUID("5b9b6a1e-3f6f-4a1e-8f0e-0a4a0a2b7c11")
SEVEN = {
    "key": "seven",
    "name": "七步许可",
    "nodes": [
        {"key": "start", "kind": "start"},
        {"key": "accept", "kind": "human", "name": "受理", "stage": "受理", "post": "CK", "duty": "accept",
         "limit": {"amount": 5, "counted": False}, "choices": [{"key": "accept", "name": "受理"}, {"key": "refuse", "name": "不予受理"}]},
        {"key": "fork", "kind": "split"},
        {"key": "review_a", "kind": "human", "name": "审查", "stage": "审查", "post": "SA", "duty": "review", "limit": {"amount": 4},
         "choices": [{"key": "pass", "name": "通过"}]},
        {"key": "review_b", "kind": "human", "name": "协审", "stage": "审查", "post": "SB", "duty": "review", "limit": {"amount": 4},
         "choices": [{"key": "pass", "name": "通过"}]},
        {"key": "join", "kind": "join", "split": "fork"},
        {"key": "decide", "kind": "human", "name": "决定", "stage": "决定", "post": "FG", "duty": "decide", "limit": {"amount": 3},
         "choices": [{"key": "granted", "name": "准予"}, {"key": "denied", "name": "不予", "needs": ["reason", "remedy"]}], "apart_from": ["accept"]},
        {"key": "deliver", "kind": "human", "name": "送达", "stage": "送达", "post": "CK", "duty": "deliver", "limit": {"amount": 3, "counted": False}},
        {"key": "file", "kind": "human", "name": "归档", "stage": "归档", "post": "KZ", "duty": "check", "limit": {"amount": 1, "counted": False}},
        {"key": "end", "kind": "end"},
    ],
    "edges": [
        {"from": "start", "to": "accept"}, {"from": "accept", "to": "fork"}, {"from": "fork", "to": "review_a"},
        {"from": "fork", "to": "review_b"}, {"from": "review_a", "to": "join"}, {"from": "review_b", "to": "join"},
        {"from": "join", "to": "decide"}, {"from": "decide", "to": "deliver"}, {"from": "deliver", "to": "file"}, {"from": "file", "to": "end"},
    ],
}  # fmt: skip
WHO = {
    "accept": "clerk",
    "review_a": "reviewer",
    "review_b": "neighbour",
    "decide": "head",
    "deliver": "clerk",
    "file": "section_head",
}
DATA = {
    "accept": {}, "review_a": {"outcome": "pass", "opinion": "材料齐全"}, "review_b": {"outcome": "pass", "opinion": "同意"},
    "decide": {"outcome": "granted"}, "deliver": {"method": "窗口领取"}, "file": {},
}  # fmt: skip


def prepare() -> None:
    """An empty installation with a small city: two departments, five posts, the licence of seven steps."""
    import django

    django.setup()
    from django.core.management import call_command

    from tests.db.engine.city import build
    from tongban.registry.models import Account

    call_command("migrate", verbosity=0)
    if not Account.objects.exists():
        build(SEVEN)
        _let_haste_pass(Account.objects.get(username="head"))


def _let_haste_pass(by: Any) -> None:
    """Rule P02 gives a card to a case whose steps are all written down within a minute: here to each, in a city to few.

    It is asked as every other rule; only the number of steps that make haste is set beyond those of the flow.
    """
    from django.db.backends.postgresql.psycopg_any import DateRange

    from tongban.platforms.supervision.models import RuleVersion

    RuleVersion.objects.create(
        rule="P02",
        thresholds={"steps": 20},
        basis="bench",
        made_by=by,
        valid=DateRange(date(2020, 1, 1), None),
    )


def runner() -> Runner:
    """Carries cases through the seven steps, each by the person whose step it is."""
    import django

    from tongban.base.processes import make_room

    make_room()  # as every program of the house
    django.setup()
    from tongban.engine.services import Applicant, Handed, open_case, perform
    from tongban.registry.models import Account, OfferingVersion

    people = {a.username: a for a in Account.objects.all()}
    version = OfferingVersion.objects.select_related("offering__matter", "offering__organisation").get()

    def run(first: int, cases: int) -> Took:
        took: Took = {step: [] for step in STEPS}
        ids: dict[int, int] = {}
        commands = iter([uuid5(SPACE, f"{first} {n}") for n in range(cases * len(STEPS))])
        for begin in range(first, first + cases, WINDOW):
            for step in STEPS:
                for n in range(begin, min(begin + WINDOW, first + cases)):
                    command = next(commands)
                    started = time.perf_counter()
                    if step == "submit":
                        form, papers = form_of(n)
                        ids[n] = open_case(
                            people["applicant"], offering_version=version, data=form, command_id=command,
                            applicant=Applicant(form["owner"], phone=form["phone"], account=people["applicant"]),
                            materials=[Handed(p["key"], name=p["name"]) for p in papers],
                        ).case_id  # fmt: skip
                    else:
                        type_ = "accept" if step == "accept" else "complete"
                        perform(people[WHO[step]], ids[n], type_, command_id=command, data=DATA[step])
                    took[step].append(time.perf_counter() - started)
        return took

    return run
