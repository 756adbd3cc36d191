"""A town's clerk takes a county matter in, follows it, and hands the result out; the applicant sees who helped."""

from uuid import uuid4

import pytest
from django.test import Client

from tests.town import CODES, DISTRICT, PERMIT, SINCE, build_town
from tongban.base.codes import make_org_code, make_uscc
from tongban.engine.models import Case
from tongban.engine.queries import tracked_case
from tongban.faces.progress import progress_of
from tongban.registry.actors import INSTALLATION
from tongban.registry.models import Account
from tongban.registry.services.organisations import import_organisations
from tongban.registry.services.posts import import_posts

pytestmark = pytest.mark.django_db
FORM = {"app_name": "李大山", "shop": "兴旺小吃店", "address": "东门大街七十三号", "_all": "1"}


@pytest.fixture
def town():
    built = build_town()
    code = make_uscc("11", DISTRICT, make_org_code("99000077").text).text
    assert code not in CODES.values()
    import_organisations(
        INSTALLATION,
        {
            "schema": 1,
            "regions": [],
            "organisations": [
                {
                    "key": "xz", "code": code, "region": DISTRICT, "level": "5", "nature": "行政机关",
                    "versions": [{"name": "青石镇便民服务中心", "short_name": "青石镇", "parent": "szf", "from": SINCE}],
                }
            ],
        },
    )  # fmt: skip
    import_posts(
        INSTALLATION,
        {
            "schema": 1,
            "posts": [
                {
                    "code": "XZ-DB", "name": "代办岗", "organisation": "xz", "role": "assistant", "headcount": 1, "serves_as": [],
                    "holders": [{"username": "helper", "display_name": "何帮办", "from": SINCE}],
                    "grants": [
                        {"verb": "accept", "reach": "organisation", "organisation": "scjg", "matter": PERMIT, "from": SINCE},
                        {"verb": "handle", "reach": "own", "matter": None, "from": SINCE},
                    ],
                }
            ],
        },
    )  # fmt: skip
    built.people["helper"] = Account.objects.get(username="helper")
    return built


def signed_in(town, name):
    client = Client()
    client.force_login(town.people[name], "django.contrib.auth.backends.ModelBackend")
    return client


def test_a_town_takes_in_for_the_county_and_hands_the_result_out(town):
    helper, clerk = signed_in(town, "helper"), signed_in(town, "clerk")
    answer = helper.post("/desk/counter/P-1/", {**FORM, "command_id": str(uuid4())})
    assert answer.status_code == 302, answer.content.decode()
    case = Case.objects.visible_to(town.people["helper"]).get()
    assert case.org_id == town.versions[PERMIT].offering.organisation_id
    assert case.number in helper.get("/desk/helped/").content.decode()
    assert case.number in clerk.get(f"/desk/cases/{case.number}/").content.decode()

    class Outcome:
        case_id = case.pk

    town.decided(Outcome)
    handed = clerk.post(
        f"/desk/cases/{case.number}/act/",
        {
            "type": "hand_over", "post": "XZ-DB", "days": "3", "reason": "请把许可证交给申请人", "command_id": str(uuid4()),
            "task_no": str(_task(case)), "task": str(_task(case)),
        },
    )  # fmt: skip
    assert handed.status_code == 302, handed.content.decode()
    assert case.number in helper.get("/desk/").content.decode()
    done = helper.post(
        f"/desk/cases/{case.number}/act/",
        {
            "type": "complete",
            "task_no": str(_task(case)),
            "opinion": "已当面交给申请人",
            "command_id": str(uuid4()),
        },
    )
    assert done.status_code == 302, done.content.decode()
    town.do("clerk", Outcome, "complete", method="直接送达")
    case.refresh_from_db()
    assert case.phase == "closed"
    facts = dict(progress_of(case, personal=False).facts.rows)
    assert "青石镇" in str(facts["帮办代办"])


def _task(case):
    from tongban.engine import codec

    case.refresh_from_db()
    return codec.load(case.state).open_tasks[-1].no


def test_who_was_not_commissioned_cannot_take_it_in(town):
    assert signed_in(town, "helper").get("/desk/counter/B-1/").status_code == 404
    assert tracked_case("0", "0") is None
