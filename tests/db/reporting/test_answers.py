"""Every object has its answer: the same again, corrected, broken, too early, out of turn, not one's own."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reporting import BEGUN, PATH, signed, story
from tongban.base.calendar import CHINA
from tongban.engine.ledger.verify import verify
from tongban.engine.machine import fold
from tongban.engine.models import Case, EventRow
from tongban.engine.queries import events, standing
from tongban.platforms.reporting import clients, queries
from tongban.platforms.reporting.models import Client, ReportedObject
from tongban.platforms.reporting.services import digest_of
from tongban.platforms.reporting.writing import forget_refused
from tongban.platforms.supervision.models import Card


def test_the_same_again_gets_the_same_answer_and_has_no_effect(department):
    first = department.report(*story(1))
    count = EventRow.objects.count()
    again = department.report(*story(1))
    assert [v | {"replayed": True} for v in first] == again
    assert EventRow.objects.count() == count


def test_a_broken_object_spoils_no_other(department):
    objects = story(1)
    bad = [
        17, {"type": "wish"}, {**objects[3], "key": "x1", "occurred_at": "yesterday"}, {**objects[3], "key": "x2", "matter": "P-404"},
        {**objects[3], "key": "x3", "no": 50, "version": 0},
    ]  # fmt: skip
    verdicts = department.report(*objects[:6], *bad, *objects[6:])
    assert [v["status"] for v in verdicts].count("accepted") == len(objects)
    refused = [v for v in verdicts if v["status"] == "refused"]
    assert [v["code"] for v in refused] == ["object_invalid"] * 3 + ["matter_unknown", "object_invalid"]
    assert all(v["message"] and v["mend"] for v in refused)
    assert Case.objects.get().phase == "closed"


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    objects=st.lists(
        st.dictionaries(
            st.sampled_from(["type", "case", "matter", "key", "version", "no", "occurred_at", "applicant", "form", "step", "items"]),
            st.none() | st.integers(-(2**62), 2**62) | st.text(max_size=6) | st.sampled_from(
                ["application", "step", "SB", "P-1", "2026-03-02T09:00:00+08:00", "a\0b", "a\tb\\", {"a": 1.5}, [[]], True]
            ),
        )
        | st.none() | st.text(max_size=3),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_no_object_however_odd_is_a_fault(department, objects):
    objects = json.loads(json.dumps(objects).encode("utf-8", "replace"))
    body = json.dumps({"objects": objects})
    if "\\ud" not in body.lower():
        assert len(department.report(*objects)) == len(objects)


def test_a_refused_object_comes_again_mended_under_the_same_version(department):
    one = story(1)[0]
    assert department.report({**one, "applicant": ""})[0]["code"] == "object_invalid"
    assert department.report(one)[0]["status"] == "accepted"


def test_a_higher_version_is_recorded_beside_what_stands(department):
    objects = story(1)
    department.report(*objects[:7])
    before = EventRow.objects.count()
    corrected = {**objects[5], "version": 2, "opinion": "补充:已现场核对"}
    assert department.report(corrected)[0]["code"] == "amended"
    assert EventRow.objects.count() == before + 1
    assert "已现场核对" in EventRow.objects.order_by("-seq")[0].payload["text"]
    assert department.report({**objects[5], "opinion": "旧"})[0]["code"] == "version_reused"
    assert department.report({**corrected, "version": 3})[0]["status"] == "accepted"
    assert department.report({**objects[5], "version": 2, "opinion": "别的"})[0]["code"] == "version_reused"
    acceptance = next(o for o in objects if o["type"] == "acceptance")
    assert department.report({**acceptance, "version": 2})[0]["code"] == "not_mutable"


def test_a_step_left_out_is_a_fact_and_a_card(department):
    objects = [
        o for o in story(1, correction=False, special=False) if o.get("step") not in {"review_b", "check"}
    ]
    for no, one in enumerate(objects, start=1):
        one["no"] = no
        one.pop("step_no", None)
    verdicts = department.report(*objects)
    assert {v["status"] for v in verdicts} == {"accepted"}, verdicts
    case = Case.objects.get()
    assert (case.phase, case.result) == ("closed", "granted")
    assert {c.rule for c in Card.objects.all()} == {"P01"}
    assert "城管审查" in Card.objects.order_by("seq")[0].words


def test_what_is_parked_is_listed_with_its_age_and_what_it_waits_for(department):
    objects = story(1)
    department.report(*objects[2:5])
    page = department.get(f"{PATH}/objects?status=parked").json()
    assert len(page["items"]) == 3
    assert all(
        i["age_seconds"] >= 0 and i["mend"] and i["code"].startswith("waiting_for") for i in page["items"]
    )
    department.report(*objects[:2])
    assert department.get(f"{PATH}/objects?status=parked").json()["items"] == []


def test_state_is_the_fold_of_the_events_and_the_ledger_verifies(department):
    for one in story(1):
        department.report(one)
    department.report(*story(2))
    for case in Case.objects.all():
        assert fold(events(case.pk)) == standing(case)[1]
    verdict = verify()
    assert verdict.ok, verdict


def test_a_client_reports_for_its_own_unit_and_matters_only(town, client, department):
    made, secret = clients.create_client("城管系统", "cg")
    other = type(department)(client, made.key_id, secret)
    assert other.report(story(1)[0])[0]["code"] == "not_in_scope"
    clients.revoke_client(made.key_id)
    assert other.post(PATH, {"objects": story(1)}).json()["code"] == "signature_invalid"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"X-Tongban-Signature": "0" * 64}, "signature_invalid"),
        ({"X-Tongban-Nonce": ""}, "signature_missing"),
    ],
)
def test_what_is_not_signed_is_not_read(department, change, code):
    answer = department.post(PATH, {"objects": story(1)}, **change)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert not ReportedObject.objects.exists()


def test_a_request_is_let_in_once_and_only_while_it_is_fresh(department, client):
    path = f"{PATH}/objects"
    headers = dict(signed(department.key_id, department.secret, "GET", path))
    assert client.get(path, headers=headers).status_code == 200
    assert client.get(path, headers=headers).json()["code"] == "replayed"
    old = dict(signed(department.key_id, department.secret, "GET", path, at=1_000_000_000))
    assert client.get(path, headers=old).json()["code"] == "signature_stale"


def test_both_sides_compute_the_same_day_and_differences_are_named(department):
    objects = story(1)
    department.report(*objects[:-1])
    held = {}
    for one in objects:
        key = f"{one['case']}:{one['matter']}:{one['type']}:{one.get('step_no', '')}"
        key = (
            key
            if one["type"] not in {"special_procedure_start", "special_procedure_end"}
            else f"{key[:-1]}:1"
        )
        held.setdefault(one["type"], {})[key] = (1, digest_of(one).hex())
    day = BEGUN.date()
    here = {d.type: d for d in queries.day(Client.objects.get().pk, day)}
    for type_ in set(held) - {"delivery"}:
        assert here[type_].digest == queries.day_digest(held[type_]), type_
    answer = department.post(
        f"{PATH}/reconciliation",
        {"date": day.isoformat(), "type": "delivery",
         "objects": [{"key": k, "version": v, "digest": d} for k, (v, d) in held["delivery"].items()]},
    ).json()  # fmt: skip
    assert [d["what"] for d in answer["differences"]] == ["missing_here"]
    assert (BEGUN + timedelta(hours=12)).date() == day


def test_an_object_nested_without_end_spoils_no_other(department):
    first = story(1)[0]
    deep = json.loads("[" * 300 + "]" * 300)
    verdicts = department.report(first, {**first, "key": "deep", "form": deep})
    assert [v["status"] for v in verdicts] == ["accepted", "refused"]
    assert verdicts[1]["code"] == "object_invalid"


def test_what_is_refused_keeps_no_values_and_after_its_days_only_digest_key_and_reasons(department):
    first, *_, decision, _delivery = story(1)
    person = first | {"applicant": "王伟", "id_number": "110101199003070935", "matter": "P-404", "key": "k1"}
    odd = {"type": "wish", "key": "k2", "applicant": ["王伟"], "110101199003070935": 1}
    waiting = decision | {"case": "SB77", "key": "k3", "handler": "王伟"}
    del waiting["no"]
    assert [v["status"] for v in department.report(person, odd, waiting)] == ["refused", "refused", "parked"]
    rows = {o.key: o for o in ReportedObject.objects.all()}
    for key in ("k1", "k2"):
        assert "王伟" not in str(rows[key].content)
        assert "110101199003070935" not in str(rows[key].content)
    assert rows["k1"].content["case"] == person["case"]
    assert bytes(rows["k1"].digest) == digest_of(person)
    assert rows["k3"].content["handler"] == "王伟", "what waits is needed whole"

    now = datetime.now(CHINA)
    assert forget_refused(now - timedelta(days=30)) == 0
    assert forget_refused(now + timedelta(seconds=1)) == 2
    for row in ReportedObject.objects.filter(status="refused"):
        assert row.content is None
        assert row.code
        assert row.message
        assert row.digest
    assert department.report(person)[0] | {"replayed": False} == department.report(person)[0] | {
        "replayed": False
    }
    assert ReportedObject.objects.get(key="k3").content


def test_a_key_that_cannot_be_kept_is_refused_in_words(department):
    held = {"key": "a\0b", "version": 1, "digest": "0" * 64}
    asked = {"date": BEGUN.date().isoformat(), "type": "delivery", "objects": [held]}
    answer = department.post(f"{PATH}/reconciliation", asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
