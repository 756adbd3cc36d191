"""The API as another system uses it: the same cases, the same refusals, the same effects as the pages."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.town import FORM, PERMIT, SECRET_ADDRESS
from tongban.engine.models import Case, EventRow
from tongban.project.api.credentials import create_token, revoke_token
from tongban.project.api.models import AccessToken
from tongban.registry.models import AccessRecord


class Program:
    """Somebody's program with a token."""

    def __init__(self, client, account):
        self._client = client
        self.row, self.token = create_token(account.username, "测试", timedelta(days=1))

    def get(self, path, **query):
        return self._client.get(f"/api/v1{path}", query, headers={"Authorization": f"Bearer {self.token}"})

    def post(self, path, body, key=None, **headers):
        named = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(key or uuid4()), **headers}
        return self._client.post(f"/api/v1{path}", body, content_type="application/json", headers=named)


@pytest.fixture
def program(client, town):
    return lambda name: Program(client, town.people[name])


APPLICATION = {
    "offering": PERMIT, "form": FORM, "materials": [{"key": "m1"}, {"key": "m2"}],
}  # fmt: skip

TAKEN_IN = APPLICATION | {"applicant": {"name": "李建国"}}  # at the counter, on paper


def test_a_case_goes_from_application_to_delivery(program):
    clerk = program("clerk")
    opened = clerk.post("/cases", TAKEN_IN)
    assert opened.status_code == 201, opened.content
    number = opened.json()["number"]
    assert len(opened.json()["secret"]) == 12
    for who, type_, data in (
        ("clerk", "accept", {}),
        ("reviewer", "complete", {"outcome": "pass"}),
        ("neighbour", "complete", {"outcome": "pass"}),
        ("section_head", "complete", {"outcome": "agree"}),
        ("leader", "complete", {"outcome": "granted"}),
        ("clerk", "complete", {"method": "窗口领取"}),
    ):
        done = program(who).post(f"/cases/{number}/commands", {"type": type_, "data": data})
        assert done.status_code == 200, done.content
    shown = clerk.get(f"/cases/{number}").json()
    assert (shown["phase"], shown["result"]) == ("closed", "granted")
    assert shown["form"]["data"] == FORM
    told = clerk.get(f"/cases/{number}/events").json()["items"]
    assert [e["seq"] for e in told] == list(range(1, shown["seq"] + 1))


def test_an_opening_sent_twice_opens_one_case(program):
    clerk, key = program("clerk"), uuid4()
    first, again = clerk.post("/cases", TAKEN_IN, key), clerk.post("/cases", TAKEN_IN, key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"replayed": True, "secret": None}
    assert Case.objects.visible_to(clerk.row.account).count() == 1


def test_refusals_are_told_with_their_status_and_code(program, town):
    case = town.apply()
    clerk, key = program("clerk"), uuid4()
    commands = f"/cases/{case.number}/commands"

    def said(response):
        told = response.json()
        assert set(told) == {"code", "message", "instead", "detail"}
        assert told["message"]
        return response.status_code, told["code"]

    note = {"type": "note", "data": {"text": "一"}}
    assert clerk.post(commands, note, key).status_code == 200
    assert said(clerk.post(commands, {"type": "note", "data": {"text": "二"}}, key)) == (
        409,
        "command_reused",
    )
    stale = clerk.post(commands, {"type": "accept"}, **{"If-Match": f'"{case.seq}"'})
    assert said(stale) == (409, "stale")
    assert stale.json()["detail"]["seq"] == case.seq + 1
    assert said(clerk.post(commands, {"type": "dance"})) == (422, "unknown_command")
    assert said(clerk.post(commands, {"type": "extend", "data": {"reason": "忙"}}))[0] in {403, 422}
    assert said(clerk.post(commands, {"type": "tick"})) == (403, "not_permitted")
    assert said(program("stranger").post(commands, note)) == (404, "not_found")
    assert said(program("stranger").get(f"/cases/{case.number}")) == (404, "not_found")
    assert said(clerk.get("/cases/none-such")) == (404, "not_found")
    assert said(clerk.post(commands, {"type": "note", "data": {"text": 1.5}})) == (422, "not_exact")
    assert said(clerk.post(commands, {"type": "note", "data": {"text": "\0"}})) == (422, "not_storable")
    assert said(program("owner").post("/cases", APPLICATION | {"form": {"shop": "x", "more": "y"}})) == (
        422,
        "form_invalid",
    )
    assert said(program("owner").post("/cases", APPLICATION | {"applicant": {"name": "别人"}})) == (
        403,
        "not_permitted",
    )
    assert said(program("owner").post("/cases", APPLICATION | {"materials": []})) == (
        422,
        "materials_missing",
    )
    assert said(program("owner").post("/cases", APPLICATION | {"offering": "none"})) == (
        422,
        "version_not_in_force",
    )
    assert said(clerk.post("/cases", APPLICATION)) == (422, "applicant_missing")


