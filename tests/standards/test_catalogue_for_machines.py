"""Strangers' programmes read the public catalogue, and what they read is what the database says.

sickle harvests by OAI-PMH, feedparser reads the feeds, lxml the sitemaps, gne the pages, rdflib their JSON-LD, jsonschema
the files; none of them knows anything of us.
"""

import csv
import io
import json
from copy import deepcopy
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import feedparser
import pytest
import requests
from django.test import Client
from gne import GeneralNewsExtractor
from jsonschema_rs import Draft202012Validator
from lxml import etree, html
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import XSD
from sickle import Sickle
from sickle.oaiexceptions import BadResumptionToken, CannotDisseminateFormat, IdDoesNotExist, NoRecordsMatch

from tests.standing import standing
from tests.town import Town, build_town
from tongban.platforms.disclosure import services
from tongban.platforms.disclosure.machines import oai
from tongban.platforms.disclosure.machines.described import page_of
from tongban.platforms.disclosure.models import Record
from tongban.platforms.disclosure.provisions import schemes
from tongban.platforms.disclosure.reader import read_bytes
from tongban.registry.models import Organisation
from tongban.registry.queries import today

pytestmark = pytest.mark.django_db
SCHEMA_ORG = "https://schema.org/"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
ODD = "关于“<b>&amp;”和\u0001控制字符的通知"


def stocked() -> Town:
    """A town with seven records: orders, links, an odd title, a number of another house, one withdrawn."""
    town = build_town()
    unit, clerk, chief = Organisation.objects.get(key="scjg"), town.people["clerk"], town.people["chief"]
    body = "各有关单位：\n" + "为保障群众饮食安全，现就食品安全检查有关事项通知如下，请认真贯彻执行。\n" * 8

    def published(title: str, day: date, index: str = "", **more: object) -> Record:
        record = services.create_record(clerk, unit, {"title": title, "body": body, **more})
        return services.release(chief, record, published_on=day, index_number=index)

    old = published(
        "安澜市食品安全管理办法",
        date(2019, 5, 6),
        genre="01",
        theme="09",
        number="安政发〔2019〕3号",
        issued_on=date(2019, 4, 30),
    )
    new = published(
        "安澜市食品安全管理办法（修订）",
        today(),
        genre="01",
        theme="09",
        keywords=["食品", "安全"],
        description="修订办法。",
    )
    services.relate(clerk, new, old, "replaces")
    published(ODD, today() - timedelta(days=1), theme="09", genre="05")
    published(
        "关于停水的通告", date(2020, 1, 2), "1134/2020-特1", theme="10", genre="04", issuer="安澜市水务局"
    )
    for n in range(2):
        published(f"关于第{n}次检查的通知", date(2021, 3, n + 1), theme="09", genre="05")
    services.put_into(clerk, new, ["food-check", "a20-13-inspect"])
    services.put_into(clerk, old, ["food-alert"])
    gone = published("关于撤下的通知", date(2022, 1, 1), theme="10")
    services.withdraw(chief, services.put_into(clerk, gone, ["food-alert"]), why="内容有误")
    services.create_record(clerk, unit, {"title": "还没有公开的草稿"})
    return town


built = standing(stocked)


@pytest.fixture
def town(built: Town, db: None) -> Town:
    return deepcopy(built)


@pytest.fixture
def fetch(client: Client, monkeypatch: pytest.MonkeyPatch):
    """What `requests` would fetch, from the test client."""

    def get(
        url: str, params: dict[str, str] | None = None, data: object = None, **_: object
    ) -> requests.Response:
        found = client.post(url, data) if data else client.get(url, params)
        answer = requests.Response()
        answer.status_code = found.status_code
        answer._content = b"".join(found.streaming_content) if found.streaming else found.content
        answer.headers.update(found.headers)
        return answer

    monkeypatch.setattr("sickle.app.requests.get", get)
    monkeypatch.setattr("sickle.app.requests.post", lambda url, data=None, **_: get(url, data=data))
    return lambda path: get(path).content


@pytest.fixture
def sickle(town: Town, fetch, settings) -> Sickle:
    return Sickle(f"{settings.TONGBAN_URL}/open/oai")


def public() -> set[str]:
    return set(Record.objects.public().values_list("index_number", flat=True))


