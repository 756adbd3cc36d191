"""监察通报 as pages: drafted, written, released and read; what was typed is kept when it cannot be saved."""

import html
from datetime import date

import pytest
import time_machine
from django.test import Client, override_settings
from django.urls import reverse

from tests.db.engine.city import ALWAYS, City
from tests.web.desk.conftest import SignIn
from tongban.faces.bulletin.models import Bulletin
from tongban.platforms.statistics.projection import project
from tongban.registry.models import Grant
from tongban.registry.queries import today


@pytest.fixture
def office(city: City, as_: SignIn, tmp_path):
    """The head supervises everything; a case was granted in a month that is over by now."""
    Grant.objects.create(role="leader", verb="supervise", reach=Grant.Reach.EVERYTHING, valid=ALWAYS)
    city.granted()
    day = today()
    later = date(day.year + day.month // 12, day.month % 12 + 1, 3)
    with override_settings(TONGBAN_STATISTICS=tmp_path / "statistics"), time_machine.travel(later, tick=True):
        project()
        yield as_("head"), f"{day:%Y-%m}"


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_from_the_figures_to_the_reader(office, as_: SignIn) -> None:
    client, month = office
    listed = text_of(client, reverse("bulletin:index"))
    assert "还没有监察通报" in listed
    answer = client.post(reverse("bulletin:index"), {"month": month})
    bulletin = Bulletin.objects.get()
    page = reverse("bulletin:show", args=[bulletin.pk])
    assert answer.headers["Location"] == page
    drafted = text_of(client, page)
    assert "受理 1 件" in drafted
    assert "在统计里细看" in drafted
    assert as_("clerk").get(page).status_code == 404, "a draft is the office's own"
    assert bulletin.title not in text_of(as_("clerk"), reverse("bulletin:index"))

    edit = reverse("bulletin:edit", args=[bulletin.pk])
    assert client.post(edit, {"overview": "本月平稳。", "revision": "1"}).headers["Location"] == page
    stale = client.post(edit, {"overview": "另一个人写的", "revision": "1"})
    assert stale.status_code == 409
    assert "另一个人写的" in stale.content.decode()
    long = client.post(edit, {"overview": "长" * 4001, "revision": "2"})
    assert long.status_code == 409
    assert "长" * 4001 in long.content.decode()
    client.post(reverse("bulletin:recount", args=[bulletin.pk]))
    for name, start in (("pdf", b"%PDF"), ("word", b"PK")):
        assert client.get(reverse(f"bulletin:{name}", args=[bulletin.pk])).content.startswith(start)

    question = text_of(client, reverse("bulletin:release", args=[bulletin.pk]))
    assert "不能再改" in question
    client.post(reverse("bulletin:release", args=[bulletin.pk]), {"revision": "2"})
    assert Bulletin.objects.get().is_draft, "counted anew since it was read"
    client.post(reverse("bulletin:release", args=[bulletin.pk]), {"revision": "3"})
    assert not Bulletin.objects.get().is_draft
    assert client.get(reverse("bulletin:edit", args=[bulletin.pk])).status_code == 404
    again = client.post(reverse("bulletin:release", args=[bulletin.pk]), {"revision": "3"}, follow=True)
    assert again.redirect_chain == [(page, 302)], "pressed again in another tab"
    assert "已经发布了" in again.content.decode()

    reader = as_("clerk")
    read = text_of(reader, page)
    assert "本月平稳。" in read
    assert "第1期" in read
    assert "在统计里细看" not in read, "where the reader would be turned away"
    for name in ("pdf", "word"):
        given = reader.get(reverse(f"bulletin:{name}", args=[bulletin.pk]))
        assert given.headers["Content-Disposition"].startswith("attachment")
        assert b"".join(given.streaming_content)


def test_others_are_turned_away_and_a_month_too_early_is_told(office, as_: SignIn) -> None:
    client, month = office
    assert as_("clerk").post(reverse("bulletin:index"), {"month": month}).status_code == 403
    early = client.post(reverse("bulletin:index"), {"month": f"{today():%Y-%m}"})
    assert early.status_code == 409
    assert "还没有结束" in early.content.decode()
    client.post(reverse("bulletin:index"), {"month": month})
    bulletin = Bulletin.objects.get()
    for name in ("edit", "recount", "release", "discard"):
        assert as_("clerk").post(reverse(f"bulletin:{name}", args=[bulletin.pk])).status_code == 404
    discard = reverse("bulletin:discard", args=[bulletin.pk])
    assert discard in text_of(client, reverse("bulletin:show", args=[bulletin.pk]))
    assert "找不回来" in text_of(client, discard), "asked before it is gone"
    assert Bulletin.objects.exists()
    client.post(discard)
    assert not Bulletin.objects.exists()
