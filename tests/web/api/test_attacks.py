"""What a program of ill will asks for and is refused: others' work, the office's verdicts, somebody else's command id."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.town import FORM, PERMIT
from tongban.engine.errors import Refused
from tongban.engine.queries import find_case
from tongban.engine.services import Applicant, allowed, open_case, perform
from tongban.project.api.credentials import create_token
from tongban.registry.models import Account

APPLICATION = {"offering": PERMIT, "form": FORM, "materials": [{"key": "m1"}, {"key": "m2"}]}


@pytest.fixture
def post(client, town):
    def send(who, path, body, key=None):
        _row, token = create_token(town.people[who].username, "测试", timedelta(days=1))
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(key or uuid4())}
        return client.post(f"/api/v1{path}", body, content_type="application/json", headers=headers)

    return send


def code(answer):
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("type_", ["delegate", "reassign"])
def test_work_is_not_handed_to_people_outside_the_units_concerned(post, town, type_):
    case = town.apply()
    path = f"/cases/{case.number}/commands"
    for whom in (town.people["owner"].pk, town.people["stranger"].pk, 10**12):
        given = {"type": type_, "data": {"task": 1, "account": whom, "reason": "帮忙"}}
        assert code(post("clerk", path, given)) == (403, "not_permitted")
    for whom in ("abc", [1], {"a": 1}, "²"):
        given = {"type": type_, "data": {"task": 1, "account": whom, "reason": "帮忙"}}
        assert code(post("clerk", path, given)) == (422, "missing_field")


def test_an_applicant_does_not_say_that_a_material_was_verified(post, town):
    shared = APPLICATION | {"materials": [{"key": "m1", "status": "shared"}, {"key": "m2"}]}
    assert code(post("owner", "/cases", shared)) == (403, "not_permitted")
    case = town.apply()
    town.do("clerk", case, "request_correction", items=["平面图"])
    path = f"/cases/{case.number}/commands"
    for given, why in (
        ({"m1": "passed"}, (403, "not_permitted")),
        ({"m1": "shared"}, (403, "not_permitted")),
        ({"none": "later"}, (422, "material_unknown")),
        (["m1"], (422, "missing_field")),
    ):
        assert code(post("owner", path, {"type": "supply", "data": {"materials": given}})) == why


def test_an_applicant_does_not_say_that_a_material_came_without_its_file(post, town):
    assert code(post("owner", "/cases", APPLICATION)) == (422, "file_missing")
    case = town.apply()
    town.do("clerk", case, "request_correction", items=["平面图"])
    given = {"type": "supply", "data": {"materials": {"m1": "supplied"}}}
    assert code(post("owner", f"/cases/{case.number}/commands", given)) == (422, "file_missing")


def test_the_kind_of_a_case_is_the_matters_and_not_the_callers(post, town):
    taken = APPLICATION | {"applicant": {"name": "李建国"}}
    for kind in ("joint", "office"):
        assert code(post("clerk", "/cases", taken | {"kind": kind})) == (422, "kind_misfit")
    assert post("clerk", "/cases", taken | {"kind": "licence"}).status_code == 201


def test_odd_shapes_of_a_command_are_refused_in_words(post, town):
    case = town.apply()
    path = f"/cases/{case.number}/commands"
    assert code(post("clerk", path, {"type": "accept", "data": {"materials": ["m1"]}})) == (
        422,
        "missing_field",
    )
    assert code(post("clerk", path, {"type": "note", "data": {"text": 2**80}}))[0] == 422


def test_an_integer_beyond_64_bits_is_a_refusal_for_callers_inside_the_house_too(town):
    case = town.apply()
    with pytest.raises(Refused) as refused:
        perform(town.people["clerk"], case.case_id, "note", command_id=uuid4(), data={"text": 2**80})
    assert refused.value.code == "form_not_exact"


def test_who_has_not_stated_a_real_name_does_not_apply_by_the_side_door(post, town):
    Account.objects.filter(pk=town.people["owner"].pk).update(real_name_level=0)
    assert code(post("owner", "/cases", APPLICATION)) == (403, "real_name_needed")


def test_a_command_id_answers_only_the_account_that_used_it(post, town):
    case, key = town.apply(), uuid4()
    note = {"type": "note", "data": {"text": "一"}}
    assert post("clerk", f"/cases/{case.number}/commands", note, key).status_code == 200
    assert code(post("leader", f"/cases/{case.number}/commands", note, key)) == (409, "command_reused")


def test_staff_are_applicants_in_their_own_case(town):
    clerk = town.people["clerk"]
    case = open_case(
        clerk, offering_version=town.versions[PERMIT], data=FORM, applicant=Applicant("陈明", account=clerk),
        materials=["m1", "m2"], command_id=uuid4(),
    )  # fmt: skip
    with pytest.raises(Refused):
        perform(clerk, case.case_id, "accept", command_id=uuid4())
    may = {a.type for a in allowed(clerk, find_case(clerk, case.number)) if a.allowed}
    assert "withdraw" in may
    assert not may & {"accept", "refuse", "claim", "request_correction", "reassign"}
