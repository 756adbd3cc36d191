"""Who only watches reads the applicant's name masked, on every page and in the API; to whom the case is work, in full."""

import re

import pytest

from tests.town import RESIDENTS
from tests.web.scene import Scene, text_of
from tongban.engine.models import Case
from tongban.engine.naming import applicant_names, names_known, title_told
from tongban.engine.people import mask_name
from tongban.engine.queries import sees_personal
from tongban.platforms.supervision.models import Card

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_stays")]
NAME = RESIDENTS["owner"][0]
PAGES = (
    "/desk/search/?q={number}9", "/desk/search/?q={part}", "/desk/done/", "/desk/unit/", "/desk/unit/list/", "/desk/messages/",
    "/desk/cases/{number}/", "/desk/cases/{number}/print/", "/desk/cases/{number}/materials/", "/desk/cases/{number}/trail/",
    "/desk/cases/{number}/papers/{paper}/", "/desk/cases/{number}/related/", "/desk/receipts/{number}/",
    "/supervision/", "/supervision/cases/?what=running", "/supervision/cases/?what=ended", "/supervision/cards/",
    "/supervision/cards/{card}/", "/api/v1/cases", "/api/v1/cases/{number}", "/api/v1/cases/{number}/events",
)  # fmt: skip


@pytest.mark.parametrize("who", ["supervisor", "monitor"])
@pytest.mark.parametrize("page", PAGES)
def test_who_only_watches_reads_no_full_name(scene: Scene, who: str, page: str) -> None:
    answer = scene.client(who).get(_address(scene, page), follow=True)
    assert answer.status_code == 200
    assert NAME not in text_of(answer)


def test_a_name_is_shown_masked_and_not_left_out(scene: Scene) -> None:
    page = scene.client("supervisor").get(f"/desk/cases/{scene.number}/").content.decode()
    assert mask_name(NAME, "person") in page
    listed = scene.client("supervisor").get(f"/desk/search/?q={scene.number[:8]}").content.decode()
    assert mask_name(NAME, "person") in listed


@pytest.mark.parametrize(
    "page", ["/desk/search/?q={part}", "/desk/cases/{number}/", "/desk/cases/{number}/print/"]
)
def test_to_whom_the_case_is_work_it_is_told_in_full(scene: Scene, page: str) -> None:
    assert NAME in scene.client("clerk").get(_address(scene, page)).content.decode()


def test_who_may_not_read_a_name_does_not_find_by_it(scene: Scene) -> None:
    assert scene.number in scene.client("clerk").get("/desk/search/", {"q": NAME}).content.decode()
    found = scene.client("supervisor").get("/desk/search/", {"q": NAME}).content.decode()
    assert not re.search(r"/desk/cases/\w+/", found)


def test_the_rule_for_a_page_of_cases_is_the_rule_for_one(scene: Scene) -> None:
    cases = list(Case.objects.all())
    for who, account in scene.town.people.items():
        known = set(Case.objects.filter(names_known(account)).values_list("pk", flat=True))
        names = applicant_names(account, cases)
        for case in cases:
            full = sees_personal(account, case)
            assert (case.pk in known) == full, (who, case.number)
            assert names[case.pk] == (
                case.applicant_name if full else mask_name(case.applicant_name, case.applicant_kind)
            )


def test_a_name_in_the_title_is_masked_too() -> None:
    case = Case(title="关于王伟的处罚", applicant_name="王伟", applicant_kind="person")
    assert title_told(case, "王*") == "关于王*的处罚"
    assert title_told(Case(title="许可", applicant_name="王伟"), "王*") == "许可：王*"


def _address(scene: Scene, page: str) -> str:
    return page.format(
        name=NAME, number=scene.number, part=scene.number[:8], paper=scene.paper, card=scene.card
    )


@pytest.mark.parametrize(
    "page",
    [
        "/supervision/", "/supervision/cases/?what=running", "/supervision/cards/", "/supervision/cards/{card}/",
        "/supervision/cards/?q={name}", "/desk/search/?q={name}", "/api/v1/cases?q={name}", "/api/v1/cases/{number}",
    ],
)  # fmt: skip
def test_a_title_that_names_the_applicant_tells_it_to_nobody_who_watches(scene: Scene, page: str) -> None:
    Case.objects.filter(number=scene.number).update(title=f"{NAME}的小吃店")
    Card.objects.filter(case__number=scene.number).update(case_title=f"{NAME}的小吃店")
    answer = scene.client("supervisor").get(_address(scene, page))
    told = text_of(answer).replace(f'value="{NAME}"', "")
    if "q=" in page:
        assert scene.number not in told
    else:
        assert f"{NAME}的小吃店" not in told


def test_to_whom_a_case_is_work_its_title_is_told_and_found(scene: Scene) -> None:
    Case.objects.filter(number=scene.number).update(title=f"{NAME}的小吃店")
    found = scene.client("clerk").get("/api/v1/cases", {"q": "的小吃店"}).json()["items"]
    assert [case["title"] for case in found] == [f"{NAME}的小吃店"]
