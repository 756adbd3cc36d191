"""A department's system may ask so often a minute, counted apart from accounts and from other systems."""

from tests.reporting import PATH, Department, story
from tongban.platforms.reporting.clients import create_client
from tongban.project.api.problems import ProblemOut
from tongban.project.api.reports import BatchOut


def test_who_asks_too_often_is_told_when_to_come_back_and_nothing_is_taken_in(department, settings):
    settings.TONGBAN_REPORT_RATE = 2
    answers = [department.get(f"{PATH}/objects") for _ in range(3)]
    if {a.status_code for a in answers} == {200}:  # the minute turned in between
        answers += [department.get(f"{PATH}/objects") for _ in range(2)]
    assert answers[-1].status_code == 429
    assert ProblemOut.model_validate(answers[-1].json()).code == "too_many_requests"
    refused = department.post(PATH, {"objects": story(1)})
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 60
    settings.TONGBAN_REPORT_RATE = 600
    assert department.get(f"{PATH}/objects").json()["items"] == []


def test_one_system_does_not_use_up_what_another_may_ask(department, settings, client):
    settings.TONGBAN_REPORT_RATE = 1
    made, secret = create_client("另一系统", "scjg")
    other = Department(client, made.key_id, secret)
    answers = [department.get(f"{PATH}/objects") for _ in range(3)]
    assert answers[-1].status_code == 429
    assert other.get(f"{PATH}/objects").status_code == 200


def test_an_unsigned_request_uses_up_nothing(department, settings, client):
    settings.TONGBAN_REPORT_RATE = 1
    assert {client.get(f"{PATH}/objects").status_code for _ in range(3)} == {401}
    assert department.get(f"{PATH}/objects").status_code == 200


def test_the_answer_to_a_batch_is_as_described(department):
    answer = department.post(PATH, {"objects": [*story(1)[:3], {"type": "wish"}, *story(1)[4:6]]})
    told = BatchOut.model_validate(answer.json())
    assert set(answer.json()) == set(BatchOut.model_fields)
    assert [v.index for v in told.verdicts] == list(range(6))
    assert (told.accepted, told.parked, told.refused) == (3, 2, 1)
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Type"] == "application/json; charset=utf-8"