def test_a_harvester_gets_everything_and_the_deletions_in_any_number_of_pages(sickle, monkeypatch):
    monkeypatch.setattr(oai, "SIZES", {"ListRecords": 2, "ListIdentifiers": 3})
    records = list(sickle.ListRecords(metadataPrefix="oai_dc"))
    assert len(records) == 7
    kept = {r.metadata["identifier"][1]: r.metadata for r in records if not r.deleted}
    assert set(kept) == public()
    gone = [r.header for r in records if r.deleted]
    assert [h.identifier.rpartition(":")[2] for h in gone] == list(
        Record.objects.filter(state="withdrawn").values_list("index_number", flat=True)
    )
    told = next(m for m in kept.values() if m["title"] == ["安澜市食品安全管理办法（修订）"])
    assert told["subject"] == ["市场监管、安全生产监管", "食品", "安全"]
    assert told["relation"][0].startswith("http")
    headers = list(sickle.ListIdentifiers(metadataPrefix="gpi"))
    assert {h.identifier for h in headers} == {r.header.identifier for r in records}


def test_a_harvester_comes_again_for_what_changed(sickle, town):
    since = max(r.header.datestamp for r in sickle.ListRecords(metadataPrefix="gpi"))
    Record.objects.filter(title="关于停水的通告").update(changed_at="2001-01-01T00:00:00Z")  # only forwards
    stopped = Record.objects.get(title="关于停水的通告")
    services.withdraw(town.people["chief"], stopped, why="作废")
    again = list(sickle.ListRecords(**{"metadataPrefix": "gpi", "from": since}))
    header = next(r.header for r in again if "2020-%E7%89%B91" in r.header.identifier)
    assert header.deleted
    with pytest.raises(NoRecordsMatch):
        sickle.ListRecords(metadataPrefix="oai_dc", until="2001-01-01")


def test_sets_are_the_classes(sickle):
    names = {s.setSpec: s.setName for s in sickle.ListSets()}
    assert (names["theme:09"], names["org:scjg"]) == ("市场监管、安全生产监管", "安澜市市场监督管理局")
    assert len(list(sickle.ListIdentifiers(metadataPrefix="oai_dc", set="theme:09"))) == 5
    assert len(list(sickle.ListIdentifiers(metadataPrefix="oai_dc", set="org:scjg"))) == 7
    with pytest.raises(NoRecordsMatch):
        sickle.ListIdentifiers(metadataPrefix="oai_dc", set="org:nobody")


def test_required_columns_are_sets_with_one_below_for_each_thing_that_must_be_there(sickle):
    names = {s.setSpec: s.setName for s in sickle.ListSets()}
    assert names["column:food"] == "食品安全"
    assert "column:food:check" in names

    def harvested(spec: str) -> dict[str, bool]:
        rows = list(sickle.ListIdentifiers(metadataPrefix="oai_dc", set=spec))
        assert all(any(own.startswith(spec) for own in row.setSpecs) for row in rows)
        return {row.identifier: row.deleted for row in rows}

    food = harvested("column:food")
    assert sorted(food.values()) == [False, False, True]
    assert set(harvested("column:food:alert")) < set(food)
    assert len(harvested("column")) == 3
    with pytest.raises(NoRecordsMatch):
        sickle.ListIdentifiers(metadataPrefix="oai_dc", set="column:nothing")


def test_one_record_and_the_formats_and_who_we_are(sickle, fetch):
    assert sickle.Identify().deletedRecord == "persistent"
    assert [f.metadataPrefix for f in sickle.ListMetadataFormats()] == ["oai_dc", "gpi"]
    one = next(h.identifier for h in sickle.ListIdentifiers(metadataPrefix="oai_dc", set="genre:04"))
    record = sickle.GetRecord(identifier=one, metadataPrefix="gpi")
    schema = etree.XMLSchema(etree.fromstring(fetch("/open/data/record.xsd")))
    schema.assertValid(record.xml.find(f".//{{{oai.GPI}}}information"))
    with pytest.raises(IdDoesNotExist):
        sickle.GetRecord(identifier="oai:www.anlan.example:nothing", metadataPrefix="gpi")
    with pytest.raises(CannotDisseminateFormat):
        sickle.GetRecord(identifier=one, metadataPrefix="marc21")
    with pytest.raises(BadResumptionToken):
        sickle.ListRecords(resumptionToken="spoilt")


