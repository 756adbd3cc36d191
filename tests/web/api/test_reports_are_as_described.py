"""The reporting API keeps to its description: every route is described, and no object however odd is a fault of ours."""

import json
import random

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from tests.reporting import PATH, Department, story
from tongban.platforms.reporting.clients import create_client
from tongban.project.api.problems import ProblemOut
from tongban.project.api.reports import BatchOut, router
from tongban.project.api.views import api

ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["1", "", "\\u0000", "\t\n\\N", "extension", "2026-03-02T09:00:00", "0001-01-01", "granted", "P-1", "SB00000001"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip
NAMES = sorted(
    {name for one in story(1) for name in one}
    | {"key", "recorded_at", "handler", "handler_code", "days", "fee", "bill"}
)


@pytest.fixture
def department(town, client, settings):
    settings.TONGBAN_REPORT_RATE = 10**9
    made, secret = create_client("许可系统", "scjg")
    return Department(client, made.key_id, secret)


def test_every_route_is_described_with_what_it_may_refuse():
    paths = api.get_openapi_schema()["paths"]
    routes = {
        (PATH + path, method)
        for path, view in router.path_operations.items()
        for op in view.operations
        for method in op.methods
    }
    assert len(routes) == 4
    for path, method in routes:
        answers = {int(status): said for status, said in paths[path][method.lower()]["responses"].items()}
        assert {200, 400, 401, 409, 422, 429, 503} <= set(answers), (path, method)
        assert answers[429]["headers"]["Retry-After"]["required"]
        if method == "POST":
            assert {413, 423} <= set(answers)


@pytest.mark.parametrize("path", [PATH, f"{PATH}/objects", f"{PATH}/reconciliation"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_does_not_sign_gets_a_described_answer(client, db, path, method):
    answer = client.generic(method.upper(), path, b"{}", content_type="application/json")
    if answer.status_code == 405:
        return  # no such operation
    assert answer.status_code == 401
    ProblemOut.model_validate(answer.json())


@trying(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    changes=st.lists(st.tuples(st.integers(0, 11), st.sampled_from(NAMES), ODD), max_size=8),
    left_out=st.sets(st.integers(0, 11), max_size=4),
    shuffled=st.integers(0, 10**6),
)
def test_no_object_however_odd_is_a_fault_and_each_gets_its_answer(department, changes, left_out, shuffled):
    objects = [dict(one) for n, one in enumerate(story(shuffled % 50)) if n not in left_out]
    for n, name, value in changes:
        objects[n % len(objects)][name] = value
    random.Random(shuffled).shuffle(objects)
    try:
        json.dumps(objects, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # halves of surrogate pairs are no JSON text
        return
    answer = department.post(PATH, {"objects": objects})
    assert answer.status_code == 200, answer.content
    told = BatchOut.model_validate(answer.json())
    assert [v.index for v in told.verdicts] == list(range(len(objects)))
    assert told.accepted + told.parked + told.refused + told.replayed == len(objects)
    assert all(v.code and v.message and v.mend for v in told.verdicts if v.status in ("parked", "refused"))


@pytest.mark.parametrize("path", [PATH, f"{PATH}/reconciliation", "/api/v1/cases"])
def test_a_form_where_json_belongs_is_told_so(client, town, path):
    client.force_login(town.people["clerk"])
    answer = client.post(
        path, {"objects": "[]"}, headers={"Idempotency-Key": "7f0d7f3e-5d0d-4c1b-9a55-3f2b8f6f1a02"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "request_unreadable")


def test_what_is_no_batch_is_refused_as_described(department):
    for body in ([], {}, {"objects": []}, {"objects": {}}, {"objects": [1] * 5001}, "x", None):
        answer = department.post(PATH, body)
        assert answer.status_code == 422, body
        ProblemOut.model_validate(answer.json())
    too_large = department.post(PATH, {"objects": ["x" * (6 * 2**20)]})
    assert too_large.status_code == 413
    ProblemOut.model_validate(too_large.json())


def test_questions_about_any_day_are_answered(department):
    for day in ("0001-01-01", "9999-12-31", "2026-03-02"):
        assert department.get(f"{PATH}/reconciliation?date={day}").status_code == 200
        answer = department.get(f"{PATH}/objects?date={day}&status=parked&limit=1000")
        assert answer.json() == {"items": [], "next": None}
    assert department.get(f"{PATH}/reconciliation?date=yesterday").status_code == 422
    assert department.get(f"{PATH}/objects?limit=0").status_code == 422
