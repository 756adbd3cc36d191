"""What one document does to another, and index numbers that were given elsewhere: nobody decides over another unit's records."""

import importlib
from datetime import date
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client

from tongban.engine.errors import Refused
from tongban.faces.openness.documents import behind
from tongban.platforms.disclosure import services
from tongban.platforms.disclosure.machines.described import described
from tongban.platforms.disclosure.models import UNSEEN, Link, Record, Serial, Tally
from tongban.platforms.disclosure.services.validity import validity_of
from tongban.platforms.disclosure.together import sections_of
from tongban.registry.models import Organisation, Post

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(town):
    """A record of a unit, released unless it is to stay a draft."""

    def made(title, unit="scjg", who="clerk", *, draft=False, **more):
        org = Organisation.objects.get(key=unit)
        said = {"title": title, "body": "正文。", "number": "安市监规〔2025〕1号", **more}
        record = services.create_record(town.people[who], org, said)
        return record if draft else services.release(None, record, published_on=date(2025, 3, 2))

    return made


def stands(record):
    return Record.objects.get(pk=record.pk).validity


def test_a_draft_does_nothing_until_it_is_public_and_nothing_once_it_is_withdrawn(town, clerk, make):
    old, new = make("旧办法"), make("新办法", draft=True)
    services.relate(clerk, new, old, "repeals")
    assert stands(old) == "valid"
    new = services.release(town.people["chief"], Record.objects.get(pk=new.pk))
    assert stands(old) == "repealed"
    services.withdraw(town.people["chief"], new, why="有误")
    assert stands(old) == "valid"


def test_the_strongest_link_wins_in_any_order_and_the_rest_remains(clerk, make):
    old, amending, ending = make("旧办法"), make("修改决定"), make("废止决定")
    repeal = services.relate(clerk, ending, old, "repeals")
    amend = services.relate(clerk, amending, old, "amends")
    assert stands(old) == "repealed"
    services.disconnect(clerk, repeal)
    assert stands(old) == "amended"
    services.disconnect(clerk, amend)
    assert stands(old) == "valid"


def test_what_somebody_said_of_it_outlasts_its_links(clerk, make):
    old, amending = make("旧办法", validity="expired"), make("修改决定")
    link = services.relate(clerk, amending, old, "amends")
    assert stands(old) == "expired"
    services.disconnect(clerk, link)
    assert stands(old) == "expired"
    services.mend_record(clerk, old, {"validity": "valid"})
    assert stands(old) == "valid"


def test_another_units_document_is_ended_only_once_that_unit_agrees(town, clerk, make):
    theirs, ours = make("城管办法", "cg", "other_clerk"), make("市监办法")
    link = services.relate(clerk, ours, theirs, "repeals")
    assert (link.confirmed, stands(theirs)) == (False, "valid")
    orgs = [theirs.publisher_id]
    assert behind(orgs, 2025, "norm", "现行有效件数").count() == 1
    assert sections_of(theirs) == sections_of(ours) == []
    assert described([ours])[0]["relations"] == []
    with pytest.raises(Refused, match="not_permitted"):
        services.agree(clerk, link)
    desk = Client()
    desk.force_login(town.people["other_clerk"])
    assert "等待确认" in desk.get(f"/desk/disclosure/{theirs.uid}/").content.decode()
    page = f"/desk/disclosure/{theirs.uid}/links/"
    assert 'value="agree"' in desk.get(page).content.decode()
    assert desk.post(page, {"do": "agree", "link": link.pk}).status_code == 302
    assert (stands(theirs), [deed.act for deed in theirs.deeds.all()][-1]) == ("repealed", "agreed")
    assert behind(orgs, 2025, "norm", "现行有效件数").count() == 0


def test_a_unit_above_ends_documents_of_those_below(town, make):
    theirs, above = make("市监办法"), Organisation.objects.get(key="szf")
    Post.objects.filter(role="legal").update(organisation=above)
    order = Record.objects.create(publisher=above, title="市政府决定")
    assert services.relate(town.people["legal"], order, theirs, "repeals").confirmed


def test_an_interpretation_needs_nobodys_agreement(clerk, make):
    theirs, ours = make("城管办法", "cg", "other_clerk"), make("解读")
    assert services.relate(clerk, ours, theirs, "interprets").confirmed
    with pytest.raises(Refused, match="unknown_field"):
        services.relate(clerk, ours, theirs, "dances")


