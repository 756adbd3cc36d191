"""The hall's public pages stand before the application too, and tell a change within a second."""

from collections.abc import Iterator
from datetime import UTC
from unittest.mock import patch

import pytest
from django.utils import timezone

from tests.front import Front, front
from tests.web.scene import Scene
from tongban.platforms.consultation.models import Consultation, PublicAnswer
from tongban.registry.models import Matter, OfferingVersion

pytestmark = pytest.mark.usefixtures("nothing_stays")


@pytest.fixture
def door(scene: Scene) -> Iterator[Front]:
    with front() as made:
        yield made


def guide_of(scene: Scene) -> tuple[str, Matter]:
    about = Consultation.objects.get(number=scene.answered).about
    assert about is not None
    version = OfferingVersion.objects.get(offering__matter=about, status="published")
    return f"/guides/{version.offering.implementation_code or about.code}/", about


def test_a_page_is_made_once_and_the_next_visitor_is_told_it_did_not_change(
    scene: Scene, door: Front
) -> None:
    for path in ("/", "/guides/", "/guides/?by=letter", "/answers/", "/about/", guide_of(scene)[0]):
        door.made = 0
        assert door.get(path)[0] == "200 OK", path
        told = door.get(path)[2]
        assert door.made == 1, path
        assert told["Cache-Control"] == "no-cache"
        assert door.get(path, tag=told["ETag"])[0] == "304 Not Modified"


def test_a_withdrawn_answer_is_gone_everywhere_a_second_later(scene: Scene, door: Front) -> None:
    guide, _about = guide_of(scene)
    where = f"/answers/{scene.answered}/"
    assert all(scene.answered in door.get(path)[1] for path in ("/answers/", guide, "/sitemap.xml"))
    assert door.get(where)[0] == "200 OK"
    PublicAnswer.objects.filter(consultation__number=scene.answered).update(withdrawn_at=timezone.now())
    door.now += 1
    assert not any(scene.answered in door.get(path)[1] for path in ("/answers/", guide, "/sitemap.xml"))
    assert door.get(where)[0].startswith("404")


def test_a_matter_that_changes_is_told_a_second_later(scene: Scene, door: Front) -> None:
    guide, about = guide_of(scene)
    door.get(guide)
    door.made = 0
    Matter.objects.filter(pk=about.pk).update(name="改了名字的事项")
    door.now += 1
    door.get(guide)
    assert door.made == 1


def test_figures_hold_for_their_minute_and_what_shows_none_for_longer(scene: Scene, door: Front) -> None:
    at = timezone.now().astimezone(UTC).replace(hour=4, minute=10)
    for path, made in (("/", 2), ("/about/", 1)):
        door.made = 0
        for moment in (at, at.replace(minute=11)):
            with patch("tongban.registry.kept.timezone.now", return_value=moment):
                door.now += 1
                door.get(path)
        assert door.made == made, path


def test_somebody_signed_in_and_what_no_link_asks_for_are_not_kept(scene: Scene, door: Front) -> None:
    for path, cookie in (("/guides/", "tb_session=abc"), ("/guides/?x=1", "")):
        door.made = 0
        door.get(path, cookie)
        told = door.get(path, cookie)[2]
        assert door.made == 2, path
        assert ("no-store" in told.get("Cache-Control", "")) is bool(cookie)
