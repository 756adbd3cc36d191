"""Records, their index numbers, links and withdrawal; batches read and confirmed; what is found."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from tests.unit.disclosure import made
from tests.unit.disclosure.samples import SAMPLES
from tongban.engine.errors import Refused
from tongban.platforms.disclosure import search, services
from tongban.platforms.disclosure.commonness import Commonness
from tongban.platforms.disclosure.models import Batch, BatchRow, Deed, Link, Record, Tally
from tongban.platforms.disclosure.reader.batches import BatchFile
from tongban.platforms.disclosure.search import Chosen
from tongban.registry.models import Organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def org(town):
    return Organisation.objects.get(pk=town.people["clerk"].holdings.first().post.organisation_id)


def a_record(town, org, title, body="正文。", day=date(2026, 3, 2), **more):
    record = services.create_record(town.people["clerk"], org, {"title": title, "body": body, **more})
    return services.release(town.people["chief"], record, published_on=day)


def test_index_numbers_go_on_by_publisher_and_year_and_never_change(town, org):
    first, second = a_record(town, org, "关于一的通知"), a_record(town, org, "关于二的通知")
    other = a_record(town, org, "关于三的通知", day=date(2025, 3, 2))
    assert [r.index_number[9:] for r in (first, second, other)] == [
        "/2026-00001",
        "/2026-00002",
        "/2025-00001",
    ]
    assert len(first.index_number) == 20
    first.index_number = "X"
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        first.save()
    with (
        pytest.raises(IntegrityError, match="only withdrawn"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM disclosure_record WHERE id = %s", [second.pk])


def test_withdrawn_is_found_no_more_and_says_why(town, org):
    record = a_record(town, org, "关于停水的通告")
    assert search.find("停水", Chosen()).total == 1
    with pytest.raises(Refused, match="missing_field"):
        services.withdraw(town.people["chief"], record, why=" ")
    services.withdraw(town.people["chief"], record, why="内容有误")
    assert search.find("停水", Chosen()).total == 0
    assert search.total(Chosen()) == 0
    record.refresh_from_db()
    assert (record.state, record.withdrawn_why) == ("withdrawn", "内容有误")
    assert [d.act for d in record.deeds.all()] == ["created", "released", "withdrawn"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Deed.objects.filter(record=record).update(act="x")


def test_who_has_no_verb_in_the_unit_is_refused(town, org):
    for act in (
        lambda: services.create_record(town.people["neighbour"], org, {"title": "关于别处的通知"}),
        lambda: services.withdraw(town.people["clerk"], a_record(town, org, "关于甲的通知"), why="x"),
    ):
        with pytest.raises(Refused, match="not_permitted"):
            act()
    assert Record.objects.visible_to(town.people["clerk"]).exists()
    assert not Record.objects.visible_to(town.people["other_clerk"]).exists()


def test_links_mark_what_they_repeal_and_amend(town, org):
    old, new = a_record(town, org, "旧办法"), a_record(town, org, "新办法")
    services.relate(town.people["clerk"], new, old, "replaces")
    services.relate(town.people["clerk"], new, old, "replaces")
    old.refresh_from_db()
    assert old.validity == "repealed"
    assert Link.objects.count() == 1
    assert dict(search.counts(Chosen())["validity"]) == {"repealed": 1, "valid": 1}


def test_only_what_is_to_be_published_goes_into_the_catalogue(town, org):
    with pytest.raises(Refused, match="missing_field"):
        services.create_record(town.people["clerk"], org, {"title": "内部通知", "attribute": "withheld"})
    kept = services.create_record(
        town.people["clerk"],
        org,
        {"title": "内部通知", "attribute": "withheld", "attribute_reason": "内部事务信息"},
    )
    with pytest.raises(Refused, match="not_proactive"):
        services.release(town.people["chief"], kept)


def test_found_by_words_number_and_index_number_alone(town, org):
    record = a_record(
        town,
        org,
        "关于加强防汛工作的通知",
        "各乡镇要做好水库巡查和值班值守。",
        number="江政办发(2026)12号",
        theme="06",
    )
    a_record(town, org, "关于防火工作的通知", "也要做好防汛准备。", theme="16", day=date(2026, 3, 3))
    assert record.number == "江政办发〔2026〕12号"
    found = search.find("防汛 通知", Chosen())
    assert ["".join(t for t, _ in hit.title) for hit in found.hits] == [
        "关于加强防汛工作的通知",
        "关于防火工作的通知",
    ]
    assert ("防汛", True) in found.hits[0].title
    assert any(marked for _, marked in found.hits[1].text)
    for asked in (
        "江政办发〔2026〕12号",
        "江政办发[2026]12号",
        "江政办发2026 12",
        record.index_number,
        record.index_number[10:],
    ):
        assert [hit.pk for hit in search.find(asked, Chosen()).hits] == [record.pk], asked
    assert search.find("水库", Chosen(theme="16")).total == 0
    assert search.find("这里没有的词", Chosen()).total == 0


def test_counts_follow_every_change(town, org):
    record = a_record(town, org, "关于甲的通知", theme="06", genre="05")
    a_record(town, org, "关于乙的意见", theme="02", genre="11", day=date(2025, 3, 3))
    told = search.counts(Chosen())
    assert told["theme"] == [("02", 1), ("06", 1)]
    assert told["year"] == [("2026", 1), ("2025", 1)]
    assert dict(search.counts(Chosen(theme="06"))["genre"]) == {"05": 1}
    assert dict(search.counts(Chosen(theme="06"))["theme"]) == {"02": 1, "06": 1}
    assert dict(search.counts(Chosen(theme="06", year=2025))["genre"]) == {}
    assert [hit.pk for hit in search.find("", Chosen(year=2026)).hits] == [record.pk]
    services.mend_record(town.people["clerk"], record, {"theme": "02"})
    assert search.counts(Chosen())["theme"] == [("02", 2)]
    assert [hit.pk for hit in search.find("甲", Chosen(theme="02")).hits] == [record.pk]
    assert not Tally.objects.filter(n__lt=0).exists()


def test_common_words_give_the_newest_and_say_that_there_are_more(town, org, monkeypatch):
    monkeypatch.setattr(search, "PROBE", 3)
    monkeypatch.setattr(search, "SCORED", 4)
    for n in range(8):
        a_record(town, org, f"关于第{n}次检查的通知", day=date(2018 + n, 5, 1))
    found = search.find("检查 通知", Chosen())
    assert found.at_least
    assert [hit.published_on.year for hit in found.hits] == [2025, 2024, 2023, 2022]


FILES = [BatchFile(f"{n}.txt", sample[1].encode()) for n, sample in enumerate(SAMPLES[:6])]


def read(town, org, files, **more):
    batch = services.begin_batch(
        town.people["chief" if more.get("historic") else "clerk"], org, files, name="一批", **more
    )
    return services.read_batch(batch.pk)


def test_a_batch_is_read_and_the_clear_rows_become_records(town, org):
    batch = read(
        town,
        org,
        [*FILES, BatchFile("坏.pdf", b"%PDF-1.7 nothing"), BatchFile("又.txt", SAMPLES[0][1].encode())],
    )
    assert (batch.state, batch.done, batch.total) == (Batch.State.READ, 8, 8)
    verdicts = dict(batch.rows.values_list("name", "verdict"))
    assert verdicts["0.txt"] == "clear"
    assert verdicts["坏.pdf"] == "refused"
    assert verdicts["又.txt"] == "twin"
    taken, left = services.confirm_clear(town.people["clerk"], batch)
    assert (taken, left) == (list(verdicts.values()).count("clear"), 0)
    record = batch.rows.get(name="0.txt").record
    assert (record.state, record.number, record.issued_on) == (
        "draft",
        "临政办发〔2019〕17号",
        date(2019, 4, 12),
    )
    assert record.file.media_type == "text/plain"
    with pytest.raises(Refused, match="already_taken"):
        services.confirm_row(town.people["clerk"], batch.rows.get(name="0.txt"))
    with pytest.raises(Refused, match="unreadable_row"):
        services.confirm_row(town.people["clerk"], batch.rows.get(name="坏.pdf"))


def test_reading_goes_on_where_it_was_broken_off(town, org, monkeypatch):
    monkeypatch.setattr("tongban.platforms.disclosure.services.batches.STEP", 2)
    batch = services.begin_batch(town.people["clerk"], org, FILES, name="一批")
    rows = [BatchRow(batch=batch, no=n, name=f"{n}", verdict="look") for n in (1, 2)]
    BatchRow.objects.bulk_create(rows)
    Batch.objects.filter(pk=batch.pk).update(done=2)
    assert services.read_batch(batch.pk).state == Batch.State.READ
    assert list(batch.rows.values_list("no", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_historic_documents_keep_their_index_number_and_day(town, org):
    batch = read(town, org, [BatchFile("a.txt", SAMPLES[1][1].encode())], historic=True)
    record = services.confirm_row(town.people["chief"], batch.rows.get())
    assert (record.index_number, record.published_on) == ("014416330/2018-04736", date(2018, 11, 9))
    assert record.is_public
    again = read(
        town, org, [BatchFile("b.txt", SAMPLES[1][1].replace("若干意见", "几点意见").encode())], historic=True
    )
    assert "索引号" in again.rows.get().message
    with pytest.raises(Refused, match="index_taken"):
        services.confirm_row(town.people["chief"], again.rows.get())


def test_a_zip_with_tricks_is_read_as_far_as_it_is_honest(town, org):
    data = made.zipped({"a.txt": SAMPLES[0][1], "../../x.txt": "越界", "sub/b.txt": SAMPLES[2][1]})
    batch = read(town, org, [BatchFile("一批.zip", data)])
    assert sorted(batch.rows.values_list("name", "verdict")) == [
        ("a.txt", "clear"),
        ("b.txt", "clear"),
        ("x.txt", "refused"),
    ]


def test_words_that_the_database_counts_as_common_are_looked_for_among_the_newest(town, org, monkeypatch):
    for name, value in (("PROBE", 3), ("SCORED", 4), ("WINDOWFUL", 4)):
        monkeypatch.setattr(search, name, value)
    guess = Commonness(40.0, dict.fromkeys(("检查", "通知", "t:检查", "t:通知", "c:06"), 1.0))
    monkeypatch.setattr(search, "commonness", lambda: guess)
    for n in range(8):
        a_record(town, org, f"关于第{n}次检查的通知", theme="06" if n else "02", day=date(2018 + n, 5, 1))
    found = search.find("检查 通知", Chosen(theme="06"))
    assert found.at_least
    assert [hit.published_on.year for hit in found.hits] == [2025, 2024, 2023, 2022]
    assert [hit.published_on.year for hit in search.find("检查 通知", Chosen(year=2019)).hits] == [2019]
    assert search.find("检查 通知 抽查", Chosen()).total == 0
