"""A year's requests made up from a table, counted back into the same table; the arithmetic; what is refused by cell."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, transaction

from tests.db.inquiry.conftest import Office
from tests.town import CODES
from tongban.base.calendar import CHINA
from tongban.engine.errors import Refused
from tongban.platforms.inquiry import services as requests
from tongban.platforms.inquiry.annual import counting, services
from tongban.platforms.inquiry.annual.export import FORMATS, export
from tongban.platforms.inquiry.annual.forms import COLUMNS, TOTAL, Table, check, empty, form_of
from tongban.platforms.inquiry.history import HistoryStep, Past, import_past
from tongban.platforms.inquiry.models import Report
from tongban.platforms.inquiry.rules import APPLICANTS, OUTCOMES
from tongban.registry.models import Organisation

YEAR = 2024
#: Table 3 as it is to come out: row → person, company, research, welfare, legal, other. (七) and 总计 follow.
TABLE = {
    "1": (19, 9, 1, 1, 3, 2), "2": (3, 1, 0, 0, 1, 0),
    "3.1": (3, 2, 1, 0, 1, 0), "3.2": (2, 1, 0, 0, 0, 0),
    "3.3.1": (1, 0, 0, 0, 0, 0), "3.3.2": (0, 0, 0, 0, 1, 0), "3.3.3": (1, 0, 0, 0, 0, 0), "3.3.4": (1, 1, 0, 0, 0, 0),
    "3.3.5": (1, 0, 0, 0, 0, 1), "3.3.6": (1, 1, 0, 0, 0, 0), "3.3.7": (1, 0, 0, 0, 1, 0), "3.3.8": (1, 0, 0, 0, 0, 0),
    "3.4.1": (2, 1, 0, 0, 0, 0), "3.4.2": (1, 0, 0, 1, 0, 0), "3.4.3": (1, 0, 0, 0, 0, 0),
    "3.5.1": (1, 0, 0, 0, 0, 0), "3.5.2": (0, 1, 0, 0, 0, 0), "3.5.3": (0, 0, 0, 0, 0, 1), "3.5.4": (1, 0, 0, 0, 0, 0),
    "3.5.5": (1, 0, 0, 0, 0, 0), "3.6.1": (1, 1, 0, 0, 0, 0), "3.6.2": (0, 1, 0, 0, 0, 0), "3.6.3": (1, 0, 0, 0, 0, 0),
    "4": (1, 1, 0, 0, 1, 0),
}  # fmt: skip


#: Outcomes with a correction or a fee on the way, which do not fit between the years.
LONG = ("unclear", "not_corrected", "not_paid")


def whole_table() -> Table:
    form = form_of(YEAR)
    table = empty(form)
    for code, numbers in TABLE.items():
        table[code] |= dict(zip(APPLICANTS, numbers, strict=True))
    for column in APPLICANTS:
        table["3.7"][column] = sum(table[r.code][column] for r in form.rows("leaf"))
    for row in table.values():
        row[TOTAL] = sum(row[c] for c in APPLICANTS)
    return table


def made_up(org: Organisation, table: Table) -> Iterator[Past]:
    """Requests that come to that table: those carried in are the first to be concluded, those carried out are the last."""
    carried = {c: table["2"][c] for c in APPLICANTS}
    serial = 0
    for outcome in (*OUTCOMES.values(), None):
        for column in APPLICANTS:
            for _ in range(table[outcome.row if outcome else "4"][column]):
                serial += 1
                before = outcome is not None and carried[column] > 0 and outcome.key not in LONG
                carried[column] -= before
                month, last = (3 if outcome else 12), (YEAR - 1, 12, 20, 10)
                day = datetime(*(last if before else (YEAR, month, 11, 10)), tzinfo=CHINA)  # type: ignore[arg-type]
                steps = [HistoryStep("accept", day)]
                if outcome is not None:
                    steps += concluding(outcome.key, day + timedelta(days=20))
                yield Past(f"{org.pk}-{serial}", org, column, f"申请人{serial}", f"文件{serial}", day, steps)


def concluding(outcome: str, day: datetime) -> list[HistoryStep]:
    """From the end back: whatever leads to that outcome, the last of it on that day or soon after."""
    early = day - timedelta(days=17)
    if outcome == "not_corrected":
        return [
            HistoryStep("request_correction", early, data={"items": ["请写明年份"]}),
            HistoryStep("tick", day + timedelta(days=60)),
        ]
    if outcome == "not_paid":
        return [
            HistoryStep("charge", early, data={"name": requests.FEE, "amount": "100"}),
            HistoryStep("tick", day + timedelta(days=60)),
        ]
    steps = []
    if outcome == "unclear":
        steps = [
            HistoryStep("request_correction", early, data={"items": ["请写明年份"]}),
            HistoryStep("supply", early + timedelta(days=1)),
        ]
    decision = OUTCOMES[outcome].decision
    return [
        *steps,
        HistoryStep("complete", day, data={"outcome": outcome, "opinion": "答复。", "reason": "依法。"}),
        HistoryStep("complete", day, data={"outcome": "pass"}),
        HistoryStep("complete", day, data={"outcome": decision, "reason": "依法。", "remedy": "可以复议、诉讼。"}),
        HistoryStep("complete", day + timedelta(days=1), data={"method": "邮寄"}),
    ]  # fmt: skip


def reported(office: Office, year: int = YEAR, *, whole: bool = False) -> Report:
    desk = office.town.people["reviewer"]
    report = services.begin(desk, office.org, year, whole=whole)
    return services.write(desk, report, {"overview": "总体情况。", "problems": "问题和改进。"}, {})


def refusal(code: str, call: Any, *args: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as raised:
        call(*args, **more)
    assert raised.value.code == code
    return raised.value


@pytest.fixture
def year(office: Office) -> Office:
    verdicts = import_past(made_up(office.org, whole_table()))
    refused = [v for v in verdicts if not v.ok]
    assert not refused, refused[0]
    return office


def test_the_table_of_the_year_comes_out_as_it_went_in(year: Office) -> None:
    counted = counting.tables_of(year.org.pk, YEAR, whole=False)
    assert counted.table3 == whole_table()
    assert check(counted.form, counted.table3, counted.table4, None) == []
    before = counting.tables_of(year.org.pk, YEAR - 1, whole=False)
    assert before.table3["4"] == counted.table3["2"]
    after = counting.tables_of(year.org.pk, YEAR + 1, whole=False)
    assert after.table3["2"] == counted.table3["4"]


def test_behind_every_number_stand_its_requests(year: Office) -> None:
    table = counting.tables_of(year.org.pk, YEAR, whole=False).table3
    for row in form_of(YEAR).rows("new", "carried", "leaf", "sum", "next"):
        for column in COLUMNS:
            assert counting.behind([year.org.pk], YEAR, row.code, column).count() == table[row.code][column]


def test_a_published_report_is_frozen_and_the_next_year_has_to_carry_on_from_it(year: Office) -> None:
    leader = year.town.people["leader"]
    published = services.publish(leader, reported(year))
    assert published.tables["table3"] == whole_table()
    assert len(published.sha256) == 64
    refusal("published_already", services.write, year.town.people["reviewer"], published, {}, {})
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=published.pk).update(tables={})
    assert services.problems(reported(year, YEAR + 1)) == []


def test_a_broken_carry_over_is_refused_with_the_cell_named(year: Office) -> None:
    leader = year.town.people["leader"]
    services.publish(leader, reported(year))
    late = datetime(YEAR, 11, 4, 10, tzinfo=CHINA)  # entered after the report was out
    (verdict,) = import_past(
        [Past("late", year.org, "research", "某研究院", "补录的申请", late, [HistoryStep("accept", late)])]
    )
    assert verdict.ok
    refused = refusal("tables_do_not_add_up", services.publish, leader, reported(year, YEAR + 1))
    cells = refused.detail["cells"]
    assert {(c["row"], c["column"]) for c in cells} == {("2", "research"), ("2", TOTAL)}  # type: ignore[index, union-attr]
    assert "上年结转" in refused.message
    assert "科研机构" in refused.message
    again = services.begin(
        year.town.people["reviewer"], year.org, YEAR
    )  # corrected: another edition of last year's
    assert (again.no, again.sections["overview"]) == (2, "总体情况。")
    services.publish(leader, again)
    assert Report.objects.get(org=year.org, year=YEAR, no=1).status == "replaced"
    services.publish(leader, reported(year, YEAR + 1))


@pytest.mark.parametrize(
    "cell",
    [("1", "person"), ("2", "legal"), ("3.1", "company"), ("3.7", "other"), ("4", "person"), ("3.2", TOTAL)],
)
def test_one_wrong_cell_is_found_wherever_it_is(cell: tuple[str, str]) -> None:
    form, table = form_of(YEAR), whole_table()
    nothing = {
        way: dict.fromkeys(("upheld", "corrected", "other", "pending", TOTAL), 0)
        for way in ("review", "direct", "after")
    }
    assert check(form, table, nothing, None) == []
    table[cell[0]][cell[1]] += 1
    assert check(form, table, nothing, None)


def test_units_below_are_added_up_and_may_state_what_was_kept_elsewhere(year: Office) -> None:
    desk = year.town.people["neighbour"]
    unit, top = (Organisation.objects.get(code=CODES[key]) for key in ("cg", "szf"))
    report = services.begin(desk, unit, YEAR)
    stated = whole_table()
    nothing = counting.tables_of(unit.pk, YEAR, whole=False).table4
    wrong = {k: dict(v) for k, v in stated.items()}
    wrong["1"]["person"] += 1
    refusal("tables_do_not_add_up", services.state_tables, desk, report, wrong, nothing)
    services.state_tables(desk, report, stated, nothing)
    summed = counting.tables_of(top.pk, YEAR, whole=True).table3
    assert summed["3.7"][TOTAL] == 2 * stated["3.7"][TOTAL]
    assert summed["1"]["person"] == 2 * TABLE["1"][0]


def test_disputes_are_counted_by_what_came_of_them(office: Office) -> None:
    desk = office.town.people["reviewer"]
    for n, (way, result) in enumerate(
        [("review", "upheld"), ("review", ""), ("direct", "corrected"), ("after", "other")]
    ):
        row = requests.enter_dispute(
            desk, office.org, way=way, authority="市司法局", number=f"{n}号", filed_on=date(YEAR, 6, 3)
        )
        if result:
            requests.end_dispute(desk, row, result=result, ended_on=date(YEAR, 9, 2))
    table = counting.tables_of(office.org.pk, YEAR, whole=False).table4
    assert table["review"] == {"upheld": 1, "corrected": 0, "other": 0, "pending": 1, "total": 2}
    assert (table["direct"]["corrected"], table["after"]["other"]) == (1, 1)
    assert counting.tables_of(office.org.pk, YEAR + 1, whole=False).table4["review"]["pending"] == 1


def test_the_format_goes_by_the_year(office: Office) -> None:
    assert [form_of(y).key for y in (2018, 2019, 2020, 2021, 2024)] == [
        "2008",
        "2019",
        "2019",
        "2021",
        "2021",
    ]
    assert [len(form_of(y).rows("leaf")) for y in (2019, 2021)] == [19, 21]
    assert counting.tables_of(office.org.pk, 2018, whole=False).table3["3.7"][TOTAL] == 0


def test_every_file_says_the_same_numbers(year: Office) -> None:
    report = reported(year)
    files = {ending: export(report, ending) for ending in FORMATS}
    said = json.loads(files["json"])
    assert said["table3"] == whole_table()
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    rows = list(book["收到和处理申请"].iter_rows(values_only=True))
    total = next(r for r in rows if str(r[0]).startswith("（七）"))
    assert list(total[1:]) == list(whole_table()["3.7"].values())
    with zipfile.ZipFile(io.BytesIO(files["docx"])) as archive:
        words = archive.read("word/document.xml").decode()
    assert "（七）总计" in words
    assert files["pdf"].startswith(b"%PDF")


def test_only_the_unit_writes_and_only_its_leader_publishes(office: Office) -> None:
    refusal("not_permitted", services.begin, office.town.people["neighbour"], office.org, YEAR)
    report = services.begin(office.town.people["reviewer"], office.org, YEAR)
    refusal("not_permitted", services.publish, office.town.people["reviewer"], report)
    refused = refusal("not_written", services.publish, office.town.people["leader"], report)
    assert refused.detail["field"] == "problems"
    this = services.begin(office.town.people["reviewer"], office.org, datetime.now(CHINA).year)
    refusal("year_not_over", services.publish, office.town.people["leader"], this)
