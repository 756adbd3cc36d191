"""A workbook at the desk: looked at row by row, confirmed, taken in once; and given out again."""

import io
import zipfile

import orjson
import pytest
from django.test import Client
from openpyxl import Workbook

from tests.db.registry.conftest import Government, government  # noqa: F401
from tests.db.registry.test_workbook_of_matters import contents, spoilt
from tongban.faces.catalogue import services
from tongban.faces.catalogue.models import BulkImport
from tongban.registry.models import AccessRecord, OfferingVersion
from tongban.registry.workbook import WorkbookRefused, read_workbook, workbook_of


@pytest.fixture
def desk(government: Government):  # noqa: F811
    def sign_in(name):
        client = Client()
        client.force_login(government.people[name], "django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture(autouse=True)
def no_queue(monkeypatch):
    from tongban.faces.catalogue import tasks

    class Kept:
        def defer(self, **_):
            return 1

    monkeypatch.setattr(tasks, "carry_on", Kept())


def sent(client, data, name="m.xlsx"):
    file = io.BytesIO(data)
    file.name = name
    return client.post("/desk/matters/import/", {"file": file})


def test_it_is_looked_at_first_and_taken_in_when_confirmed(desk):
    data, _ = spoilt(30, [(3, "事项", "到现场次数", "两次", "workbook.whole")])
    client = desk("drafter")
    place = sent(client, data).headers["Location"]
    page = client.get(place).content.decode()
    assert "事项 第 4 行“到现场次数”列：“两次”不是不小于 0 的整数" in page
    assert "导入合格的 29 行" in page
    assert not OfferingVersion.objects.exists()

    assert client.post(place).status_code == 302
    client.post(place)
    about = BulkImport.objects.get()
    services.carry_on_with(about.pk)
    services.carry_on_with(about.pk)
    assert OfferingVersion.objects.count() == 29
    done = client.get(place).content.decode()
    assert "已完成" in done
    assert "30 / 30" in done


def test_what_was_broken_off_goes_on(desk, monkeypatch):
    client = desk("drafter")
    client.post(sent(client, workbook_of(contents(60))).headers["Location"])
    about = BulkImport.objects.get()
    real, calls = services.take_batch, []

    def dies(*args, **kwargs):
        calls.append(1)
        taken = real(*args, **kwargs)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return taken

    monkeypatch.setattr(services, "STEP", 25)
    monkeypatch.setattr(services, "take_batch", dies)
    with pytest.raises(KeyboardInterrupt):
        services.carry_on_with(about.pk)
    about.refresh_from_db()
    assert about.done == OfferingVersion.objects.count() == 25
    services.carry_on_with(about.pk)
    assert OfferingVersion.objects.count() == 60


def test_what_cannot_be_read_is_told_and_nothing_is_kept(desk):
    client = desk("drafter")
    assert sent(client, b"PK\x03\x04").status_code == 422
    assert sent(client, b"{", "a.json").status_code == 422
    assert client.post("/desk/matters/import/").status_code == 422
    assert not BulkImport.objects.exists()


def test_only_who_edits_matters_comes_in_and_sees_their_own(desk):
    place = sent(desk("drafter"), workbook_of(contents(1))).headers["Location"]
    assert desk("lawyer").get(place).status_code == 404
    assert desk("clerk").get("/desk/matters/import/").status_code == 403
    assert read_workbook(desk("drafter").get("/desk/matters/import/template.xlsx").content) == []


def broken_sheet():
    """A workbook whose sheet is not XML to the end, which shows only while one reads it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook_of(contents(2)))) as whole, zipfile.ZipFile(out, "w") as made:
        for entry in whole.infolist():
            data = whole.read(entry)
            made.writestr(
                entry.filename, data[: len(data) // 2] if entry.filename.endswith("sheet1.xml") else data
            )
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (broken_sheet(), "broken.xlsx"),
        (b'[{"matter": {"name": "\\u0000"}}]', "nul.json"),
        (b"[" + b"1," * 20_000 + b"1]", "many.json"),
    ],
    ids=["broken sheet", "U+0000", "too many"],
)
def test_a_file_made_to_do_harm_is_refused_in_words(desk, data, name):
    answer = sent(desk("drafter"), data, name)
    assert answer.status_code == 422
    assert not BulkImport.objects.exists()


def test_packages_of_odd_shapes_are_verdicts(desk):
    place = sent(desk("drafter"), b'[{"matter": 1}, {"matter": [2]}, 3, "\\\\u0000"]', "odd.json").headers[
        "Location"
    ]
    assert desk("drafter").get(place).status_code == 200
    assert BulkImport.objects.get().total == 4


def test_a_cell_far_to_the_right_is_not_looked_for():
    book = Workbook()
    page = book.active
    page.title = "事项"
    for n, title in enumerate(("事项序号", "事项名称"), 1):
        page.cell(1, n, title)
    page.cell(2, 16_000, "x")
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(WorkbookRefused, match="缺少列"):
        read_workbook(out.getvalue())


def test_json_is_taken_in_and_what_is_in_force_is_given_out(desk):
    client = desk("drafter")
    place = sent(client, orjson.dumps(contents(2)), "matters.json").headers["Location"]
    assert "导入合格的 2 行" in client.get(place).content.decode()
    assert client.get("/desk/matters/export/?format=json").json() == []
    assert read_workbook(client.get("/desk/matters/export/?format=xlsx").content) == []


def test_what_was_searched_for_is_not_written_down(desk, caplog):
    client = desk("drafter")
    assert client.get("/desk/matters/export/?format=xlsx&q=张三110101199003070773").status_code == 200
    kept = AccessRecord.objects.get()
    assert (kept.detail["searched"], kept.detail["rows"], "q" in kept.detail) == (True, 0, False)
    assert "110101199003070773" not in caplog.text
    client.get("/desk/matters/export/?format=json")
    assert AccessRecord.objects.latest("pk").detail["searched"] is False
