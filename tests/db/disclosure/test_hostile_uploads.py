"""The hostile set through the doors of the house: the desk's import and the command; the good ones go in, nothing breaks the page."""

import json
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.unit.disclosure import hostile
from tests.unit.disclosure.hostile import NEUTRAL, REFUSED, TITLE, TRICKS
from tongban.base.console import ExitCode
from tongban.base.files import open_file
from tongban.platforms.disclosure import services
from tongban.platforms.disclosure.models import Batch, BatchRow
from tongban.platforms.disclosure.services import records
from tongban.project.cli import main
from tongban.registry.models import Organisation

#: Those that need no second to read; the others are read in the tests of the reader.
HARMLESS = [made for case, made in NEUTRAL.items() if case not in {"ten thousand pages", "text without end"}]

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(town):
    client = Client()
    client.force_login(town.people["clerk"])
    return client


def begun(desk, files):
    """The batch that an upload at the desk began."""
    org = Organisation.objects.get(key="scjg")
    uploads = [SimpleUploadedFile(name, data) for name, data in files]
    answer = desk.post("/desk/disclosure/import/", {"org": org.pk, "files": uploads})
    assert answer.status_code == 302, answer.content.decode()
    return Batch.objects.get()


def test_the_set_goes_through_the_desk_and_the_good_ones_go_in(desk, town):
    files = [(name, data) for name, data, _ in (*REFUSED.values(), *HARMLESS)]
    batch = begun(desk, [*files, ("一批.zip", hostile.tricky_zip()), ("平.zip", hostile.flat_bomb())])
    batch = services.read_batch(batch.pk)
    assert (batch.state, batch.done) == (Batch.State.READ, batch.total)
    rows = {row.name: row for row in batch.rows.all()}
    assert len(rows) == batch.total == len(files) + len(TRICKS) + 1
    for name, _data, code in REFUSED.values():
        assert (rows[name].verdict, rows[name].code) == ("refused", code)
        assert "请" in rows[name].message
    for name, _data, word in HARMLESS:
        assert rows[name].verdict != "refused"
        assert rows[name].reading["title"]["value"] == TITLE
        assert word in rows[name].message
    assert rows["平.zip"].verdict == rows["零.txt"].verdict == "refused"
    assert rows["好一.txt"].verdict != "refused"
    assert rows["_CON.txt"].verdict != "refused"
    page = desk.get(f"/desk/disclosure/import/{batch.pk}/").content.decode()
    assert "请去掉密码" in page
    assert "<script>alert" not in page


def test_a_document_that_would_break_the_page_is_shown_as_text(desk, town):
    name, data, _ = NEUTRAL["text that breaks the page"]
    batch = services.read_batch(begun(desk, [(name, data)]).pk)
    row = batch.rows.get()
    said = {"title": f"{hostile.PAYLOAD}</script>关于“停水”的通知", "attribute": "proactive"}
    record = services.confirm_row(town.people["clerk"], row, said)
    services.release(town.people["chief"], record, published_on=date(2026, 3, 2))
    page = Client().get(f"/open/info/{record.index_number}/").content.decode()
    assert "<script>alert" not in page
    assert "onerror=alert(1)>" not in page
    assert "{{ 7|add:7 }}" in page
    machine = page.split('<script type="application/ld+json">')[1].split("</script>")[0]
    assert json.loads(machine)["name"] == record.title
    kept = Client().get(f"/open/info/{record.index_number}/file/")
    assert kept["Content-Type"] == "text/plain"
    assert kept["Content-Disposition"].startswith("attachment")
    assert kept["X-Content-Type-Options"] == "nosniff"
    assert hostile.TITLE.encode() in b"".join(kept.streaming_content)


def test_a_page_is_kept_as_a_text_and_never_served_as_a_page(desk, town):
    name, data, _ = NEUTRAL["page with scripts"]
    row = services.read_batch(begun(desk, [(name, data)]).pk).rows.get()
    assert services.confirm_row(town.people["clerk"], row).file.media_type == "text/plain"


