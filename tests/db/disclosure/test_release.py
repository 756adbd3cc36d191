"""From a draft to the catalogue: checked, reviewed by another person, released at its time."""

from copy import deepcopy
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.standing import standing
from tests.town import build_town
from tongban.engine.errors import Refused
from tongban.platforms.disclosure import services
from tongban.platforms.disclosure.models import Record
from tongban.platforms.disclosure.services.releasing import CHECKLIST, aids_for
from tongban.registry.models import Organisation

pytestmark = pytest.mark.django_db

built = standing(build_town)
ALL = len(CHECKLIST)


@pytest.fixture
def town(built, db):
    return deepcopy(built)


@pytest.fixture
def draft(town):
    org = Organisation.objects.get(key="scjg")
    return services.create_record(
        town.people["clerk"], org, {"title": "关于检查的通知", "body": "联系 13800138000。"}
    )


@pytest.fixture
def submitted(town, draft):
    return services.submit(town.people["clerk"], draft, source="与原件一致")


def test_passed_it_is_public_at_once_under_a_number(town, submitted):
    done = services.review(town.people["chief"], submitted, passed=True, opinion="同意", checked=ALL)
    assert (done.state, done.index_number[-5:]) == ("released", "00001")
    assert [d.act for d in done.deeds.all()] == ["created", "submitted", "reviewed", "released"]


def test_it_waits_for_the_time_given(town, submitted):
    later = timezone.now() + timedelta(hours=2)
    services.review(
        town.people["chief"], submitted, passed=True, opinion="同意", checked=ALL, release_at=later
    )
    assert services.release_due() == 0
    assert not Record.objects.public().exists()
    assert services.release_due(later) == 1
    assert Record.objects.public().exists()


def test_nobody_reviews_what_they_wrote_and_the_checklist_is_needed(town, draft):
    chief, leader = town.people["chief"], town.people["leader"]
    with pytest.raises(Refused, match="missing_field"):
        services.submit(town.people["clerk"], draft, source=" ")
    Record.objects.update(created_by=chief)
    sent = services.submit(town.people["clerk"], draft, source="一致")
    with pytest.raises(Refused, match="same_person"):
        services.review(chief, sent, passed=True, opinion="同意", checked=ALL)
    with pytest.raises(Refused, match="missing_field"):
        services.review(leader, sent, passed=True, opinion="同意", checked=1)
    returned = services.review(leader, sent, passed=False, opinion="删去电话", checked=0)
    assert returned.state == "draft"
    with pytest.raises(Refused, match="stale"):
        services.review(leader, returned, passed=True, opinion="同意", checked=ALL)


def test_what_is_not_to_be_published_is_kept_with_its_reason(town, draft):
    why = {"attribute": "on_request", "attribute_reason": "内部管理信息"}
    services.mend_record(town.people["clerk"], draft, why)
    sent = services.submit(town.people["clerk"], draft, source="一致")
    assert (
        services.review(town.people["chief"], sent, passed=True, opinion="同意", checked=ALL).state
        == "closed"
    )


def test_telephone_numbers_and_marks_are_pointed_out(draft):
    draft.title += "（送审稿）"
    assert [name for name, _ in aids_for(draft)] == ["过程性信息", "个人信息"]
