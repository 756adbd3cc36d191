"""统计分析: figures of the scope, opened to their cases, taken out; and the page for everybody."""

import csv
import re
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse

from tests.db.engine.city import ALWAYS, City
from tests.web.desk.conftest import SignIn, text_of
from tongban.platforms.statistics.measures import GROUPINGS, MEASURES
from tongban.platforms.statistics.projection import project
from tongban.registry.models import Grant

pytestmark = pytest.mark.usefixtures("figures_apart")


@pytest.fixture
def watched(city: City) -> City:
    """The head supervises and takes out everything; one case is granted, one accepted, one applied for."""
    for verb in ("supervise", "export"):
        Grant.objects.create(role="leader", verb=verb, reach=Grant.Reach.EVERYTHING, valid=ALWAYS)
    city.granted()
    city.do("clerk", city.apply(), "accept")
    city.apply()
    return city


def test_a_figure_opens_as_many_cases_as_it_says(watched: City, as_: SignIn) -> None:
    client = as_("head")
    assert "统计数据还没有生成" in text_of(client, reverse("statistics:board"))
    project()
    board = text_of(client, reverse("statistics:board") + "?m=applied&m=accepted&m=ended")
    links = dict(
        re.findall(r'href="(/supervision/statistics/cases/\?m=(?:\w+)[^"]*)"[^>]*>\s*([\d,]+)', board)
    )
    assert sorted(int(n) for n in links.values())[:3] == [1, 1, 2]
    for address, figure in links.items():
        title = re.search(r"<h1>[^<]*：([\d,]+)", text_of(client, address))
        assert title is not None
        assert title[1] == figure


def test_from_a_line_to_its_cases_and_back_to_the_very_table(watched: City, as_: SignIn) -> None:
    project()
    client = as_("head")

    def back(table: str, one: str) -> str:
        cases = re.search(rf'href="(/supervision/statistics/cases/[^"]*&{one}[^"]*)"', text_of(client, table))
        assert cases is not None
        returned = re.search(r'href="([^"]*)">回到统计', text_of(client, cases[1]))
        assert returned is not None
        return returned[1]

    board = reverse("statistics:board")
    whole = back(f"{board}?m=applied&m=ended", "unit=")
    assert "unit=" not in whole, "the line's own condition is not one's own"
    assert "m=applied&m=ended" in whole
    narrowed = re.search(r'href="(\?[^"]*by=month[^"]*unit=\d+[^"]*)"', text_of(client, board))
    assert narrowed is not None
    assert "unit=" in back(board + narrowed[1], "month="), "one's own condition stays"


def test_who_ticks_too_many_measures_is_told_which_are_left_out(watched: City, as_: SignIn) -> None:
    project()
    client, board = as_("head"), reverse("statistics:board")
    every = list(MEASURES.values())
    told = text_of(client, board + "?" + "&".join(f"m={m.key}" for m in every[:9]))
    assert f"没有列出：{every[8].name}。" in told
    assert "没有列出" not in text_of(client, board + "?" + "&".join(f"m={m.key}" for m in every[:8]))


def test_every_grouping_and_comparison_has_a_page(watched: City, as_: SignIn) -> None:
    project()
    client = as_("head")
    for by in GROUPINGS:
        asked = f"{reverse('statistics:board')}?by={by}&compare=before&m=steps&m=days"
        assert ("合计" in text_of(client, asked)) == (by != "rule")  # nothing was carded


def test_nonsense_in_the_address_is_as_if_it_were_not_said(watched: City, as_: SignIn) -> None:
    project()
    client = as_("head")
    for said in (
        "m=x&by=y&from=z&to=1",
        "unit=1%20OR%201=1",
        "step=%27%3B%20DROP",
        "step=%5C",
        "from=2026-13-01",
        "after=x",
    ):
        assert client.get(f"{reverse('statistics:board')}?{said}").status_code == 200
        assert client.get(f"{reverse('statistics:cases')}?{said}").status_code == 200


def test_who_does_not_supervise_is_turned_away(watched: City, as_: SignIn) -> None:
    project()
    for name in ("statistics:board", "statistics:cases", "statistics:export"):
        assert as_("clerk").get(reverse(name)).status_code == 403


def test_the_table_is_taken_out_with_the_sums_behind_it(watched: City, as_: SignIn) -> None:
    project()
    client = as_("head")
    answer = client.get(reverse("statistics:export") + "?m=accepted&m=on_time&format=csv")
    rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == [
        "单位",
        "受理（件）",
        "按时办结率（%）",
        "按时办结率：分子",
        "按时办结率：分母",
        "其中期后补录",
    ]
    assert rows[1][:5] == ["合计", "2", "100.0", "1.0", "1.0"]
    answer = client.get(reverse("statistics:export") + "?m=accepted")
    assert answer["Content-Type"].endswith("sheet")


def test_everybody_reads_figures_in_which_nobody_can_be_recognised(watched: City, client: Client) -> None:
    empty = text_of(client, reverse("statistics:public"))
    assert "办件统计" in empty
    project()
    page = text_of(client, reverse("statistics:public"))
    assert "办件统计" in page
    data = client.get(reverse("statistics:public_json")).json()
    assert data["month"]
    assert data["unit"]
    assert "accepted" in data["unit"][0]["hidden"], "two cases are too few"
    assert data["unit"][0]["accepted"] is None
    rows = client.get(reverse("statistics:public_csv")).content.decode("utf-8-sig")
    assert "少于5" in rows
    assert client.get(reverse("statistics:public") + "?year=99999").status_code == 200
