"""Run as a program over a database that was killed under load: everything that does not fit, as a list of sentences."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import django


def inquire(journal: Path) -> dict[str, Any]:
    """What was found, and how much was looked at."""
    from tongban.engine.ledger.sealing import seal_and_checkpoint
    from tongban.engine.ledger.verify import verify
    from tongban.engine.models import Case, CommandRow, EventRow, OutboxRow

    seal_and_checkpoint()
    report = verify()
    found = [
        *acknowledged(journal), *commands(), *cases(), *families(), *effects(),
        *(f"ledger: {misfit}" for misfit in report.misfits),
    ]  # fmt: skip
    return {
        "found": found, "verified": report.ok, "sealed": report.counts["leaves"],
        "cases": Case.objects.count(), "commands": CommandRow.objects.count(),
        "events": EventRow.objects.count(), "effects": OutboxRow.objects.count(),
    }  # fmt: skip


def acknowledged(journal: Path) -> list[str]:
    """Every acknowledged command is there with the outcome that was acknowledged, and no person's command besides."""
    from tongban.engine.models import CommandRow

    kept = {str(c.pk): c for c in CommandRow.objects.all()}
    told: dict[str, dict[str, Any]] = {}
    found = []
    for text in journal.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        answer = {k: line["answer"][k] for k in ("number", "seq", "events")}
        row = kept.get(line["key"])
        if row is None:
            found.append(f"acknowledged and lost: {line}")
        elif {k: row.outcome[k] for k in answer} != answer:
            found.append(f"acknowledged otherwise than kept: {line} {row.outcome}")
        if told.setdefault(line["key"], answer) != answer:
            found.append(f"acknowledged twice, differently: {line}")
    found += [
        f"done and never acknowledged: {key}"
        for key, row in kept.items()
        if row.account_id and key not in told
    ]
    return found


def commands() -> list[str]:
    """The events of each command stand together, are those of its outcome, and none is anybody else's."""
    from tongban.engine.models import CommandRow, EventRow

    events: dict[Any, list[tuple[int, int, str]]] = {}
    for e in EventRow.objects.order_by("case_id", "seq").values_list("command_id", "case_id", "seq", "type"):
        events.setdefault(e[0], []).append(e[1:])
    found = []
    for row in CommandRow.objects.all():
        mine = events.pop(row.pk, [])
        first = row.outcome["seq"] - len(row.outcome["events"]) + 1
        wanted = [(row.case_id, first + i, type_) for i, type_ in enumerate(row.outcome["events"])]
        if mine != wanted:
            found.append(f"half done: {row.type} {row.pk}: {mine} instead of {wanted}")
    return found + [f"events of no command: {key} {rows}" for key, rows in events.items()]


def cases() -> list[str]:
    """A case's row, its tasks and its form are what its events say."""
    from tongban.engine import codec
    from tongban.engine.carry import task_row
    from tongban.engine.models import Case, CaseData, EventRow, TaskRow
    from tongban.engine.queries import case_definition, state_at

    found = []
    forms = Counter(CaseData.objects.values_list("case_id", flat=True))
    numbers: dict[int, list[int]] = {}
    for case_id, seq in EventRow.objects.order_by("case_id", "seq").values_list("case_id", "seq"):
        numbers.setdefault(case_id, []).append(seq)
    for case in Case.objects.all():
        state = state_at(case.pk)
        if numbers.get(case.pk) != list(range(1, case.seq + 1)):
            found.append(f"{case}: events {numbers.get(case.pk)} at seq {case.seq}")
        if codec.load(case.state) != state:
            found.append(f"{case}: state is not the fold of its events")
        if (case.phase, case.result, case.stage, case.paused) != (
            state.phase,
            state.result,
            state.stage,
            state.paused,
        ):
            found.append(
                f"{case}: row says {case.phase} {case.result}, events say {state.phase} {state.result}"
            )
        wanted = {t.no: task_row(case_definition(case), t) for t in state.tasks}
        kept = {t.no: t for t in TaskRow.objects.filter(case_id=case.pk)}
        if wanted.keys() != kept.keys():
            found.append(f"{case}: tasks {sorted(kept)} instead of {sorted(wanted)}")
            continue
        for no, want in wanted.items():
            row = kept[no]
            said = (
                row.node,
                row.status,
                row.post_id,
                row.assignee_id,
                row.done_by_id,
                row.outcome,
                row.opened_at,
                row.done_at,
                row.due_at,
            )
            told = tuple(
                want[k]
                for k in ("node", "status", "post", "assignee", "by", "outcome", "opened", "done", "due")
            )
            if said != told:
                found.append(f"{case}: task {no} {said} instead of {told}")
        if forms[case.pk] != 1:
            found.append(f"{case}: {forms[case.pk]} forms")
    return found


def families() -> list[str]:
    """Each joint case that was accepted has each member once, and each member came home once."""
    from tongban.engine.models import Case, EventRow

    found = []
    for parent in Case.objects.filter(kind="joint", parent=None, accepted_at__isnull=False):
        children = list(Case.objects.filter(parent_id=parent.pk).select_related("offering"))
        members = sorted(c.offering.implementation_code for c in children)
        if members != ["B-1", "P-1"]:
            found.append(f"{parent}: members {members}")
        home = EventRow.objects.filter(case_id=parent.pk, type="child.concluded").values_list(
            "payload", flat=True
        )
        closed = sorted(c.offering.implementation_code for c in children if c.phase == "closed")
        if sorted(p["member"] for p in home) != closed or any(p.get("late") for p in home):
            found.append(f"{parent}: came home {list(home)}, closed {closed}")
    return found


def effects() -> list[str]:
    """Everything that commands left to be done was done, once."""
    from tongban.engine.models import EventRow, OutboxRow
    from tongban.faces.hall.models import Notice
    from tongban.platforms.supervision.models import Card

    found = [
        f"not delivered: {row.topic} {row.key} after {row.attempts} attempts ({row.error})"
        for row in OutboxRow.objects.filter(sent_at=None)
    ]
    told = Counter(Notice.objects.values_list("case_id", "seq", "account_id"))
    found += [f"told {n} times: event {key}" for key, n in told.items() if n > 1]
    findings = set(EventRow.objects.filter(type="finding.issued").values_list("case_id", "seq"))
    cards = Counter(Card.objects.values_list("case_id", "seq"))
    if set(cards) != findings or any(n > 1 for n in cards.values()):
        found.append(f"cards {cards} for findings {findings}")
    return found


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(inquire(Path(sys.argv[1]))))