def test_the_house_counts_on_from_numbers_given_elsewhere(make, town):
    own = Organisation.objects.get(key="scjg").code[8:17]
    kept = make("旧文件", draft=True)
    services.release(None, kept, published_on=date(2026, 1, 5), index_number=f"{own}/2026-00350")
    earlier = make("更旧的", draft=True)
    services.release(None, earlier, published_on=date(2026, 1, 4), index_number=f"{own}/2026-00007")
    fresh = services.release(None, make("新文件", draft=True), published_on=date(2026, 3, 2))
    assert fresh.index_number == f"{own}/2026-00351"


def test_a_mistyped_number_given_elsewhere_does_not_end_a_units_year(make):
    own = Organisation.objects.get(key="scjg").code[8:17]
    mistyped = make("旧文件", draft=True)
    services.release(None, mistyped, published_on=date(2026, 1, 5), index_number=f"{own}/2026-99999")
    told = [
        services.release(None, make(title, draft=True), published_on=date(2026, 3, 2)).index_number
        for title in ("新文件", "又一份")
    ]
    assert told == [f"{own}/2026-00001", f"{own}/2026-00002"]


def test_numbers_kept_before_are_behind_the_serials_after_the_upgrade(make):
    make("一份")
    with connection.cursor() as cursor:  # as it was before: serials know nothing of numbers that were given
        cursor.execute("TRUNCATE disclosure_serial")
    module = importlib.import_module("tongban.platforms.disclosure.migrations.0008_reviewed_whole_kept")
    before = Record.objects.get()
    module.keep(None, SimpleNamespace(connection=connection))
    assert Serial.objects.get().last == 1
    after = Record.objects.get()
    assert (after.changed_at, after.validity, after.size) == (before.changed_at, "valid", len("正文。"))


def test_the_upgrade_undoes_what_drafts_and_others_had_marked(make, clerk):
    marked, theirs, kept = make("一"), make("二", "cg", "other_clerk"), make("三", validity="expired")
    Link.objects.create(source=make("草稿", draft=True), target=marked, kind="repeals")
    ours = make("四")
    Link.objects.create(source=ours, target=theirs, kind="repeals")
    Link.objects.create(source=ours, target=kept, kind="amends")
    Record.objects.filter(pk=marked.pk).update(validity="repealed", stated_validity="valid")
    Record.objects.filter(pk=kept.pk).update(stated_validity="valid")
    module = importlib.import_module("tongban.platforms.disclosure.migrations.0008_reviewed_whole_kept")
    module.keep(None, SimpleNamespace(connection=connection))
    assert [stands(r) for r in (marked, theirs, kept)] == ["valid", "valid", "expired"]
    assert not Link.objects.get(target=theirs).confirmed
    for record in Record.objects.all():
        assert validity_of(record) == record.validity


def test_size_lines_and_garbling_are_kept_with_the_text(clerk, make):
    record = make("一份", draft=True, body="第一行。\n第二行\ufffd")
    record.refresh_from_db()
    assert (record.size, record.lines, record.garbled) == (9, 2, True)
    services.mend_record(clerk, record, {"body": "一行。"})
    record.refresh_from_db()
    assert (record.size, record.lines, record.garbled) == (3, 1, False)


def test_the_database_counts_as_public_what_everybody_else_does(make):
    org = Organisation.objects.get(key="scjg")
    rows = [
        Record(
            publisher=org, title="一", state=state, attribute=attribute, attribute_reason="有", index_number=f"{state}/{attribute}",
            published_on=date(2026, 3, 2), released_at="2026-03-02T00:00Z", withdrawn_at="2026-03-02T00:00Z", withdrawn_why="有",
        )
        for state in Record.State.values
        for attribute in Record.Attribute.values
    ]  # fmt: skip
    Record.objects.bulk_create(rows)
    public = set(Record.objects.public().values_list("pk", flat=True))
    assert public == {row.pk for row in rows if row.is_public}
    assert Tally.objects.get(facet="validity", inside="", value="valid").n == len(public) == 1


def test_the_trigger_and_the_model_agree_on_what_nobody_sees():
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'disclosure_record_seen'")
        (source,) = cursor.fetchone()
    said = source.split("ARRAY[")[1].split("]")[0]
    assert {name.strip().strip("'") for name in said.split(",")} == UNSEEN
    assert {field.attname for field in Record._meta.concrete_fields} >= UNSEEN
