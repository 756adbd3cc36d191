"""Who drafts for one unit does not put matters into another unit's name, whichever way the package comes in."""

from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from tests.db.registry.conftest import CITY, CODES, DISTRICT, SINCE, Government
from tests.db.registry.test_workbook_of_matters import contents
from tests.unit.registry.packages import package
from tongban.registry.actors import INSTALLATION
from tongban.registry.errors import RegistryRefused
from tongban.registry.models import Grant, Matter, OfferingVersion
from tongban.registry.services import draft_version, import_matter, save_draft
from tongban.registry.services.batches import import_batch
from tongban.registry.services.matters import known_here
from tongban.registry.services.workbooks import take_rows
from tongban.registry.workbook import read_workbook, workbook_of

pytestmark = pytest.mark.usefixtures("set_up_once")
FOREIGN = package(matter__owner=CODES[CITY])
ROW = {**contents(1)[0], "matter": {**contents(1)[0]["matter"], "owner": CODES[CITY]}}


def codes_of(verdict: Any) -> list[str]:
    return [p.code for p in (verdict.problems if hasattr(verdict, "problems") else verdict.findings)]


def test_a_new_matter_is_not_given_to_a_unit_one_does_not_draft_for(government: Government) -> None:
    drafter = government.people["drafter"]
    with pytest.raises(RegistryRefused) as refused:
        draft_version(drafter, FOREIGN)
    assert refused.value.code == "owner_outside"
    assert CODES[CITY] in refused.value.message

    one = import_matter(drafter, FOREIGN)
    (many,) = import_batch(drafter, [FOREIGN], known=known_here())
    (row,) = take_rows(drafter, read_workbook(workbook_of([ROW])))
    for verdict in (one, many, row):
        assert verdict.outcome == "refused"
        assert "owner_outside" in codes_of(verdict)
    assert not Matter.objects.exists()
    assert not OfferingVersion.objects.exists()


def test_a_draft_is_not_changed_to_another_owner_either(government: Government) -> None:
    drafter = government.people["drafter"]
    version = draft_version(drafter, package())
    with pytest.raises(RegistryRefused) as refused:
        save_draft(drafter, version, FOREIGN)
    assert refused.value.code == "owner_outside"
    assert import_matter(drafter, FOREIGN).outcome == "refused"
    version.refresh_from_db()
    assert version.content["matter"]["owner"] == package()["matter"]["owner"]


def test_the_owner_the_catalogue_knows_is_repeated_freely(government: Government) -> None:
    assert import_matter(INSTALLATION, FOREIGN).outcome == "created"
    again = package(matter__owner=CODES[CITY], place="滨江路16号")
    assert import_matter(government.people["drafter"], again).outcome == "updated"
    assert Matter.objects.get().owner == government.orgs[CITY]


def test_who_drafts_for_the_owner_too_may_name_it(government: Government) -> None:
    Grant.objects.create(
        post=government.posts["JBSC-SH"], verb="draft_matter", reach="organisation",
        organisation=government.orgs[DISTRICT], valid=DateRange(SINCE, None),
    )  # fmt: skip
    drafter = government.people["drafter"]
    assert import_matter(drafter, package(matter__owner=CODES[DISTRICT])).outcome == "created"
    assert Matter.objects.get().owner == government.orgs[DISTRICT]
