"""People find guides in their own words."""

from datetime import timedelta

import pytest

from tests.db.registry.conftest import Government, Publisher
from tongban.registry.finding import (
    facets_in_force,
    letters_in_force,
    listed_guides,
    rows_of,
    search_guides,
)
from tongban.registry.guides import rebuild_guide_index
from tongban.registry.models import GuideIndex, GuideTerm
from tongban.registry.queries import guide, published_offerings
from tongban.registry.tree import generation

pytestmark = pytest.mark.usefixtures("set_up_once")


def names(text: str, **more: object) -> list[str]:
    return [found.version.name for found in search_guides(text, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["食品经营", "开饭馆", "spjyxk", "食品经营许可正", "shipin", "餐饮许可证怎么办"]
)
def test_names_synonyms_initials_homophones_and_pinyin_lead_to_the_guide(
    published: Publisher, text: str
) -> None:
    published()
    assert names(text) == ["食品经营许可（新办）"]


@pytest.mark.parametrize(
    "text", ["", "  ", "？！", "'; DROP TABLE", "\\", "'", "&|!():*", "不相干的词语" * 200]
)
def test_no_question_breaks_the_search(published: Publisher, text: str) -> None:
    published()
    search_guides(text)


@pytest.mark.parametrize("letters", ["zzqqxx", "xqzwv", "qwerty", "sphhhhyx"])
def test_letters_that_mean_nothing_find_nothing(published: Publisher, letters: str) -> None:
    published()
    assert names("spjyxk")
    assert names(letters) == []


def test_region_and_organisation_narrow_the_search(published: Publisher, government: Government) -> None:
    published()
    assert names("食品", region="990100")
    assert not names("食品", region="990121")
    assert names("食品", org_ids=[government.orgs["bureau"].pk])
    assert not names("食品", org_ids=[government.orgs["city"].pk])


def test_what_was_asked_is_marked(published: Publisher) -> None:
    published()
    found = search_guides("营业执照 食品")[0]
    assert ("食品", True) in found.name
    assert ("营业执照", True) in found.snippet or ("执照", True) in found.snippet


def test_drafts_are_not_found(government: Government) -> None:
    from tests.unit.registry.packages import package
    from tongban.registry.services import draft_version

    draft_version(government.people["drafter"], package())
    assert not names("食品")
    assert not published_offerings().exists()


def test_a_guide_is_found_by_offering_code_and_matter_code(published: Publisher) -> None:
    version = published()
    assert guide(version.offering_id) == version
    assert guide(version.offering.implementation_code or "") == version
    assert guide("990144001000") == version
    assert guide("nothing") is None


def test_the_index_can_be_rebuilt_from_the_versions(published: Publisher) -> None:
    version = published()
    before = dict(GuideTerm.objects.values_list("lexeme", "weight"))
    GuideIndex.objects.all().delete()
    GuideTerm.objects.all().delete()
    assert rebuild_guide_index() == 1
    assert dict(GuideTerm.objects.values_list("lexeme", "weight")) == before
    assert GuideIndex.objects.get(pk=version.pk).letter == "S"


def test_the_token_of_the_guides_moves_when_one_is_published(published: Publisher) -> None:
    before = generation("guides")
    assert generation("guides") == before
    published()
    assert generation("guides") != before


def test_a_list_of_guides_is_narrowed_without_reading_contents(
    published: Publisher, government: Government
) -> None:
    version = published()
    bureau = government.orgs["bureau"].pk
    assert [row.code for row in rows_of(listed_guides(letter="S", org_ids=[bureau]))] == [
        version.offering.implementation_code
    ]
    assert not rows_of(listed_guides(letter="A"))
    event = version.content["life_events"][0]
    assert rows_of(listed_guides(f"event:{event}"))
    assert (event, 1) in facets_in_force("event")
    assert letters_in_force() == [("S", 1)]


def test_a_retired_guide_leaves_the_lists_on_its_day(published: Publisher) -> None:
    version = published()
    assert rows_of(listed_guides())
    assert not rows_of(listed_guides(on=version.valid.lower - timedelta(days=1)))
