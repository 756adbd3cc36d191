"""Small promises of the pages: last days are inclusive, a basic code finds its way, the wall is for who supervises."""

from datetime import date

import pytest

from tests.web.scene import Scene
from tongban.registry.models import OfferingVersion

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_stays")]


def test_the_last_day_of_a_version_is_a_day_on_which_it_is_in_force(scene: Scene) -> None:
    first = OfferingVersion.objects.get(pk=scene.version).valid.lower
    OfferingVersion.objects.filter(pk=scene.version).update(valid=(first, date(2027, 1, 1)))
    page = scene.client("clerk").get(f"/desk/matters/{scene.version}/").content.decode()
    assert "2026年12月31日" in page
    assert "2027年1月1日" not in page


def test_a_basic_code_leads_to_the_application_of_who_carries_it_out(scene: Scene) -> None:
    offering = OfferingVersion.objects.get(pk=scene.version).offering
    answer = scene.client("owner").get(f"/apply/{offering.matter.code}/")
    assert offering.matter.code != offering.implementation_code
    assert (answer.status_code, answer["Location"]) == (302, f"/apply/{offering.implementation_code}/")


def test_the_button_to_the_wall_is_there_for_who_may_go(scene: Scene) -> None:
    assert "/supervision/wall/" in scene.client("monitor").get("/supervision/").content.decode()
    assert "/supervision/wall/" not in scene.client("clerk").get("/supervision/").content.decode()


def test_the_wall_says_why_it_does_not_open(scene: Scene) -> None:
    answer = scene.client("clerk").get("/supervision/wall/")
    assert answer.status_code == 403
    assert "监察权限" in answer.content.decode()
