"""Rule by rule against the manifest of a year of 20,000 cases, without a database: every case rule asked of whole lives.

Told are some of its cases, as that takes long: with a fault planted in them, each rule's several times, look-alikes, ordinary
ones; `python -m bench.supervision year 20000` writes all of them and scores what was found on the way, too.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from string import Formatter

import pytest
from msgspec.structs import replace

from tongban.engine.definitions import asks_form
from tongban.engine.kinds import Facts
from tongban.engine.state import EMPTY, NEW, Finding, State
from tongban.platforms.supervision.cardbox import WORDS
from tongban.platforms.supervision.rules import RULES, STUDIES, examine, worst
from tongban.registry.identity import identity_doubts
from tongban.simulator.city import on_paper
from tongban.simulator.faults import COUNTED, PLANTERS
from tongban.simulator.scoring import Score
from tongban.simulator.year import A_FAULT_EVERY, A_LOOKALIKE_EVERY, Chronicle, Lived, Plan

PLAN = Plan("anlan", date(2025, 1, 2), date(2025, 12, 31), 20_000, 20251122)
#: Every so many planted faults and ordinary cases one is told.
PLANTED_EVERY, ORDINARY_EVERY = 5, 97
CASE_RULES = sorted(RULES.keys() - STUDIES.keys())


def test_every_rule_finds_its_faults_and_nothing_else(score: Score) -> None:
    assert score.perfect, (score.missed, score.false, score.examples)


@pytest.mark.parametrize("rule", sorted(PLANTERS.keys() | COUNTED))
def test_each_rule_is_broken_several_times_and_found_each_time(rule: str, score: Score) -> None:
    assert score.right[rule] == score.due[rule] >= 5
    assert (score.missed[rule], score.false[rule]) == (0, 0)


@pytest.mark.parametrize("rule", [r for r in CASE_RULES if r not in PLANTERS and r not in COUNTED])
def test_a_rule_that_nobody_can_break_finds_nothing(rule: str, score: Score) -> None:
    assert (score.due[rule], score.false[rule]) == (0, 0)


def test_everything_a_card_shows_has_a_name(found: list[tuple[Lived, tuple[Finding, ...]]]) -> None:
    shown = {name for _lived, findings in found for f in findings for name in f.inputs["inputs"]}
    assert shown <= WORDS.keys()
    for rule in RULES.values():
        said = {name for _text, name, _spec, _how in Formatter().parse(rule.words) if name}
        assert said <= WORDS.keys() | rule.thresholds.keys(), rule.id


@pytest.fixture(scope="module")
def found() -> list[tuple[Lived, tuple[Finding, ...]]]:
    """Cases of the year, each with what all rules find of its whole life."""
    chronicle = Chronicle(PLAN, on_paper())
    return [(one, examine(_facts(one), known=frozenset()).findings) for one in _told(chronicle)]


@pytest.fixture(scope="module")
def score(found: list[tuple[Lived, tuple[Finding, ...]]]) -> Score:
    scored = Score()
    for lived, findings in found:
        due: Counter[tuple[str, str]] = Counter()
        for fault in lived.faults:
            due[fault.rule, fault.episode] = max(fault.level, due[fault.rule, fault.episode])
        scored.take(lived.record.key, due, worst(findings))
    return scored


def _told(chronicle: Chronicle) -> Iterator[Lived]:
    """The planted ones by turns, so that each planter has its share of all seasons; look-alikes; a few ordinary ones."""
    turns = PLAN.cases // A_FAULT_EVERY
    for turn in range(turns):
        if turn // len(PLANTERS) % PLANTED_EVERY == 0:
            yield chronicle.case(turn * A_FAULT_EVERY + A_FAULT_EVERY - 1)
    for turn in range(0, turns, 2 * A_LOOKALIKE_EVERY):
        yield chronicle.case(turn * A_FAULT_EVERY + A_FAULT_EVERY // 2)
    for n in range(0, PLAN.cases, ORDINARY_EVERY):
        yield chronicle.case(n)


def _facts(lived: Lived) -> Facts:
    """A case as it stands at the end of the year, asked about its whole life."""
    record, defn = lived.record, lived.offered.definition
    form = record.form if asks_form(defn) else EMPTY
    return Facts(
        1, record.number, record.kind, lived.offered.name, 1, 1, lived.offered.org, None, 0, record.channel, defn, NEW,
        _as_imported(lived), (), PLAN.present, form, whole=True,
    )  # fmt: skip


def _as_imported(lived: Lived) -> State:
    """The state as it was told, with what only the importer adds: doubts about the number, posts taken, who approved."""
    record, state = lived.record, lived.state
    approvers = [step.name for step in record.steps if step.type == "extend"]
    posts = {step.data.get("task"): step.post for step in record.steps if step.post}
    tasks = tuple(replace(t, acting=posts[t.no]) if t.no in posts else t for t in state.tasks)
    extensions = tuple(replace(e, approver=who) for e, who in zip(state.extensions, approvers, strict=True))
    doubts = tuple(identity_doubts(record.id_type, record.id_number))
    return replace(state, tasks=tasks, extensions=extensions, doubts=doubts)