def test_harvesting_by_post_tells_the_same(sickle, town, settings):
    by_post = Sickle(f"{settings.TONGBAN_URL}/open/oai", http_method="POST")
    assert len(list(by_post.ListRecords(metadataPrefix="oai_dc"))) == 7


@pytest.mark.parametrize("kind", ["atom", "rss"])
@pytest.mark.parametrize(
    "asked", ["", "?theme=09", "?genre=05&theme=09", "?org=1", "?theme=20", "?year=2021"]
)
def test_every_feed_is_read_without_complaint(town, fetch, kind, asked):
    feed = feedparser.parse(
        io.BytesIO(fetch(f"/open/feed.{kind}{asked}")),
        response_headers={"content-type": f"application/{kind}+xml"},
    )
    assert not feed.bozo, feed.get("bozo_exception")
    rows = Record.objects.public()
    wanted = {"": rows, "?theme=09": rows.filter(theme="09"), "?genre=05&theme=09": rows.filter(theme="09", genre="05"), "?year=2021": rows.filter(published_on__year=2021)}.get(asked, rows.none())  # fmt: skip
    assert {e.link for e in feed.entries} == {page_of(r.index_number) for r in wanted}
    assert all(e.published_parsed and e.id.startswith("tag:www.anlan.example,") for e in feed.entries)


@pytest.mark.parametrize("kind", ["atom", "rss"])
@pytest.mark.parametrize(("asked", "n"), [("food/", 2), ("food/?item=food-alert", 1), ("budget/", 0)])
def test_every_required_column_is_a_feed_that_its_page_leads_to(town, fetch, kind, asked, n):
    page = html.fromstring(fetch(f"/open/columns/{asked}"))
    here = page.xpath(f"//link[@rel='alternate'][@type='application/{kind}+xml']/@href")[0]
    feed = feedparser.parse(
        io.BytesIO(fetch(here)), response_headers={"content-type": f"application/{kind}+xml"}
    )
    assert not feed.bozo, feed.get("bozo_exception")
    linked = page.xpath("//ol/li/h2/a/@href")
    assert len(feed.entries) == n == len(linked)
    assert {e.link.partition("/open/")[2] for e in feed.entries} == {a.partition("/open/")[2] for a in linked}
    gone = fetch(here).count(b"deleted-entry")
    assert gone == (1 if "food" in asked and kind == "atom" else 0)


def test_sets_pages_and_the_sitemap_know_the_same_columns(town, fetch, sickle):
    of_sets = {s.setSpec.split(":")[1] for s in sickle.ListSets() if s.setSpec.startswith("column:")}
    of_pages = {a.split("/")[3] for a in html.fromstring(fetch("/open/columns/")).xpath("//main//li/a/@href")}
    places = [n.find(f"{MAP}loc").text for n in ET.fromstring(fetch("/open/sitemap-columns.xml"))]
    of_map = {p.split("/open/columns/")[1].strip("/") for p in places if "/open/columns/" in p} - {""}
    assert of_sets == of_pages == of_map == {c.key for s in schemes(today()) for c in s.columns}


def test_pages_lead_to_their_feeds(town, fetch):
    page = html.fromstring(fetch("/open/?theme=09"))
    found = page.xpath("//link[@rel='alternate']/@href")
    assert found == ["/open/feed.atom?theme=09", "/open/feed.rss?theme=09"]
    assert b"deleted-entry" in fetch("/open/feed.atom?theme=10")


def test_sitemaps_hold_every_public_record_once_with_its_change_and_news(town, fetch):
    index = ET.fromstring(fetch("/open/sitemap.xml"))
    maps = [node.find(f"{MAP}loc").text for node in index]
    urls: dict[str, ET.Element] = {}
    for place in maps:
        for node in ET.fromstring(fetch(place)):
            where = node.find(f"{MAP}loc").text
            assert where not in urls
            urls[where] = node
    records = {page_of(r.index_number): r for r in Record.objects.public()}
    assert set(records) <= set(urls)
    for where, record in records.items():
        assert (
            urls[where]
            .find(f"{MAP}lastmod")
            .text.startswith(f"{record.changed_at.astimezone():%Y-%m-%d}"[:7])
        )
    news = {
        w
        for w, n in urls.items()
        if n.find("{http://www.google.com/schemas/sitemap-news/0.9}news") is not None
    }
    assert news == {w for w, r in records.items() if r.published_on >= today() - timedelta(days=2)}


