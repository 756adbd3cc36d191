"""A package goes in and comes out byte for byte, each of many with its own verdict."""

from datetime import date
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis.extra.django import TestCase

from tests.db.registry.conftest import Government, set_up
from tests.unit.registry.packages import package, packages
from tongban.base.canonical import canonical, digest
from tongban.registry.actors import INSTALLATION
from tongban.registry.models import OfferingVersion
from tongban.registry.projection import parts_of, stored_parts
from tongban.registry.services import export_matter, import_matter, import_matters
from tongban.registry.services.matters import known_here


class RoundTrip(TestCase):
    """Random packages through the database."""

    government: Government

    @classmethod
    def setUpTestData(cls) -> None:
        cls.government = set_up()

    @settings(max_examples=40, deadline=None)
    @given(packages())
    def test_export_import_export_gives_the_same_bytes(self, data: dict[str, Any]) -> None:
        known = known_here()
        verdict = import_matter(INSTALLATION, canonical(data), publish_from=date(2024, 1, 1), known=known)
        assert verdict.outcome == "created", verdict.problems
        version = OfferingVersion.objects.get(pk=verdict.id)
        first = export_matter(version)
        assert first == canonical(data)
        assert bytes(version.content_sha256) == digest(first, "sha256")
        assert stored_parts(version) == parts_of(version.content)
        assert import_matter(INSTALLATION, first, known=known).outcome == "unchanged"
        moved = orjson.loads(first)
        moved["matter"]["code"] = "990144002000"
        moved["offering"]["implementation_code"] = None
        again = import_matter(INSTALLATION, canonical(moved), known=known)
        assert export_matter(OfferingVersion.objects.get(pk=again.id)) == canonical(moved)


def test_the_good_ones_go_in_and_each_of_the_others_says_why(government: Government) -> None:
    report = import_matters(
        government.people["drafter"],
        [
            canonical(package()),
            b"{not json",
            package(matter__code="990144003000", legal_bases=[], offering__implementation_code=None),
            package(matter__code="990144004000", offering__implementation_code=None, materials__1__when=""),
        ],
    )
    assert [v.word for v in report.verdicts] == ["clean", "refused", "refused", "warned"]
    assert [v.outcome for v in report.verdicts] == ["created", "refused", "refused", "created"]
    assert report.verdicts[2].problems[0].code == "law.missing"
    assert report.verdicts[2].problems[0].mend


def test_importing_again_replaces_the_open_draft(government: Government) -> None:
    drafter = government.people["drafter"]
    assert import_matter(drafter, package()).outcome == "created"
    assert import_matter(drafter, package()).outcome == "unchanged"
    assert import_matter(drafter, package(place="新址")).outcome == "updated"
    assert OfferingVersion.objects.get().content["place"] == "新址"


def test_publishing_by_import_needs_every_permission_on_the_way(government: Government) -> None:
    verdict = import_matter(government.people["drafter"], package(), publish_from=date(2024, 1, 1))
    assert verdict.problems[-1].code == "not_permitted"
    assert not OfferingVersion.objects.exists(), "nothing half done"


def test_a_package_in_review_is_not_replaced(government: Government) -> None:
    from tongban.registry.services import submit_for_review

    drafter = government.people["drafter"]
    verdict = import_matter(drafter, package())
    submit_for_review(drafter, OfferingVersion.objects.get(pk=verdict.id))
    assert import_matter(drafter, package(place="新址")).problems[-1].code == "in_review"


def test_an_implementation_code_used_elsewhere_is_refused_not_raised(government: Government) -> None:
    assert import_matter(INSTALLATION, package()).outcome == "created"
    verdict = import_matter(INSTALLATION, package(matter__code="990144005000"))
    assert verdict.outcome == "refused"
