"""The whole catalogue leaves as a copy of what it is now; nobody keeps the web server busy by asking for it."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from tongban.platforms.disclosure import services
from tongban.platforms.disclosure.machines import copies
from tongban.platforms.disclosure.machines.sitemap import PART
from tongban.platforms.disclosure.models import Record
from tongban.registry.models import Organisation

pytestmark = pytest.mark.django_db
WHERE = "/open/data/records.jsonl"


@pytest.fixture
def record(town, settings, tmp_path):
    settings.TONGBAN_CATALOGUE = tmp_path
    unit = Organisation.objects.get(key="scjg")
    made = services.create_record(town.people["clerk"], unit, {"title": "关于停水的通告", "body": "正文。"})
    return services.release(town.people["chief"], made)


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def waiting() -> list[dict]:
    return [job.args for job in ProcrastinateJob.objects.filter(task_name__endswith="make_copy")]


def test_what_was_computed_once_is_given_out_as_a_copy(record, client, tmp_path):
    first = body(client.get(WHERE))
    assert "关于停水的通告".encode() in first
    assert waiting() == [{"name": copies.JSON_LINES}]
    copies.make(copies.JSON_LINES)
    second = client.get(WHERE)
    assert int(second["Content-Length"]) == len(first)
    assert body(second) == first
    assert second["Content-Disposition"].startswith('attachment; filename="catalogue-')
    assert client.get(WHERE, headers={"if-none-match": second["ETag"]}).status_code == 304


def test_a_copy_is_given_out_no_more_once_something_changed(record, client, tmp_path):
    was = copies.make(copies.JSON_LINES)
    Record.objects.filter(pk=record.pk).update(title="关于恢复供水的通告")
    told = client.get(WHERE)
    assert "关于恢复供水".encode() in body(told)
    now = copies.make(copies.JSON_LINES)
    assert now != was
    assert list(tmp_path.iterdir()) == [now], "one of each name"


def test_only_one_at_a_time_is_computed_and_others_are_told_when_to_come_back(record, client):
    first = copies.computed(copies.JSON_LINES)
    for path in (WHERE, "/open/data/records.csv", f"/open/sitemap-{record.pk // PART}.xml"):
        turned_away = client.get(path)
        assert (turned_away.status_code, turned_away["Retry-After"]) == (503, "60")
    assert client.head(WHERE).status_code == 200
    first.close()  # gone away without reading a byte
    assert body(client.get(WHERE))


def test_it_is_asked_for_once_however_many_ask(record, client):
    for _ in range(3):
        body(client.get(WHERE))
    assert len(waiting()) == 1


def test_a_part_of_the_sitemap_is_a_copy_too(record, client):
    part = record.pk // PART
    first = body(client.get(f"/open/sitemap-{part}.xml"))
    copies.make(copies.part_name(part))
    assert body(client.get(f"/open/sitemap-{part}.xml")) == first
    assert client.get("/open/sitemap-77777.xml").status_code == 404


def test_no_other_name_is_made(record):
    with pytest.raises(KeyError):
        copies.make("../records.csv")
