"""History comes in by the same machine: the same events, the same state, a verdict for each record."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from msgspec.structs import replace

from tests.db.engine.city import FORM, City, row
from tongban.base.calendar import CHINA
from tongban.engine import codec, kinds
from tongban.engine.bulk import import_history
from tongban.engine.history import HistoryRecord, HistoryStep
from tongban.engine.models import CommandRow, EventRow, TaskRow, Watch
from tongban.engine.numbering import secret_fits
from tongban.engine.queries import state_at
from tongban.engine.state import Finding

MONDAY = datetime(2025, 3, 3, 9, tzinfo=CHINA)


def story(city: City, key: str, *, until: int = 6, **more: object) -> HistoryRecord:
    """A permit granted within the week, or the beginning of one."""
    who = {name: account.pk for name, account in city.people.items()}
    steps = (
        ("clerk", "accept", {}),
        ("reviewer", "complete", {"outcome": "pass", "task": 2}),
        ("neighbour", "complete", {"outcome": "pass", "task": 3}),
        ("section_head", "complete", {"outcome": "agree", "task": 4}),
        ("head", "complete", {"outcome": "granted", "task": 5}),
        ("clerk", "complete", {"method": "窗口领取", "task": 6}),
    )
    return HistoryRecord(
        key=key, offering_version=city.version.pk, applied=MONDAY, applicant_name="王伟\t\\N\n", form=FORM,
        materials={"form": "supplied", "plan": "supplied"}, applicant=who["applicant"], by=who["clerk"],
        steps=tuple(
            HistoryStep(type_, MONDAY + timedelta(hours=i), who[name], data=data)
            for i, (name, type_, data) in enumerate(steps[:until], start=1)
        ),
        **more,
    )  # fmt: skip


def test_the_commands_of_a_record_count_on_from_the_one_that_opens_it(city: City) -> None:
    record = story(city, "A1")
    (verdict,) = import_history([record])
    ids = (
        CommandRow.objects.filter(case_id=verdict.case_id).order_by("created_at").values_list("pk", flat=True)
    )
    assert [i.int - record.opening.int for i in ids] == list(range(7))
    assert {i.version for i in ids} == {5}


def test_nobody_was_told_the_secret_of_an_imported_case(city: City) -> None:
    first, second = (row(v.case_id) for v in import_history([story(city, "A"), story(city, "B")]))
    assert first.secret_hash != second.secret_hash
    assert not any(secret_fits(first.number, said, first.secret_hash) for said in ("", first.secret_hash))


def test_a_text_that_cannot_be_written_is_refused_and_the_others_go_in(city: City) -> None:
    records = [story(city, "A"), story(city, "B", title="半个字\ud83d"), story(city, "C")]
    verdicts = list(import_history(records))
    assert [v.code for v in verdicts] == ["imported", "not_importable", "imported"]
    assert "半个字符" in verdicts[1].message


def test_a_number_of_the_other_system_is_kept_as_it_is(city: City) -> None:
    number = '许"1\\2'
    (verdict,) = import_history([story(city, "odd", number=number)])
    assert verdict.ok, verdict
    assert row(verdict.case_id).number == number
    assert {c.outcome["number"] for c in CommandRow.objects.filter(case_id=verdict.case_id)} == {number}


def test_finished_case_comes_in_as_it_would_have_been_carried(city: City) -> None:
    (verdict,) = import_history([story(city, "A1")])
    assert verdict.ok
    assert verdict.case_id is not None
    case = row(verdict.case_id)
    live = row(city.granted())
    assert (case.phase, case.result, case.applicant_name) == ("closed", "granted", "王伟\t\\N\n")
    assert codec.load(case.state) == state_at(case.pk)
    types = [
        list(EventRow.objects.filter(case_id=c.pk).order_by("seq").values_list("type", flat=True))
        for c in (case, live)
    ]
    assert types[0] == types[1]
    assert TaskRow.objects.filter(case_id=case.pk).count() == TaskRow.objects.filter(case_id=live.pk).count()


def test_record_that_the_machine_refuses_leaves_nothing_and_the_others_go_in(city: City) -> None:
    bad = story(city, "B")
    bad = replace(bad, materials={"form": "supplied"})
    verdicts = list(import_history([story(city, "A"), bad, story(city, "C")]))
    assert [(v.key, v.ok, v.code) for v in verdicts] == [
        ("A", True, "imported"), ("B", False, "materials_missing"), ("C", True, "imported"),
    ]  # fmt: skip
    assert verdicts[1].step == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT case_id) FROM engine_event")
        assert cursor.fetchone() == (2,)


def test_a_record_that_was_refused_is_not_there_already_when_it_is_told_again_mended(city: City) -> None:
    good = story(city, "A")
    bad = replace(good, materials={"form": "supplied"})
    assert [v.code for v in import_history([bad, bad, good, good])] == [
        "materials_missing", "materials_missing", "imported", "there_already",
    ]  # fmt: skip


def test_members_of_a_joint_case_come_in_under_it(city: City) -> None:
    verdicts = list(import_history([story(city, "L"), story(city, "L-1", parent="L")]))
    assert row(verdicts[1].case_id or 0).parent_id == verdicts[0].case_id
    assert (
        EventRow.objects.get(case_id=verdicts[1].case_id, type="case.applied").payload["parent"]
        == verdicts[0].case_id
    )
    (later,) = import_history([story(city, "L-2", parent="L")])
    assert row(later.case_id or 0).parent_id == verdicts[0].case_id, "in another run too"
    (orphan,) = import_history([story(city, "X-1", parent="X")])
    assert (orphan.ok, orphan.code) == (False, "parent_missing")


def test_second_import_of_a_key_changes_nothing(city: City) -> None:
    list(import_history([story(city, "A")]))
    verdicts = list(import_history([story(city, "A"), story(city, "B"), story(city, "B")]))
    assert [v.code for v in verdicts] == ["there_already", "imported", "there_already"]


def test_open_case_of_the_past_keeps_its_tasks_and_its_watch(city: City) -> None:
    (verdict,) = import_history([story(city, "A", until=0)])
    assert verdict.case_id is not None
    case = row(verdict.case_id)
    assert case.tasks.get(status="open").node == "accept"
    assert Watch.objects.get(pk=case.pk).fire_at == datetime(2025, 3, 11, tzinfo=CHINA)


def test_time_passes_in_the_past_too(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step taken after the acceptance limit finds the case accepted by law; a rule speaks when it would have spoken."""
    seen: list[datetime] = []

    def late(facts: kinds.Facts) -> kinds.Verdict:
        limit = MONDAY + timedelta(days=1)
        if facts.now < limit:
            return kinds.Verdict(next_at=limit)
        if not facts.state.findings:
            seen.append(facts.now)
        return kinds.Verdict((Finding("T", 1, "case", "慢了", facts.now),))

    monkeypatch.setitem(kinds._registry.detectors, "late", late)
    record = story(city, "A", until=0)
    late_step = HistoryStep(
        "note", MONDAY + timedelta(days=30), city.people["clerk"].pk, data={"text": "来电询问"}
    )
    record = replace(record, steps=(late_step,))
    (verdict,) = import_history([record])
    assert verdict.case_id is not None
    types = list(
        EventRow.objects.filter(case_id=verdict.case_id).order_by("seq").values_list("type", "occurred_at")
    )
    assert ("finding.issued", MONDAY + timedelta(days=1)) in types
    assert "case.deemed_accepted" in [t for t, _ in types]
    assert seen == [MONDAY + timedelta(days=1)]
    assert row(verdict.case_id).level == 1