def test_a_body_that_is_no_json_is_refused(client, town):
    _, token = create_token("clerk", "测试", timedelta(days=1))
    for body in ("{", '{"type": NaN}', "[" * 5000):
        answer = client.post(
            "/api/v1/cases", body, content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())},
        )  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (400, "request_unreadable")


def test_a_case_somebody_else_holds_is_busy_and_says_when_to_ask_again(program, town, monkeypatch):
    from tongban.engine import services
    from tongban.engine.errors import Refused

    def held(*args, **kwargs):
        raise Refused("busy", "这个办件正在被别人处理，请稍候再试。")

    monkeypatch.setattr(services, "carry_out", held)
    case = town.apply()
    answer = program("clerk").post(f"/cases/{case.number}/commands", {"type": "accept"})
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (423, "busy", "3")


def test_trying_out_writes_nothing(program, town):
    case = town.apply()
    before = EventRow.objects.count()
    tried = program("clerk").post(f"/cases/{case.number}/commands?dry_run=true", {"type": "accept"})
    assert tried.status_code == 200
    assert "case.accepted" in tried.json()["events"]
    assert program("clerk").post("/cases?dry_run=true", TAKEN_IN).status_code == 200
    assert EventRow.objects.count() == before


def test_what_may_be_done_agrees_with_what_is_done(program, town):
    case = town.apply()
    for who in ("clerk", "reviewer", "owner"):
        listed = program(who).get(f"/cases/{case.number}/allowed").json()
        assert listed["seq"] == case.seq
        for action in listed["actions"]:
            tried = program(who).post(
                f"/cases/{case.number}/commands?dry_run=true",
                {"type": action["type"], "data": {"task": action["task"]} if action["task"] else {}},
            )
            if not action["allowed"]:
                assert tried.status_code in {403, 409, 422}, (who, action)
                assert tried.json()["code"] in {action["code"], "missing_field", "choose_task"}


def test_pages_of_the_list_join_without_gap_or_repetition(program, town):
    numbers = [town.apply().number for _ in range(7)]
    owner, seen, after = program("owner"), [], ""
    for _ in range(10):
        page = owner.get("/cases", limit=3, after=after).json()
        seen += [item["number"] for item in page["items"]]
        after = page["next"]
        if not after:
            break
    assert seen == numbers[::-1]
    assert program("stranger").get("/cases").json() == {"items": [], "next": None}


def test_filters_narrow_the_list(program, town):
    first, second = town.apply(), town.apply()
    town.do("clerk", first, "accept")
    clerk = program("clerk")

    def numbers(**wanted):
        return {item["number"] for item in clerk.get("/cases", **wanted).json()["items"]}

    assert numbers(phase="accepted") == {first.number}
    assert numbers(q=second.number) == {second.number}
    assert numbers(matter=PERMIT, org="scjg") == {first.number, second.number}
    assert numbers(org="cg") == numbers(matter="none") == numbers(org="none") == set()
    assert clerk.get("/cases", after="xx").status_code == 422
    assert clerk.get("/cases", phase="gone").status_code == 422


