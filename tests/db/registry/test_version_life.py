"""A version goes from draft through legal review to publication, and is frozen on the way."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from tests.db.registry.conftest import Government, Publisher
from tests.unit.registry.packages import package
from tongban.base.calendar import CHINA
from tongban.registry.actors import INSTALLATION
from tongban.registry.changelog import history_of
from tongban.registry.errors import RegistryRefused
from tongban.registry.finding import search_guides
from tongban.registry.models import Erratum, Matter, Offering, OfferingVersion
from tongban.registry.projection import PARTS, parts_of, stored_parts
from tongban.registry.queries import guide, published_offerings
from tongban.registry.services import (
    add_erratum,
    cancel_matter,
    delete_draft,
    draft_version,
    pass_review,
    publish,
    retire,
    return_to_draft,
    save_draft,
    submit_for_review,
)

pytestmark = pytest.mark.usefixtures("set_up_once")
TODAY = datetime.now(CHINA).date()
TOMORROW = TODAY + timedelta(days=1)
NEXT_WEEK = TODAY + timedelta(days=7)


def refusal(call: object, *args: object, **more: object) -> str:
    with pytest.raises(RegistryRefused) as refused:
        call(*args, **more)  # type: ignore[operator]
    assert refused.value.message
    return refused.value.code


def test_the_whole_way_and_who_may_take_each_step(government: Government) -> None:
    people = government.people
    assert refusal(draft_version, people["clerk"], package()) == "not_permitted"
    version = draft_version(people["drafter"], package())
    assert refusal(publish, people["publisher"], version) == "not_in_review"
    submit_for_review(people["drafter"], version)
    assert refusal(publish, people["publisher"], version) == "not_reviewed"
    assert refusal(pass_review, people["drafter"], version, opinion="好") == "not_permitted"
    assert refusal(pass_review, people["lawyer"], version, opinion=" ") == "opinion_missing"
    pass_review(people["lawyer"], version, opinion="合法")
    assert refusal(publish, people["lawyer"], version) == "not_permitted"
    done = publish(people["publisher"], version)
    assert (done.status, done.valid) == ("published", DateRange(TODAY, None))
    assert [c.action for c in history_of("version", f"990144001000/{done.offering_id}/1")] == [
        "version.drafted",
        "version.submitted",
        "version.reviewed",
        "version.published",
    ]


def test_the_drafter_does_not_review_their_own_work(government: Government) -> None:
    from tongban.registry.services import appoint

    drafter = government.people["drafter"]
    appoint(INSTALLATION, government.posts["JBSC-FZ"], drafter, starts=date(2020, 1, 1))
    version = submit_for_review(drafter, draft_version(drafter, package()))
    assert refusal(pass_review, drafter, version, opinion="合法") == "own_draft"


def test_review_sends_back_with_an_opinion_and_the_draft_is_mended(government: Government) -> None:
    people = government.people
    version = submit_for_review(people["drafter"], draft_version(people["drafter"], package()))
    assert refusal(save_draft, people["drafter"], version, package()) == "not_draft"
    returned = return_to_draft(people["lawyer"], version, opinion="依据条款有误")
    assert (returned.status, returned.review_opinion) == ("draft", "依据条款有误")
    mended = save_draft(people["drafter"], version, package(legal_bases__0__article="第三十六条"))
    assert mended.legal_bases.get().article == "第三十六条"
    assert submit_for_review(people["drafter"], mended).reviewed_at is None


def test_a_pass_given_for_earlier_content_does_not_count(government: Government) -> None:
    people = government.people
    read = submit_for_review(people["drafter"], draft_version(people["drafter"], package()))
    draft = return_to_draft(people["lawyer"], read, opinion="依据条款有误")
    draft = save_draft(people["drafter"], draft, package(legal_bases__0__article="第三十六条"))
    now = submit_for_review(people["drafter"], draft)
    assert refusal(pass_review, people["lawyer"], read, opinion="合法") == "review_outdated"
    assert refusal(publish, people["publisher"], now) == "not_reviewed"
    assert pass_review(people["lawyer"], now, opinion="合法").reviewed_at is not None
    passed = history_of("version", f"990144001000/{now.offering_id}/1").get(action="version.reviewed")
    assert passed.after == {"sha256": bytes(now.content_sha256).hex()}


def test_a_package_with_errors_does_not_become_a_draft(government: Government) -> None:
    with pytest.raises(RegistryRefused) as refused:
        draft_version(government.people["drafter"], package(limits__promised__amount=11))
    assert refused.value.code == "package_refused"
    assert refused.value.problems[0].code == "limit.promised_over_statutory"
    assert not Offering.objects.exists()


def test_one_open_draft_at_a_time(government: Government) -> None:
    draft_version(government.people["drafter"], package())
    assert refusal(draft_version, government.people["drafter"], package()) == "draft_open"


def test_a_draft_can_be_thrown_away(government: Government) -> None:
    version = draft_version(government.people["drafter"], package())
    delete_draft(government.people["drafter"], version, reason="重复")
    assert not OfferingVersion.objects.exists()


def test_publishing_closes_the_version_before_at_the_start_of_the_new(published: Publisher) -> None:
    first = published()
    second = published(starts=NEXT_WEEK, matter__name="食品经营许可（变更）")
    first.refresh_from_db()
    assert (first.status, first.valid.upper, second.no) == ("published", NEXT_WEEK, 2)
    assert guide(first.offering_id, TODAY) == first
    assert guide(first.offering_id, NEXT_WEEK) == second
    assert Matter.objects.get().name == "食品经营许可（变更）"


def test_the_past_is_not_rewritten(published: Publisher, government: Government) -> None:
    first = published(starts=TODAY - timedelta(days=30))
    people = government.people
    second = submit_for_review(people["drafter"], draft_version(people["drafter"], package(place="新址")))
    pass_review(people["lawyer"], second, opinion="同意")
    assert refusal(publish, people["publisher"], second, starts=TODAY - timedelta(days=1)) == "starts_in_past"
    publish(people["publisher"], second, starts=TODAY)
    first.refresh_from_db()
    assert first.status == "retired"
    assert guide(first.offering_id, TODAY - timedelta(days=1)) == first


def test_a_version_scheduled_later_is_not_overtaken(published: Publisher, government: Government) -> None:
    published(starts=NEXT_WEEK)
    people = government.people
    second = submit_for_review(people["drafter"], draft_version(people["drafter"], package(place="新址")))
    pass_review(people["lawyer"], second, opinion="同意")
    assert refusal(publish, people["publisher"], second, starts=TOMORROW) == "later_version_exists"
    assert refusal(publish, people["publisher"], second, starts=NEXT_WEEK) == "starts_before_current"


def test_retiring_needs_a_reason_and_takes_the_guide_away(
    published: Publisher, government: Government
) -> None:
    version = published(starts=TODAY - timedelta(days=3))
    assert search_guides("食品经营")
    assert refusal(retire, government.people["publisher"], version, reason="") == "reason_missing"
    yesterday = TODAY - timedelta(days=1)
    assert refusal(retire, government.people["publisher"], version, reason="停", on=yesterday) == "retire_day"
    retire(government.people["publisher"], version, reason="依据废止")
    assert guide(version.offering_id) is None
    assert not search_guides("食品经营")
    assert guide(version.offering_id, yesterday) == version


def test_cancelling_a_matter_ends_its_versions_and_keeps_its_code(
    published: Publisher, government: Government
) -> None:
    version = published(starts=TODAY - timedelta(days=3))
    matter = cancel_matter(government.people["publisher"], version.offering.matter, reason="国务院决定取消")
    assert matter.status == "cancelled"
    assert not published_offerings().exists()
    assert refusal(cancel_matter, government.people["publisher"], matter, reason="再次") == "matter_cancelled"


def test_an_erratum_stands_beside_the_text_and_changes_nothing(
    published: Publisher, government: Government
) -> None:
    version = published()
    before = bytes(version.content_sha256)
    erratum = add_erratum(
        government.people["publisher"],
        version,
        field="phone",
        old="0990-81045585",
        new="0990-81045586",
        reason="误植",
    )
    version.refresh_from_db()
    assert bytes(version.content_sha256) == before
    assert list(version.errata.all()) == [erratum]
    with pytest.raises(IntegrityError, match="only grows"), transaction.atomic():
        Erratum.objects.filter(pk=erratum.pk).update(new="别的")


# -- the database keeps it, whatever the program tries


@pytest.mark.parametrize(
    "change",
    [
        {"content": {}},
        {"name": "另一个名字"},
        {"no": 9},
        {"content_sha256": b"0" * 32},
        {"status": "draft"},
        {"status": "review"},
        {"valid": DateRange(date(2000, 1, 1), None)},
        {"valid": None},
        {"change_note": "改写"},
        {"retire_reason": "未停用"},
    ],
)
def test_a_version_in_force_is_frozen(published: Publisher, change: dict[str, object]) -> None:
    version = published()
    with pytest.raises(IntegrityError), transaction.atomic():
        OfferingVersion.objects.filter(pk=version.pk).update(**change)


def test_only_the_end_of_its_period_moves(published: Publisher) -> None:
    version = published()
    OfferingVersion.objects.filter(pk=version.pk).update(valid=DateRange(TODAY, NEXT_WEEK))
    with pytest.raises(IntegrityError, match=r"only drafts|frozen"), transaction.atomic():
        version.delete()


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_the_parts_are_frozen_with_it(published: Publisher, part: type) -> None:
    version = published()
    rows = part._default_manager.filter(version=version)  # type: ignore[attr-defined]
    assert rows.exists()
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        rows.update(no=99)
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        rows.delete()
    copy = rows.first()
    copy.pk, copy.key = None, "extra"
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        copy.save(force_insert=True)


def test_what_is_under_review_is_frozen_too(government: Government) -> None:
    version = submit_for_review(
        government.people["drafter"], draft_version(government.people["drafter"], package())
    )
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        OfferingVersion.objects.filter(pk=version.pk).update(content={})
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        version.materials.all().delete()


@pytest.mark.parametrize("status", ["review", "published", "retired"])
def test_every_version_begins_as_a_draft(government: Government, status: str) -> None:
    version = draft_version(government.people["drafter"], package())
    version.pk, version.no, version.status = None, 2, status
    version.valid, version.published_at = DateRange(TODAY, None), datetime.now(CHINA)
    with pytest.raises(IntegrityError, match="begins as a draft"), transaction.atomic():
        version.save(force_insert=True)


def test_periods_in_force_never_overlap(published: Publisher) -> None:
    first = published()
    second = published(starts=NEXT_WEEK, place="新址")
    with pytest.raises(IntegrityError, match="periods_disjoint"), transaction.atomic():
        OfferingVersion.objects.filter(pk=first.pk).update(
            valid=DateRange(TODAY, NEXT_WEEK + timedelta(days=1))
        )
    assert second.valid.lower == NEXT_WEEK


def test_the_parts_are_what_the_content_says(published: Publisher) -> None:
    version = published()
    assert stored_parts(version) == parts_of(version.content)


def test_the_code_of_what_is_in_force_changes_only_with_publication(
    government: Government, published: Publisher
) -> None:
    people, live = government.people, published()
    offering, before = live.offering, live.offering.implementation_code
    changed = package(place="新址", offering__implementation_code="TAKEN-OVER")
    version = submit_for_review(people["drafter"], draft_version(people["drafter"], changed))
    offering.refresh_from_db()
    assert offering.implementation_code == before
    publish(people["publisher"], pass_review(people["lawyer"], version, opinion="同意"), starts=TOMORROW)
    offering.refresh_from_db()
    assert offering.implementation_code == "TAKEN-OVER"
