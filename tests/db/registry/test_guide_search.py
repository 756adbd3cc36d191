"""People find guides in their own words."""

from datetime import date

import pytest

from tests.db.registry import anlan
from tests.db.registry.conftest import Government, Publisher
from tongban.registry.actors import INSTALLATION
from tongban.registry.guides import rebuild_guide_index
from tongban.registry.models import GuideIndex
from tongban.registry.queries import guide, guides_token, published_offerings, search_guides
from tongban.registry.services import import_matters, import_organisations, import_posts

SHEETS = pytest.mark.skipif(
    not anlan.SHEETS.is_dir(), reason="the fact sheets of the fictional city are not here"
)


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
    before = GuideIndex.objects.get(pk=version.pk).vector
    GuideIndex.objects.all().delete()
    assert rebuild_guide_index() == 1
    assert GuideIndex.objects.get(pk=version.pk).vector == before


def test_the_token_of_the_guides_moves_when_one_is_published(published: Publisher) -> None:
    before = guides_token()
    assert guides_token() == before
    published()
    assert guides_token() != before


@SHEETS
def test_everyday_questions_of_a_city_find_their_matter_among_the_first_five(db: None) -> None:
    assert import_organisations(INSTALLATION, anlan.organisations()).ok
    assert import_posts(INSTALLATION, anlan.posts()).ok
    assert import_matters(INSTALLATION, anlan.matters(), publish_from=date(2024, 1, 1)).ok
    questions = anlan.sheet("search_queries")
    missed = []
    for question in questions:
        found = {hit.version.offering.matter.code for hit in search_guides(question["query"], 5)}
        if not found & set(question["expected_codes"]):
            missed.append(question["query"])
    assert len(missed) / len(questions) <= 0.05, missed