def test_who_only_watches_sees_no_name_and_no_personal_field(program, town):
    case = town.apply()
    watched = program("monitor").get(f"/cases/{case.number}")
    assert watched.json()["applicant"] == "王**"
    assert watched.json()["form"]["masked"]
    listed = program("monitor").get("/cases")
    events = program("monitor").get(f"/cases/{case.number}/events")
    for answer in (watched, listed, events):
        assert SECRET_ADDRESS not in answer.content.decode()
        assert "王小芳" not in answer.content.decode()
    assert program("clerk").get("/cases").json()["items"][0]["applicant"] == "王小芳"


def test_reading_a_case_by_program_is_recorded_but_not_the_applicants_own(program, town):
    case = town.apply()
    program("owner").get(f"/cases/{case.number}")
    program("neighbour").get("/cases/2026999999999")
    assert not AccessRecord.objects.exists()
    program("clerk").get(f"/cases/{case.number}")
    program("monitor").get(f"/cases/{case.number}")
    rows = AccessRecord.objects.order_by("id").values_list("account__username", "act", "subject", "detail")
    assert list(rows) == [
        (town.people["clerk"].username, "read", case.number, {"form": True}),
        (town.people["monitor"].username, "read", case.number, {"form": False}),
    ]


def test_residents_are_told_neither_cards_nor_colleagues(program, town):
    case = town.apply()
    town.do("clerk", case, "claim")
    shown = program("owner").get(f"/cases/{case.number}").json()
    assert shown["level"] is None
    assert {t["assignee"] for t in shown["tasks"]} == {""}
    assert "task.claimed" not in [
        e["type"] for e in program("owner").get(f"/cases/{case.number}/events").json()["items"]
    ]


def test_a_stranger_is_asked_to_sign_in(client, town):
    answer = client.get("/api/v1/cases")
    assert (answer.status_code, answer.json()["code"], answer["WWW-Authenticate"]) == (
        401,
        "not_signed_in",
        "Bearer",
    )


def test_a_token_ends_by_revocation_expiry_and_with_its_account(program, town):
    clerk = program("clerk")
    assert clerk.get("/cases").status_code == 200
    assert AccessToken.objects.get(pk=clerk.row.pk).last_used_at is not None
    revoke_token(clerk.row.pk)
    assert clerk.get("/cases").json()["code"] == "token_invalid"
    late = program("clerk")
    AccessToken.objects.filter(pk=late.row.pk).update(expires_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert late.get("/cases").status_code == 401
    off = program("reviewer")
    town.people["reviewer"].is_active = False
    town.people["reviewer"].save()
    assert off.get("/cases").status_code == 401


def test_a_token_is_stored_only_as_a_digest(program):
    clerk = program("clerk")
    assert clerk.token.startswith("tb_")
    assert clerk.token not in str(AccessToken.objects.filter(pk=clerk.row.pk).values())


def test_a_session_needs_the_csrf_token_to_change_anything(town):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(town.people["owner"])
    assert client.get("/api/v1/cases").status_code == 200
    answer = client.post(
        "/api/v1/cases",
        APPLICATION,
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_too_many_requests_are_told_when_to_come_back(program, settings):
    settings.TONGBAN_API_RATE = 3
    clerk = program("clerk")
    answers = [clerk.get("/cases") for _ in range(4)]
    if {a.status_code for a in answers} == {200}:  # the minute turned in between
        answers += [clerk.get("/cases") for _ in range(3)]
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1]["Retry-After"]) <= 60


def test_nothing_of_a_case_is_kept_on_the_way(program, town):
    case = town.apply()
    assert program("clerk").get(f"/cases/{case.number}")["Cache-Control"] == "private, no-store"
