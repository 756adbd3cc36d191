"""What the description promises is what is answered: no undocumented status, no shape but the described, no fault.

Requests are made up from the description itself, and commands from odd data; all in this process, a bounded number.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tongban.engine.machine.decide import COMMANDS
from tongban.platforms.reporting import clients
from tongban.project.api.credentials import create_token
from tongban.project.api.views import api

PROMISES = (
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance,
)  # fmt: skip
OPERATIONS = [(method, path) for path, said in api.get_openapi_schema()["paths"].items() for method in said]
bounded = settings(
    max_examples=30, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip


@pytest.fixture(scope="module")
def description():
    """The description, with the program that answers."""
    schema = schemathesis.openapi.from_dict(api.get_openapi_schema())
    schema.app = get_wsgi_application()
    return schema


@pytest.fixture
def key(town, settings, monkeypatch):
    """A token of the clerk's, and all the requests one wants, on the test's own transaction."""
    settings.TONGBAN_API_RATE = settings.TONGBAN_REPORT_RATE = 10**9
    client, _ = clients.create_client("许可系统", "scjg")
    monkeypatch.setattr(clients, "recognised", lambda *_, **__: client)  # signing has tests of its own
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)  # as Django's own test client does
    yield create_token("clerk", "测试", timedelta(days=1))[1]
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_whatever_is_asked_the_answer_is_described(description, key, method, path):
    """Requests are made up here, not while tests are collected, as every worker would do that for all of them."""

    def answered(case):
        case.call_and_validate(checks=list(PROMISES), headers={"Authorization": f"Bearer {key}"})

    (made,) = get_all_tests(
        schema=description.include(method=method, path=path),
        test_func=answered,
        settings=bounded,
        given_kwargs={},
    )
    _operation, ask = made.ok()
    ask()


@pytest.mark.parametrize("path", ["/api/v1/cases", "/api/v1/cases/2026"])
def test_a_stranger_gets_a_described_answer_too(path, client, db):
    assert client.get(path).status_code == 401


def test_every_operation_names_what_it_may_refuse():
    paths = api.get_openapi_schema()["paths"]
    assert len(paths) == 8
    for path, operations in paths.items():
        for method, operation in operations.items():
            promised = set(map(str, operation["responses"]))
            assert {"401", "403", "404", "422", "429", "503"} <= promised, (method, path)
            if method == "post":
                assert {"400", "409", "413", "423"} <= promised, path


odd = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8)
    | st.sampled_from(["1", 1, 0, -1, "m1", "pass", "accept", "granted", "2026-11-21", "SA", "visit", "workday", 1.5]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip
NAMES = [
    "task", "outcome", "opinion", "reason", "remedy", "items", "materials", "due", "form", "post", "person", "to", "account",
    "amount", "unit", "name", "bill", "text", "procedure", "code", "basis", "document", "days", "node", "force", "expected",
    "method", "discretion", "certificate", "number", "approver", "fee", "reduced", "target", "posts", "policy", "application",
]  # fmt: skip


@settings(bounded, max_examples=150)
@given(
    who=st.sampled_from(["clerk", "leader", "owner", "reviewer"]),
    stage=st.integers(0, 2),
    type_=st.sampled_from(sorted(COMMANDS)),
    data=st.dictionaries(st.sampled_from(NAMES), odd, max_size=6),
    reason=st.text(max_size=10),
)
def test_no_command_however_odd_is_a_fault(client, town, key, who, stage, type_, data, reason):
    case = _cases(town)[stage]
    client.force_login(town.people[who])
    answer = client.post(
        f"/api/v1/cases/{case.number}/commands?dry_run=true",
        {"type": type_, "data": data, "reason": reason},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code in {200, 403, 404, 409, 422}, answer.content


def _cases(town):
    """One just applied for, one under review, one decided; made once for a test."""
    if not hasattr(town, "stages"):
        applied, reviewed, decided = town.apply(), town.apply(), town.apply()
        town.do("clerk", reviewed, "accept")
        town.decided(decided)
        town.stages = (applied, reviewed, decided)
    return town.stages