def test_what_packs_too_well_keeps_nothing_else_out(desk):
    endless = NEUTRAL["lines without end"]
    batch = begun(desk, [endless[:2], ("好.txt", hostile.TEXT.encode())])
    services.read_batch(batch.pk)
    assert dict(batch.rows.values_list("name", "verdict"))["好.txt"] != "refused"


def test_what_nobody_foresaw_is_a_refusal_too(desk, monkeypatch):
    def stumble(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("tongban.platforms.disclosure.reader.reading.open_source", stumble)
    batch = services.read_batch(begun(desk, [("好.txt", hostile.TEXT.encode())]).pk)
    row = batch.rows.get()
    assert (row.verdict, row.code) == (BatchRow.Verdict.REFUSED, "document.unforeseen")


def test_the_command_takes_the_good_ones_of_a_folder_and_names_the_others(town, tmp_path, capsys):
    for name, data, _ in (REFUSED["macro"], REFUSED["locked pdf"], NEUTRAL["honest"]):
        (tmp_path / name).write_bytes(data)
    (tmp_path / "一批.zip").write_bytes(hostile.tricky_zip())
    (tmp_path / "链接.txt").symlink_to("/etc/passwd")
    assert main(["document", "import", str(tmp_path), "--org", "scjg", "--json"]) == ExitCode.OK
    told = json.loads(capsys.readouterr().out)
    assert told["total"] == 3 + len(TRICKS)
    assert {row["name"]: row["code"] for row in told["refused"]} | {"颠倒txt.exe": ""} == {
        "宏.docx": "document.macro",
        "加密.pdf": "document.locked",
        "颠倒txt.exe": "",
    } | {name: code for name, code in TRICKS.items() if code}
    assert Batch.objects.get().rows.get(name="好.docx").verdict != "refused"


def test_a_folder_of_very_many_becomes_several_batches(town, tmp_path, monkeypatch):
    monkeypatch.setattr("tongban.platforms.disclosure.commands.PORTION", 2)
    for n in range(5):
        (tmp_path / f"{n}.txt").write_text(f"{hostile.TEXT}{n}", encoding="utf-8")
    assert main(["document", "import", str(tmp_path), "--org", "scjg"]) == ExitCode.OK
    assert sorted(Batch.objects.values_list("total", flat=True)) == [1, 2, 2]


def test_an_index_number_without_end_is_refused(desk, town):
    clerk, chief = town.people["clerk"], town.people["chief"]
    org = Organisation.objects.get(key="scjg")
    record = services.create_record(clerk, org, {"title": "关于停水的通知"})
    with pytest.raises(records.Refused, match="index_too_long"):
        services.release(chief, record, index_number="9" * 61)


def test_a_text_in_another_encoding_is_kept_as_it_was_read(desk, town):
    row = services.read_batch(begun(desk, [("宽.txt", hostile.TEXT.encode("utf-16"))]).pk).rows.get()
    record = services.confirm_row(town.people["clerk"], row)
    assert record.filename == "宽.txt"
    with open_file(record.file) as kept:
        assert kept.read().decode() == row.text
    assert record.deeds.get(act="imported").detail["kept"] == "text"


def test_reading_goes_on_in_the_middle_of_a_batch(desk, monkeypatch):
    monkeypatch.setattr("tongban.platforms.disclosure.services.batches.STEP", 2)
    batch = begun(desk, [(f"{n}.txt", f"{hostile.TEXT}{n}".encode()) for n in range(5)])
    BatchRow.objects.bulk_create([BatchRow(batch=batch, no=n, name=str(n), verdict="look") for n in (1, 2)])
    Batch.objects.update(done=2)
    services.read_batch(batch.pk)
    assert list(batch.rows.values_list("no", "name")) == [
        (1, "1"),
        (2, "2"),
        (3, "2.txt"),
        (4, "3.txt"),
        (5, "4.txt"),
    ]
