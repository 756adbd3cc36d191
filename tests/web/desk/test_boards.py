"""Boards: every figure opens a list of as many rows; rules change only by who may, from a later day."""

import html
import re
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.db.engine.city import ALWAYS, City
from tests.web.desk.conftest import SignIn
from tongban.base.calendar import CHINA
from tongban.engine.figures import idle_units, runs_for
from tongban.engine.models import Case
from tongban.platforms.supervision import figures
from tongban.platforms.supervision.models import Card, RuleVersion
from tongban.registry.models import Grant


@pytest.fixture
def watched(city: City) -> City:
    """The head also supervises everything."""
    Grant.objects.create(role="leader", verb="supervise", reach=Grant.Reach.EVERYTHING, valid=ALWAYS)
    city.granted()
    city.do("clerk", city.apply(), "accept")
    city.apply()
    return city


def count_in(client: Client, address: str) -> int:
    title = re.search(r"<h1>[^<\d]*([\d,]+)", client.get(address).content.decode())
    assert title is not None
    return int(title[1].replace(",", ""))


def test_figures_of_the_board_open_lists_of_that_length(watched: City, as_: SignIn) -> None:
    client = as_("head")
    assert client.get(reverse("supervision:board")).status_code == 200
    now = datetime.now(CHINA)
    held = figures.cases_of(watched.person("head"))
    period = figures.Period(now.date().replace(day=1), now.date())
    cases = reverse("supervision:cases")
    assert count_in(client, f"{cases}?what=accepted") == figures.accepted(held, period).count() == 2
    assert count_in(client, f"{cases}?what=ended") == figures.ended(held, period).count() == 1
    assert count_in(client, f"{cases}?what=running") == figures.running(held).count() == 1
    assert figures.kept_share(held, period) == figures.Kept(1, 1)
    assert count_in(client, f"{cases}?what=broken") == 0


def test_the_cards_a_figure_counts_are_the_cards_its_list_shows(watched: City, as_: SignIn) -> None:
    """What was revoked or has risen is counted nowhere, and the list says what it leaves out."""
    case = Case.objects.order_by("pk")[0]
    for seq, status in enumerate(("valid", "confirmed", "revoked", "risen"), start=1):
        Card.objects.create(
            case=case, seq=seq, case_number=case.number, org_id=case.org_id, org_name="局", matter_id=case.matter_id,
            rule="T04", rule_name="环节超时", episode=f"task:{seq}", level=2, status=status, issued_at=datetime.now(CHINA),
            snapshot={},
        )  # fmt: skip
    client = as_("head")
    page = html.unescape(client.get(reverse("supervision:board")).content.decode())
    link = re.search(r'href="([^"]*/cards/[^"]*level=2[^"]*)"[^>]*>(\d+)<', page)
    assert link is not None, "yellow cards, with their list behind them"
    every = count_in(client, reverse("supervision:cards") + "?level=2")
    assert count_in(client, link[1]) == int(link[2]) == every - 2
    assert "不含撤销、已升级" in client.get(link[1]).content.decode()


def test_a_unit_carded_for_its_step_reads_the_card_and_finds_no_way_into_a_case_it_may_not_see(
    watched: City, as_: SignIn
) -> None:
    case = Case.objects.order_by("-pk")[0]
    card = Card.objects.create(
        case=case, seq=1, case_number=case.number, org_id=watched.neighbour_bureau.pk, org_name="城管局",
        matter_id=case.matter_id, rule="T04", rule_name="环节超时", episode="task:9", level=2, status="valid",
        issued_at=datetime.now(CHINA), snapshot={},
    )  # fmt: skip
    into = f'href="{reverse("desk:case", args=[case.number])}"'
    at = reverse("supervision:card", args=[card.pk])
    page = as_("neighbour").get(at).content.decode()
    assert case.number in page
    assert into not in page
    assert into in as_("head").get(at).content.decode()


def test_the_board_knows_idle_units_as_their_own_page_does(watched: City, as_: SignIn) -> None:
    client = as_("head")
    idle = len(idle_units(runs_for(watched.person("head"), *_this_month())))
    assert f"零办件单位 {idle} 个" in client.get(reverse("supervision:board")).content.decode()
    of_one = client.get(reverse("supervision:board") + f"?org={watched.bureau.pk}").content.decode()
    assert "零办件单位" not in of_one


def _this_month() -> tuple[datetime, datetime, date]:
    today = datetime.now(CHINA).date()
    month = figures.Period(today.replace(day=1), today)
    return month.begin, month.end, month.last


def test_the_units_board_and_its_lists_agree(watched: City, as_: SignIn) -> None:
    client = as_("clerk")
    page = client.get(reverse("desk:unit")).content.decode()
    assert "在哪一步" in page
    assert count_in(client, reverse("desk:unit_list")) == 2  # one to accept, one to review
    assert count_in(client, reverse("desk:unit_list") + "?step=受理") == 1


def test_an_appeal_of_a_card_that_names_nobody_leaves_no_hole(watched: City, as_: SignIn) -> None:
    case = Case.objects.filter(concluded_at=None).first()
    assert case is not None
    Card.objects.create(
        case=case, seq=1, case_number=case.number, org_id=case.org_id, org_name="局", matter_id=case.matter_id, rule="T04",
        rule_name="环节超时", level=2, status=Card.Status.APPEALED, issued_at=datetime.now(CHINA), snapshot={},
    )  # fmt: skip
    page = re.sub(r"\s+", " ", as_("head").get(reverse("supervision:board")).content.decode())
    assert f"局 · {case.number}" in page


def test_the_wall_answers_htmx_with_its_content_only(watched: City, as_: SignIn) -> None:
    client = as_("head")
    assert b"<html" in client.get(reverse("supervision:wall")).content
    content = client.get(reverse("supervision:wall"), headers={"HX-Request": "true"}).content
    assert b"<html" not in content
    assert (content.count(b"ch only-wide"), content.count(b"ch only-narrow")) == (1, 1), "on a phone too"


def test_thresholds_change_only_by_who_supervises_everything(watched: City, as_: SignIn) -> None:
    tomorrow = (datetime.now(CHINA).date() + timedelta(days=1)).isoformat()
    sent = {"grace": "1", "red_after": "5", "enabled": "1", "begins": tomorrow, "basis": "监察办法第三条"}
    address = reverse("supervision:rule", args=["T02"])
    refused = as_("clerk").post(address, sent)
    assert refused.status_code == 403
    assert "只有对全部单位有监察权限的人员" in refused.content.decode()
    wrong = as_("head").post(address, {**sent, "basis": ""})
    assert wrong.status_code == 422
    assert as_("head").post(address, sent).status_code == 302
    made = RuleVersion.objects.get()
    assert made.thresholds == {"grace": 1, "red_after": 5}
    assert "监察办法第三条" in as_("clerk").get(address).content.decode()


def test_export_of_the_boards_needs_the_verb(watched: City, as_: SignIn) -> None:
    for name in (
        "supervision:cards_export",
        "supervision:cases_export",
        "supervision:units_export",
        "desk:unit_export",
    ):
        assert as_("head").get(reverse(name)).status_code == 403
    Grant.objects.create(role="leader", verb="export", reach=Grant.Reach.OWN, valid=ALWAYS)
    for name in (
        "supervision:cards_export",
        "supervision:cases_export",
        "supervision:units_export",
        "desk:unit_export",
    ):
        assert as_("head").get(reverse(name)).headers["Content-Type"].endswith("sheet")
