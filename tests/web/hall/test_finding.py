"""The ways that lead to a guide."""

import json
import re
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from tests.db.engine.city import City
from tongban.registry.guides import rebuild_guide_index
from tongban.registry.models import GuideIndex, OfferingVersion


@pytest.fixture
def guides(city: City) -> City:
    """The permit of the small city, filed under a life event and a topic."""
    assert rebuild_guide_index()
    GuideIndex.objects.update(
        facets=["event:开餐馆", "person:准营准办", "firm:准营准办", "object:1", "for:person", "for:firm"]
    )
    return city


def read(path: str, **query: str) -> str:
    answer = Client().get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    "way", ["department", "person", "firm", "event", "object", "letter", "used", "nonsense", ""]
)
def test_every_way_in_has_its_page(guides: City, way: str) -> None:
    assert "<h1>办事指南</h1>" in read("/guides/", by=way)


@pytest.mark.parametrize(
    "query", [{"theme": "准营准办", "for": "firm"}, {"theme": "准营准办"}, {"for": "person"}, {"object": "1"}]
)
def test_a_way_leads_to_the_guide(guides: City, query: dict[str, str]) -> None:
    version = OfferingVersion.objects.get(status="published", initiated_by="application")
    assert version.name in read("/guides/", **query)


def test_a_topic_without_guides_says_so(guides: City) -> None:
    assert "这里还没有指南" in read("/guides/", theme="入伍服役")


def test_a_life_event_has_one_page_for_all_it_takes(guides: City) -> None:
    text = read("/events/开餐馆/")
    assert "要办的事项" in text
    assert Client().get("/guides/", {"event": "开餐馆"}).status_code == 301
    assert Client().get("/events/没有的事/").status_code == 404


def test_suggestions_are_options_and_wait_for_the_second_letter(guides: City) -> None:
    version = OfferingVersion.objects.get(status="published", initiated_by="application")
    assert 'role="option"' in read("/search/suggest/", q=version.name[:3])
    assert "option" not in read("/search/suggest/", q=version.name[:1])


def test_what_is_typed_is_not_taken_for_markup(guides: City) -> None:
    assert "<script>alert" not in read("/search/", q="<script>alert(1)</script>")
    assert "<img" not in read("/search/suggest/", q="<img src=x>")


def test_who_finds_nothing_is_told_whom_to_ask(guides: City) -> None:
    text = read("/search/", q="造一艘飞船")
    assert "12345" in text
    assert "按部门找" in text


def test_every_guide_stands_in_the_site_map_and_says_what_it_is_to_machines(guides: City) -> None:
    root = ET.fromstring(read("/sitemap.xml"))
    found = [e.text or "" for e in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    guide = next(address for address in found if re.search(r"/guides/[^/]+/$", address))
    text = read(guide.removeprefix("http://testserver"))
    said = json.loads(re.search(r'<script type="application/ld\+json">(.+?)</script>', text)[1])  # type: ignore[index]
    assert said["@type"] == "GovernmentService"
    assert "Sitemap: http://testserver/sitemap.xml" in read("/robots.txt")
