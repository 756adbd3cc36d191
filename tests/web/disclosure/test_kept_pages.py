"""What stands before the application gives out what the public sees now: changes and withdrawals within a second."""

import pytest

from tests.front import front as standing_front
from tongban.platforms.disclosure import services
from tongban.platforms.disclosure.columns import schemes
from tongban.platforms.disclosure.models import Record
from tongban.registry.models import Organisation
from tongban.registry.queries import today

pytestmark = pytest.mark.django_db


@pytest.fixture
def record(town):
    unit = Organisation.objects.get(key="scjg")
    made = services.create_record(town.people["clerk"], unit, {"title": "关于停水的通告", "body": "正文。"})
    return services.release(town.people["chief"], made)


@pytest.fixture
def front(record):
    with standing_front() as made:
        yield made


def test_a_changed_record_is_told_and_a_withdrawn_one_served_no_more_after_a_second(front, record, town):
    where = f"/open/info/{record.index_number}/"
    first, again = front.get(where), front.get(where)
    assert front.made == 1
    assert first[1] == again[1]
    assert first[2]["X-Request-ID"] != again[2]["X-Request-ID"]
    assert first[2]["Content-Security-Policy"] == again[2]["Content-Security-Policy"]
    assert "关于停水的通告" in front.get("/open/")[1]
    Record.objects.filter(pk=record.pk).update(title="关于恢复供水的通告")
    front.now += 1
    assert "关于恢复供水的通告" in front.get(where)[1]
    assert "关于恢复供水的通告" in front.get("/open/")[1]
    services.withdraw(town.people["chief"], record, why="有误")
    front.now += 1
    assert front.get(where)[0].startswith("410")
    assert "关于恢复供水的通告" not in front.get("/open/")[1]
    assert "关于恢复供水的通告" not in front.get("/open/feed.atom")[1]


def test_drafts_change_nothing_that_is_kept(front, record, town):
    front.get("/open/")
    services.create_record(town.people["clerk"], record.publisher, {"title": "草稿"})
    front.now += 1
    front.get("/open/")
    assert front.made == 1


def test_questions_languages_and_signed_in_people_have_pages_of_their_own(front, record):
    for path, cookie in (
        ("/open/?q=停水", ""),
        ("/open/", "tb_session=abc"),
        ("/open/?page=9", ""),
        ("/open/?x=1", ""),
    ):
        front.made = 0
        front.get(path, cookie)
        front.get(path, cookie)
        assert front.made == 2, path
    chinese = front.get("/open/")[1]
    english = front.get("/open/", "django_language=en")[1]
    elder = front.get("/open/", "tb_elder=1")[1]
    assert len({chinese, english, elder}) == 3
    assert front.get("/open/")[1] == chinese


def test_required_columns_are_kept_as_our_links_ask_for_them(front, record):
    one = f"/open/columns/{schemes(today())[0].columns[0].key}/"
    for path, made in (("/open/columns/", 1), (one, 1), (f"{one}?page=1", 1), (f"{one}?y=1", 2)):
        front.made = 0
        assert front.get(path)[0].startswith("200")
        front.get(path)
        assert front.made == made, path
