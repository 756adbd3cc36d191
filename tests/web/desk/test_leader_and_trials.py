"""领导驾驶舱 and 假设推演 as pages: figures open as many cases as they say; a comparison is made, kept and found again."""

import io
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from openpyxl import load_workbook

from tests.db.engine.city import ALWAYS, City
from tests.web.desk.conftest import SignIn, text_of
from tongban.engine.models import Case
from tongban.platforms.statistics.projection import project
from tongban.platforms.supervision.models import Card, Trial
from tongban.registry.models import Grant
from tongban.registry.queries import today

pytestmark = pytest.mark.usefixtures("figures_apart")


@pytest.fixture
def led(city: City) -> City:
    """The head approves and looks; one case is granted, one under way, one applied for."""
    for verb in ("approve", "view"):
        Grant.objects.create(role="leader", verb=verb, reach=Grant.Reach.EVERYTHING, valid=ALWAYS)
    city.granted()
    city.do("clerk", city.apply(), "accept")
    city.apply()
    return city


def test_every_figure_of_the_board_opens_as_many_cases(led: City, as_: SignIn) -> None:
    head = as_("head")
    board = text_of(head, reverse("desk:leader"))
    assert "榜单稍后才有" in board
    links = re.findall(
        r'href="(/supervision/cases/\?what=(?:running|late|ended)[^"]*)"[^>]*>\s*([\d,.]+)', board
    )
    assert {n for _address, n in links} >= {"1"}
    for address, figure in links:
        if "." in figure:  # an average
            continue
        title = re.search(r"<h1>\S+ ([\d,]+) 件", text_of(head, address))
        assert title is not None
        assert title[1] == figure, address
    project()
    assert "不排名" in text_of(head, reverse("desk:leader") + "?period=year")


def test_the_cards_of_the_board_and_of_a_unit_open_as_many_cards(led: City, as_: SignIn) -> None:
    """What was revoked is counted nowhere; a unit's yellow and red cards are those of the period."""
    case = Case.objects.order_by("pk")[0]
    for seq, (level, status) in enumerate(
        ((2, "valid"), (3, "valid"), (2, "revoked"), (1, "valid")), start=1
    ):
        Card.objects.create(
            case=case, seq=seq, case_number=case.number, org_id=case.org_id, org_name="局", matter_id=case.matter_id,
            rule="T04", rule_name="环节超时", episode=f"task:{seq}", level=level, status=status, issued_at=now(), snapshot={},
        )  # fmt: skip
    head = as_("head")
    links = re.findall(
        r'href="(/supervision/cards/\?[^"]*force=1[^"]*)"[^>]*>([\d,]+)<',
        text_of(head, reverse("desk:leader")),
    )
    assert len(links) == 3, "yellow, red, and the two of the unit"
    assert int(links[2][1]) == int(links[0][1]) + int(links[1][1])
    for address, figure in links:
        title = re.search(r"<h1>[^<\d]*([\d,]+)", text_of(head, address))
        assert title is not None
        assert title[1] == figure, address


def test_who_approves_nothing_has_no_such_board(led: City, as_: SignIn) -> None:
    assert as_("clerk").get(reverse("desk:leader")).status_code == 403
    assert reverse("desk:leader") not in text_of(as_("clerk"), reverse("desk:todo"))


def test_a_list_may_be_of_one_matter(led: City, as_: SignIn) -> None:
    head = as_("head")
    matter = Case.objects.order_by("pk")[0].matter_id
    whole = text_of(head, reverse("supervision:cases") + "?what=opened")
    assert text_of(head, reverse("supervision:cases") + f"?what=opened&matter={matter}").count(
        "<tr"
    ) == whole.count("<tr")
    assert "一件也没有" in text_of(head, reverse("supervision:cases") + "?what=opened&matter=999999999")


@pytest.fixture
def office(city: City, as_: SignIn) -> Client:
    Grant.objects.create(role="leader", verb="supervise", reach=Grant.Reach.EVERYTHING, valid=ALWAYS)
    city.granted()
    return as_("head")


def test_a_comparison_is_made_kept_and_found_again(office: Client) -> None:
    page = reverse("supervision:trials")
    assert "还没有" in text_of(office, page)
    day = today().isoformat()
    asked = {
        "what": "limit",
        "purpose": "promised",
        "percent": "50",
        "first": day,
        "last": day,
        "note": "压缩一半",
    }
    answer = office.post(page, asked)
    trial = Trial.objects.get()
    assert answer.headers["Location"] == reverse("supervision:trial", args=[trial.pk])
    told = text_of(office, answer.headers["Location"])
    assert "承诺期限改为原来的 50%" in told
    assert "结果不同的办件" in told
    listed = text_of(office, page)
    assert "压缩一半" in listed
    days = office.post(page, {"what": "calendar", "off": f"{day}，2026-12-31", "first": day, "last": day})
    assert "改为放假" in text_of(office, days.headers["Location"])


def test_a_trial_tells_moves_between_levels_and_goes_into_a_sheet(office: Client, city: City) -> None:
    """A card that would only turn red is no more and no fewer cards, and yet the point of the trial."""
    case, day = Case.objects.order_by("pk")[0], today()
    made = Trial.objects.create(
        rule="T02", thresholds={"grace": 0, "red_after": 1}, first=day, last=day, asked_by=city.person("head"),
        status="done", cases=1, looked=1,
        outcome={
            "before": [0, 1, 0], "after": [0, 0, 1], "units": [], "rules": [], "moves": [[2, 3, 1]], "more": 0,
            "differing": [{"number": case.number, "org": case.org_id, "was": 2, "would": 3, "words": "=已超过"}],
        },
    )  # fmt: skip
    at = reverse("supervision:trial", args=[made.pk])
    told = text_of(office, at)
    assert re.search(r"加重.*黄牌.*红牌", told, re.DOTALL)
    assert "导出" not in told, "who may not export is not offered it"
    Grant.objects.create(role="leader", verb="export", reach=Grant.Reach.EVERYTHING, valid=ALWAYS)
    assert 'href="?export=1"' in text_of(office, at)
    sheet = load_workbook(io.BytesIO(office.get(at + "?export=1").content)).active
    assert sheet is not None
    assert [c.value for c in list(sheet.rows)[-1]][::3] == [case.number, "红牌"]
    assert any(c.value and "已超过" in str(c.value) for c in list(sheet.rows)[-1])


def test_what_cannot_be_read_or_tried_keeps_what_was_typed(office: Client) -> None:
    page, day = reverse("supervision:trials"), today().isoformat()
    unread = office.post(
        page, {"what": "calendar", "off": "五月一日", "first": day, "last": day, "note": "试试"}
    )
    assert unread.status_code == 422
    assert "五月一日" in unread.content.decode()
    assert "试试" in unread.content.decode()
    refused = office.post(
        page, {"what": "limit", "purpose": "promised", "amount": "3", "first": day, "last": day}
    )
    assert refused.status_code == 409
    assert "请指明事项" in refused.content.decode()
    for wrong in ({"matter": "none"}, {"org": "999999"}, {"first": "x"}, {"percent": "many"}):
        asked = {"what": "limit", "purpose": "promised", "percent": "50", "first": day, "last": day, **wrong}
        assert office.post(page, asked).status_code == 422, wrong
    assert not Trial.objects.exists()


def test_trials_are_of_who_supervises_everything(city: City, as_: SignIn) -> None:
    assert as_("clerk").get(reverse("supervision:trials")).status_code == 404
    assert as_("clerk").post(reverse("supervision:trials"), {}).status_code == 404
