# ruff: noqa: RUF001 -- the brackets of document numbers
"""The register taken out as it is seen; reminders of the annual report; what the catalogue gives for its second table."""

import io
from datetime import date, timedelta

import openpyxl
import pytest
import time_machine
from django.test import Client

from tests.db.inquiry.conftest import Office
from tests.town import CODES
from tongban.faces.openness import documents, reminding
from tongban.faces.openness.models import Reminder, Shortfall
from tongban.platforms.disclosure import services as disclosure
from tongban.platforms.disclosure.models import Record
from tongban.platforms.disclosure.services import release
from tongban.platforms.disclosure.services.records import put
from tongban.platforms.inquiry.annual import services as annual
from tongban.platforms.inquiry.annual.forms import form_of
from tongban.registry.models import AccessRecord, Organisation

EXPORT = "/desk/inquiries/export/"


def exported(office: Office, who: str, query: str = "") -> list[tuple]:
    client = Client()
    client.force_login(office.town.people[who], "django.contrib.auth.backends.ModelBackend")
    answer = client.get(f"{EXPORT}?{query}")
    assert answer.status_code == 200, answer.status_code
    return list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))


def test_the_register_goes_out_as_the_list_shows_it(office: Office) -> None:
    done = office.answered(subject="=HYPERLINK(1)")
    waiting = office.asked(subject="征地批文")
    heads, *rows = exported(office, "chief")
    assert heads[0] == "申请编号"
    assert [row[0] for row in rows] == [waiting.number, done.number]
    assert rows[1][4] == "=HYPERLINK(1)"
    assert [row[0] for row in exported(office, "chief", "state=done")[1:]] == [done.number]
    assert [row[0] for row in exported(office, "chief", "q=征地")[1:]] == [waiting.number]
    assert {row[2] for row in exported(office, "monitor")[1:]} == {"王**"}, "who watches reads no names"
    taken = AccessRecord.objects.filter(act="export", subject="inquiries")
    assert [record.detail["rows"] for record in taken.order_by("pk")][:1] == [2]


def test_who_may_not_export_or_does_not_see_the_unit_gets_nothing(office: Office) -> None:
    office.asked()
    client = Client()
    client.force_login(office.town.people["reviewer"], "django.contrib.auth.backends.ModelBackend")
    assert client.get(EXPORT).status_code == 403


@pytest.mark.parametrize(
    ("days", "stage"), [(31, 0), (30, 30), (11, 30), (10, 10), (4, 10), (3, 3), (0, 3), (-1, 0)]
)
def test_which_reminder_is_due(days: int, stage: int) -> None:
    assert reminding.stage_of(days) == stage


def test_the_officer_is_reminded_thirty_ten_and_three_days_before_and_no_more(office: Office) -> None:
    due = date(2026, 1, 31)  # departments: 31 January
    mine = Reminder.objects.filter(account=office.town.people["reviewer"])
    for days in (31, 30, 29, 10, 9, 3, 2):
        reminding.remind(due - timedelta(days=days))
    assert list(mine.order_by("-days").values_list("days", "due_on")) == [(30, due), (10, due), (3, due)]
    assert not Reminder.objects.filter(account=office.town.people["neighbour"]).exists()
    assert [r.days for r in reminding.reminders_for(office.town.people["reviewer"])] == [3]
    client = Client()
    client.force_login(office.town.people["reviewer"], "django.contrib.auth.backends.ModelBackend")
    assert "应当在 2026年1月31日前公布" in client.get("/desk/inquiries/reports/").content.decode()


def test_what_required_columns_lack_stands_above_the_officers_to_do_list_until_it_is_there(
    office: Office,
) -> None:
    day, officer = date(2026, 11, 22), office.town.people["reviewer"]
    assert reminding.tell_shortfalls(day) > 0
    before = Shortfall.objects.get(account=officer, org=office.org)
    client = Client()
    client.force_login(officer, "django.contrib.auth.backends.ModelBackend")
    page = client.get("/desk/").content.decode()
    assert f"缺少 {before.missing} 项" in page
    assert f"/desk/disclosure/columns/?org={office.org.pk}" in page
    record = Record(publisher=office.org)
    put(record, {"title": "食品抽检信息", "columns": ["food-check"]})
    release(None, record, published_on=day)
    reminding.tell_shortfalls(day)
    assert Shortfall.objects.get(account=officer, org=office.org).missing == before.missing - 1
    assert not Shortfall.objects.filter(account=office.town.people["monitor"], org=office.org).exists()