def test_a_reader_of_news_pages_finds_title_day_and_text(town, fetch):
    for record in Record.objects.public().exclude(title=ODD):
        page = fetch(f"/open/info/{record.index_number}/").decode()
        told = GeneralNewsExtractor().extract(page, noise_node_list=["//header", "//footer"])
        assert told["title"] == record.title
        assert told["publish_time"].startswith(f"{record.published_on}")
        assert "食品安全检查有关事项通知如下" in told["content"]


def test_our_own_reader_reads_our_own_page_back(town, fetch):
    record = Record.objects.get(number="安政发〔2019〕3号")
    reading = read_bytes(fetch(f"/open/info/{record.index_number}/"), "a.html")
    assert (reading.value("title"), reading.value("number")) == (record.title, record.number)
    assert (reading.value("published"), reading.value("issued")) == ("2019-05-06", "2019-04-30")
    assert reading.value("index_number") == record.index_number


def test_page_tags_are_those_of_government_sites(town, fetch):
    new = Record.objects.get(title="安澜市食品安全管理办法（修订）")
    tags = {
        m.get("name"): m.get("content")
        for m in html.fromstring(fetch(f"/open/info/{new.index_number}/")).xpath("//meta[@name]")
    }
    assert tags.items() >= {
        "SiteName": "安澜市政务服务", "SiteDomain": "www.anlan.example", "SiteIDCode": "3399000001", "ColumnName": "市场监管、安全生产监管",
        "ColumnType": "政府信息公开目录", "ArticleTitle": new.title, "ContentSource": "安澜市市场监督管理局", "Description": "修订办法。",
        "Keywords": "食品,安全,市场监管、安全生产监管", "Url": page_of(new.index_number),
    }.items()  # fmt: skip
    assert tags["PubDate"][:10] == f"{new.published_on}"
    column = {m.get("name") for m in html.fromstring(fetch("/open/?genre=05")).xpath("//meta[@name]")}
    assert {
        "SiteName",
        "SiteDomain",
        "SiteIDCode",
        "ColumnName",
        "ColumnType",
        "ColumnDescription",
        "ColumnKeywords",
    } <= column


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own
def test_linked_data_agrees_with_the_database(town, fetch):
    for record in Record.objects.public():
        page = html.fromstring(fetch(f"/open/info/{record.index_number}/").decode())
        graph = Graph().parse(
            data=str(page.xpath("//script[@type='application/ld+json']/text()")[0]), format="json-ld"
        )
        me = URIRef(page_of(record.index_number))
        said = {(p.removeprefix(SCHEMA_ORG), o) for p, o in graph.predicate_objects(me)}
        assert ("identifier", Literal(record.index_number)) in said
        assert ("datePublished", Literal(record.published_on, datatype=XSD.date)) in said
        assert ("inLanguage", Literal("zh-CN")) in said
        if record.issued_on:
            assert ("dateCreated", Literal(record.issued_on, datatype=XSD.date)) in said
        for link in record.links.all():
            assert ("legislationRepeals", URIRef(page_of(link.target.index_number))) in said
        if record.validity == "repealed":
            assert ("legislationLegalForce", URIRef(f"{SCHEMA_ORG}NotInForce")) in said


def test_the_whole_catalogue_as_files_follows_its_schema_and_tells_deletions(town, fetch):
    schema = json.loads(fetch("/open/data/schema.json"))
    check = Draft202012Validator(schema, validate_formats=True)
    lines = [json.loads(line) for line in fetch("/open/data/records.jsonl").splitlines()]
    for line in lines:
        check.validate(line)
    assert {e["identifier"] for e in lines if not e["withdrawn"]} == public()
    assert [e["withdrawn_why"] for e in lines if e["withdrawn"]] == ["内容有误"]
    table = list(csv.DictReader(io.StringIO(fetch("/open/data/records.csv").decode("utf-8-sig"))))
    assert [row["identifier"] for row in table] == [e["identifier"] for e in lines]
    by_index = {r.index_number: r for r in Record.objects.public()}
    for row in table:
        if not row["withdrawn"]:
            record = by_index[row["identifier"]]
            assert (row["number"], row["validity"], row["theme"]) == (
                record.number,
                record.validity,
                record.theme,
            )
            assert row["published"] == record.published_on.isoformat()
