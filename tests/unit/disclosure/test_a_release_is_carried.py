"""A release as the machine carries it: checked, reviewed, signed one of three ways, held until its time; and D01, D03 on it."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from tests.unit.disclosure.releases import ALL, DEFINITION, DESK, HELD, REVIEWER, SIGNER, a_release, reviewed
from tests.unit.supervision.test_rules import facts_of
from tongban.engine.errors import Refused
from tongban.engine.machine import allowed
from tongban.platforms.disclosure.rules import Local, next_review, regime, regimes
from tongban.platforms.disclosure.standing import NO_REASON, stand_of
from tongban.platforms.supervision.rules import RULES, examine, reprove

SIGNED = "2026-02-26"  # a Thursday before a Saturday that is worked: five working days end with 4 March, twenty with 25


def found(case, rule="D01"):
    facts = replace(facts_of(case), kind="release")
    findings = [f for f in examine(facts, known=frozenset()).findings if f.rule == rule]
    for f in findings:
        assert reprove(rule, f.inputs, DEFINITION.calendar) == f.level
    return [f.level for f in findings]


def at(case, day, hour=9):
    case.now = case.now.replace(year=day.year, month=day.month, day=day.day, hour=hour)
    return case


def test_no_limit_runs_before_the_signing_and_five_days_after_it():
    case = a_release()
    assert case.state.clocks == ()
    reviewed(case).do("complete", SIGNER, outcome="proactive", release_at="2026-03-10 09:00")
    due = case.state.clock("promised").due
    assert (due.date() - timedelta(days=1)) == date(2026, 3, 9)
    assert case.state.clock("statutory").limit.amount == 20
    assert case.state.taken_on == {"outcome": "proactive", "reason": ""}
    assert stand_of(case.state).state == "ready"


def test_what_was_signed_before_counts_from_its_signing():
    case = a_release(signed_on=SIGNED).do("complete", DESK, outcome="proactive")
    assert case.state.clock("promised").start.date() == date(2026, 2, 26)
    assert case.state.clock("promised").due.date() == date(2026, 3, 5)
    reviewed(case)
    assert (case.state.phase, case.state.result, stand_of(case.state).state) == ("closed", "done", "released")


def test_it_waits_for_its_moment_and_no_longer():
    case = a_release(signed_on=SIGNED).do("complete", DESK, outcome="proactive")
    reviewed(case, release_at="2026-03-04 08:30")
    assert stand_of(case.state).release_at.hour == 8
    case.wait(days=1)
    assert case.state.phase != "closed"
    case.wait(hours=24)
    assert (case.state.phase, stand_of(case.state).state) == ("closed", "released")


@pytest.mark.parametrize("said", ["bald", "2029-01-01 09:00"])
def test_a_moment_that_is_none_or_too_far_is_refused(said):
    case = reviewed(a_release())
    with pytest.raises(Refused) as caught:
        case.do("complete", SIGNER, outcome="proactive", release_at=said)
    assert caught.value.code in ("missing_field", "out_of_range")


def test_every_point_of_the_checklist_is_ticked_to_pass_and_stands_on_record():
    case = a_release().do("complete", DESK, outcome="checked", opinion="一致")
    with pytest.raises(Refused, match="missing_field"):
        case.do("complete", REVIEWER, outcome="passed", opinion="可以", checklist=ALL[:3])
    case.do("complete", REVIEWER, outcome="returned", reason="删去电话")
    assert [t.node for t in case.state.open_tasks] == ["check"]
    reviewed(case)
    done = [e for e in case.events if e.type == "task.done" and e.payload.get("outcome") == "passed"]
    assert len(done[-1].payload["checked"]) == len(ALL)


def test_who_checked_does_not_review():
    case = a_release().do("complete", DESK, outcome="checked", opinion="一致")
    both = replace(REVIEWER, account=DESK.account)
    with pytest.raises(Refused, match="same_person"):
        case.do("complete", both, outcome="passed", opinion="可以", checklist=ALL)


def test_the_panel_offers_three_ways_of_signing_with_their_fields():
    case = reviewed(a_release())
    action = next(
        a for a in allowed(DEFINITION, case.state, SIGNER, case.facts, case.now) if a.node == "sign"
    )
    assert [key for key, _ in action.outcomes] == ["proactive", "on_request", "withheld"]
    assert {f.name for f in action.fields} == {"opinion", "reason", "release_at"}
    with pytest.raises(Refused, match="choose_outcome"):
        case.do("accept", SIGNER)
    with pytest.raises(Refused, match="missing_field"):
        case.do("complete", SIGNER, outcome="withheld")


def test_the_moment_is_asked_with_the_last_step_before_it_and_only_where_it_is_published():
    def asked(case):
        actions = allowed(DEFINITION, case.state, REVIEWER, case.facts, case.now)
        return {f.name: f.when for a in actions if a.node == "secrecy" for f in a.fields}

    unsigned = a_release().do("complete", DESK, outcome="checked", opinion="一致")
    assert set(asked(unsigned)) == {"opinion", "reason", "checklist"}
    signed = a_release(signed_on=SIGNED).do("complete", DESK, outcome="proactive")
    signed.do("complete", DESK, outcome="checked", opinion="一致")
    assert asked(signed)["release_at"] == ("passed",)
    kept = a_release(signed_on=SIGNED).do("complete", DESK, outcome="withheld", reason="属于工作秘密")
    kept.do("complete", DESK, outcome="checked", opinion="一致")
    assert "release_at" not in asked(kept)


def test_kept_back_it_is_closed_with_its_reason():
    case = reviewed(a_release()).do("complete", SIGNER, outcome="on_request", reason="内部管理信息，可以申请")
    stand = stand_of(case.state)
    assert (case.state.phase, stand.state, stand.attribute) == ("closed", "closed", "on_request")
    assert found(case, "D03") == []


@pytest.mark.parametrize(
    ("day", "expected"), [("2026-03-04", []), ("2026-03-05", [1]), ("2026-03-25", [1]), ("2026-03-26", [2])]
)
def test_d01_notices_the_local_limit_and_cards_the_lawful_one(day, expected):
    case = a_release(signed_on=SIGNED).do("complete", DESK, outcome="proactive")
    assert found(at(case, date.fromisoformat(day))) == expected


def test_d01_is_silent_about_what_was_published_in_time_or_is_not_to_be():
    case = a_release(signed_on=SIGNED).do("complete", DESK, outcome="proactive")
    assert found(at(reviewed(case), date(2026, 5, 6))) == []
    kept = a_release(signed_on=SIGNED).do(
        "complete", DESK, outcome="withheld", reason="属于工作秘密，不予公开"
    )
    assert found(at(kept, date(2026, 5, 6))) == []


@pytest.mark.parametrize(
    ("outcome", "reason", "expected"),
    [("unexplained", "", [2]), ("withheld", "略", [2]), ("withheld", "属于工作秘密", [])],
)
def test_d03_cards_what_was_kept_back_without_a_reason(outcome, reason, expected):
    case = a_release(signed_on=SIGNED).do("complete", DESK, outcome=outcome, reason=reason)
    assert found(case, "D03") == expected
    assert stand_of(case.state).reason == (reason or NO_REASON)


def test_the_rules_of_disclosure_stand_in_place_of_those_on_limits():
    case = at(a_release(signed_on=SIGNED).do("complete", DESK, outcome="proactive"), date(2026, 5, 6))
    facts = replace(facts_of(case), kind="release")
    assert {f.rule for f in examine(facts, known=frozenset()).findings} >= {"D01"}
    assert not {f.rule for f in examine(facts, known=frozenset()).findings} & {"T01", "T02", "T03"}
    assert not RULES["D01"].speaks_of("licence")


def test_a_decided_limit_holds_from_its_day_for_its_place_and_leaves_the_past_alone():
    held = (
        Local("9901", date(2026, 12, 1), 3, "市政府办公室规定"),
        Local("990102", date(2027, 3, 1), 10, "县里的规定"),
    )
    on = {
        day: regime("990102", date.fromisoformat(day), held).local
        for day in ("2026-11-30", "2026-12-01", "2027-02-28", "2027-03-01")
    }
    assert on == {"2026-11-30": 5, "2026-12-01": 3, "2027-02-28": 3, "2027-03-01": 10}
    assert regime("990100", date(2027, 3, 1), held).local == 3
    assert regime("330000", date(2027, 3, 1), held).local == 20
    assert [r.local for r in regimes("990100", held)] == [20, 20, 5, 3]


def test_the_local_rule_is_data_with_its_day():
    assert (HELD.law, HELD.local) == (20, 5)
    assert regime("990100", date(2019, 12, 31)).local == 20
    assert regime("330000", date(2026, 1, 1)).local == 20
    assert regime("990100", date(2008, 4, 30)) is None
    assert next_review("990100", date(2024, 2, 29)) == date(2025, 2, 28)