def test_a_published_report_is_not_reminded_of(office: Office) -> None:
    year = 2024
    with time_machine.travel("2025-01-02T10:00:00+08:00"):
        assert reminding.remind() == 1
        report = annual.begin(office.town.people["reviewer"], office.org, year)
        annual.write(office.town.people["reviewer"], report, {"overview": "总体。", "problems": "问题。"}, {})
        annual.publish(office.town.people["leader"], report)
        assert reminding.remind(date(2025, 1, 21)) == 0
    assert not reminding.reminders_for(office.town.people["reviewer"]).exists()


def test_the_catalogue_counts_regulations_and_normative_documents_by_hand(office: Office) -> None:
    clerk, chief = office.town.people["clerk"], office.town.people["chief"]
    other = Organisation.objects.get(code=CODES["cg"])

    def published(number: str, day: date, genre: str = "05"):
        said = {"title": f"关于{number}的文件", "number": number, "issued_on": day, "genre": genre}
        record = disclosure.create_record(clerk, office.org, said)
        return disclosure.release(chief, record, published_on=day)

    old = published("江市监规〔2023〕1号", date(2023, 5, 4))
    gone = published("江市监规〔2023〕2号", date(2023, 6, 5))
    new = published("江市监规〔2024〕1号", date(2024, 3, 4))
    published("江市监〔2024〕9号", date(2024, 3, 5))  # a notice, not normative
    published("江市监令第3号", date(2024, 7, 1), genre="01")
    disclosure.relate(clerk, new, gone, "replaces")
    table = documents.counted(form_of(2024), [office.org.pk], 2024)
    # regulations: one issued, none repealed, one in force; normative: one issued, one repealed, two in force
    assert [table[f"rule.{n}"] for n in range(3)] == [1, 0, 1]
    assert [table[f"norm.{n}"] for n in range(3)] == [1, 1, 2]
    before = documents.counted(form_of(2023), [office.org.pk], 2023)
    assert [before[f"norm.{n}"] for n in range(3)] == [2, 0, 2]
    assert list(documents.behind([office.org.pk], 2024, "norm", "现行有效件数").order_by("pk")) == [old, new]
    assert set(documents.counted(form_of(2024), [other.pk], 2024).values()) == {0}
    widest = documents.counted(form_of(2020), [office.org.pk], 2020)
    assert [key for key in widest if key.startswith("norm")] == ["norm.0", "norm.1", "norm.2"]
    assert set(documents.counted(form_of(2018), [office.org.pk], 2018)) == {
        "published.0",
        "digital.0",
        "normdocs.0",
    }


def test_the_editor_of_the_report_proposes_what_the_catalogue_counts(office: Office) -> None:
    clerk, chief = office.town.people["clerk"], office.town.people["chief"]
    said = {"title": "关于检查的规定", "number": "江市监规〔2024〕1号", "issued_on": date(2024, 3, 4)}
    disclosure.release(
        chief, disclosure.create_record(clerk, office.org, said), published_on=date(2024, 3, 4)
    )
    report = annual.begin(office.town.people["reviewer"], office.org, 2024)
    client = Client()
    client.force_login(office.town.people["reviewer"], "django.contrib.auth.backends.ModelBackend")
    assert "公开目录里 1 件" in client.get(f"/desk/inquiries/reports/{report.pk}/").content.decode()


def test_each_number_of_the_second_table_leads_to_what_the_house_has_of_it(office: Office) -> None:
    officer = office.town.people["reviewer"]
    order = Record(publisher=office.org, genre="01")
    put(order, {"title": "安澜市小店管理规定", "genre": "01", "issued_on": date(2025, 3, 2)})
    release(None, order, published_on=date(2025, 3, 3))
    report = annual.begin(officer, office.org, 2025)
    annual.write(officer, report, {}, {"rule.0": "1", "licence.0": "0", "fee.0": "0"})
    client = Client()
    client.force_login(officer, "django.contrib.auth.backends.ModelBackend")

    def cell(name: str) -> str:
        answer = client.get(f"/desk/inquiries/reports/{report.pk}/cells/{name}/active/")
        return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)

    page = client.get(f"/desk/inquiries/reports/{report.pk}/").content.decode()
    assert "/cells/rule.0/active/" in page
    assert "安澜市小店管理规定" in cell("rule.0")
    assert "没有计入的办件" in cell("licence.0")
    assert "本平台没有对应的记录" in cell("fee.0")
    assert [cell(name) for name in ("rule.9", "nothing.0", "rule.x")] == ["404"] * 3
