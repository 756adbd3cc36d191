"""Counts, scores and hands of public records at the desk, every number leading to its records; the reading point."""

import io
from datetime import date

import openpyxl
import pytest
from django.test import Client

from tongban.platforms.disclosure import figures, services
from tongban.platforms.disclosure.figures import Asked
from tongban.registry.models import AccessRecord, Organisation

pytestmark = pytest.mark.django_db
YEAR = Asked(date(2024, 1, 1), date(2024, 12, 31))


@pytest.fixture
def published(town):
    """Three documents of 2024: a good one, a late policy without interpretation, a poor one; and one of another year."""
    org = Organisation.objects.get(key="scjg")

    def make(title, day, **more):
        record = services.create_record(town.people["clerk"], org, {"title": title, **more})
        return services.release(town.people["chief"], record, published_on=day)

    text = "为方便群众办事，现将有关事项通知如下。\n一、请带身份证。\n二、不收费。"
    full = {
        "body": text,
        "description": "办事须知",
        "issuer": "江市市场监督管理局",
        "theme": "02",
        "genre": "04",
    }
    good = make("关于办事的通告", date(2024, 3, 5), issued_on=date(2024, 3, 4), **full)
    late = make(
        "关于扶持小店的意见", date(2024, 8, 1), issued_on=date(2024, 3, 4), number="江市监〔2024〕2号",
        **full | {"genre": "11", "theme": "06"},
    )  # fmt: skip
    poor = make("一份通知", date(2024, 8, 2))
    make("去年的通告", date(2023, 3, 5), issued_on=date(2023, 3, 4), **full)
    return good, late, poor


def desk(town, who):
    client = Client()
    client.force_login(town.people[who])
    return client


def test_groups_are_counted_and_scored_by_hand(town, published):
    rows = figures.records(town.people["clerk"], YEAR)
    told = figures.marks(rows)
    good, late, poor = (told[record.pk] for record in published)
    assert good.score == 100
    # complete 30, prompt 0 of 30, readable 20, interpreted 0 of 10, corrected 10: 60 of 100
    assert late.score == 60
    # four of eight filled (index number, title, published_on … genre 99 says nothing): 3/8 of 30, corrected 10, of 60
    assert poor.score == round(100 * (30 * 3 / 8 + 10) / 60)
    by_month = figures.grouped(rows, told, "month")
    assert [(g.value, g.average.n) for g in by_month] == [("2024-03", 1), ("2024-08", 2)]
    assert {g.name: g.average.n for g in figures.grouped(rows, told, "genre")} == {
        "通告": 1,
        "意见": 1,
        "其他": 1,
    }
    (unit,) = figures.grouped(rows, told, "unit")
    assert (unit.average.n, unit.average.score) == (3, round((100 + 60 + poor.score) / 3))


def test_an_interpretation_mends_the_mark_of_its_policy(town, published):
    _good, late, poor = published
    services.relate(town.people["clerk"], poor, late, "interprets")
    told = figures.marks(figures.records(town.people["clerk"], YEAR))
    assert told[late.pk].shares["interpreted"] == 1
    lacking = figures.marks(figures.records(town.people["clerk"], YEAR), "interpreted")
    assert late.pk not in lacking


def test_every_number_leads_to_its_records_and_their_hands(town, published):
    _good, late, poor = published
    client = desk(town, "clerk")
    address = "/desk/disclosure/figures/"
    period = "first=2024-01-01&last=2024-12-31"
    page = client.get(f"{address}?{period}&by=genre").content.decode()
    assert "3 份" in page
    assert "怎样评分" in page
    assert "genre=11" in page
    listed = client.get(f"{address}records/?{period}&genre=11").content.decode()
    assert late.title in listed
    assert poor.title not in listed
    for name in ("clerk", "chief"):
        assert town.people[name].display_name in listed
    without = client.get(f"{address}records/?{period}&fault=interpreted").content.decode()
    assert late.title in without
    assert poor.title not in without
    chief = town.people["chief"].pk
    assert (
        late.title in client.get(f"{address}records/?{period}&hand=released&person={chief}").content.decode()
    )
    nobody = client.get(f"{address}records/?{period}&hand=reviewed&person={chief}").content.decode()
    assert "没有这样的文件" in nobody
    assert client.get(f"{address}?first=x&last=y&by=z&unit=abc").status_code == 200


def test_people_are_counted_once_a_record(town, published):
    told = {p.name: p.counts for p in figures.people(figures.records(town.people["clerk"], YEAR))}
    assert told[town.people["clerk"].display_name] == {"drafted": 3, "reviewed": 0, "released": 0}
    assert told[town.people["chief"].display_name] == {"drafted": 0, "reviewed": 0, "released": 3}


def test_the_list_goes_out_with_every_criterion_for_who_may_export(town, published):
    query = "first=2024-01-01&last=2024-12-31&fault=prompt"
    assert desk(town, "clerk").get(f"/desk/disclosure/figures/export/?{query}").status_code == 403
    answer = desk(town, "chief").get(f"/desk/disclosure/figures/export/?{query}")
    heads, *rows = openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)
    assert heads[8:14] == ("得分", "要素完整", "公开及时", "可以阅读", "有解读", "没有差错")
    assert [(row[1], row[8], row[10]) for row in rows] == [("关于扶持小店的意见", 60, "0%")]
    assert AccessRecord.objects.filter(act="export", subject="disclosure").exists()


def test_another_units_records_are_not_counted(town, published):
    assert not figures.records(town.people["neighbour"], YEAR).exists()


def test_the_reading_point_shows_the_catalogue_and_keeps_nothing(town, published):
    good, late, _poor = published
    services.relate(town.people["clerk"], good, late, "interprets")
    client = Client()
    home = client.get("/reading-point/")
    assert "按主题" in home.content.decode()
    found = client.get("/reading-point/find/?q=小店")
    assert f"/reading-point/info/{late.index_number}/" in found.content.decode()
    page = client.get(f"/reading-point/info/{late.index_number}/")
    text = page.content.decode()
    assert good.title in text
    assert "<svg" in text
    for answer in (home, found, page):
        assert not answer.cookies
        assert "no-store" in answer["Cache-Control"]
        assert 'href="/open/' not in answer.content.decode()
        assert "account/login" not in answer.content.decode()
    assert 'data-idle="120"' in text
    assert "data-idle=" not in home.content.decode()
    services.withdraw(town.people["chief"], late, why="内容有误")
    assert client.get(f"/reading-point/info/{late.index_number}/").status_code == 404
    assert "没有找到" in client.get("/reading-point/find/?q=没有这个词").content.decode()
