"""Two thousand matters from a workbook with thirty-seven faults: each named with its place, every good row in."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.db.registry.conftest import Government
from tests.unit.registry.packages import ORG, package
from tongban.registry.actors import INSTALLATION
from tongban.registry.models import OfferingVersion
from tongban.registry.services.matters import import_matter, known_here
from tongban.registry.services.workbooks import RowVerdict, judge_row, take_rows
from tongban.registry.workbook import WorkbookRefused, read_workbook, template, workbook_of, writer
from tongban.registry.workbook.columns import Column

MANY = 2000
#: (row of the sheet 事项 counted from 1, sheet, column, what is written instead, code that must be told)
FAULTS: list[tuple[int, str, str, Any, str]] = [
    (3, "事项", "基本编码", None, "shape.missing"),
    (10, "事项", "事项名称", None, "shape.missing"),
    (20, "事项", "事项类型", "行政审批", "workbook.choice"),
    (31, "事项", "实施机构代码", "119901009999999999", "offering.unknown_org"),
    (42, "事项", "行政区划", "110101", "offering.unknown_region"),
    (53, "事项", "启动方式", "都可以", "workbook.choice"),
    (64, "事项", "办件类型", "快办件", "workbook.choice"),
    (75, "事项", "网办深度", "Ⅴ级", "workbook.choice"),
    (86, "事项", "到现场次数", "两次", "workbook.whole"),
    (97, "事项", "法定时限", "二十", "workbook.whole"),
    (108, "事项", "法定时限", None, "shape.type"),
    (119, "事项", "承诺时限", 30, "limit.promised_over_statutory"),
    (130, "事项", "承诺时限单位", "周", "workbook.choice"),
    (141, "事项", "是否收费", "看情况", "workbook.choice"),
    (152, "事项", "是否收费", "否", "fee.unannounced"),
    (163, "事项", "权力主管机构代码", "999", "matter.unknown_owner"),
    (174, "事项", "事项名称", "长" * 201, "shape.value"),
    (185, "事项", "基本编码", "=A2", "workbook.formula"),
    (196, "材料", "材料名称", "其他相关材料", "material.catch_all"),
    (207, "材料", "材料名称", None, "shape.missing"),
    (218, "材料", "必要性", "随便", "workbook.choice"),
    (229, "材料", "份数", "一式三份", "workbook.whole"),
    (240, "材料", "需要的条件", "form.by_agent = '是'", "material.when_unreadable"),
    (251, "材料", "需要的条件", "form.nothing == '是'", "form.unknown_field"),
    (262, "办理环节", "环节名称", None, "shape.missing"),
    (273, "办理环节", "岗位编码", "NO-SUCH-POST", "step.unknown_post"),
    (284, "办理环节", "时限", 9, "limit.steps_over_promised"),
    (295, "办理环节", "时限单位", "刻", "workbook.choice"),
    (306, "收费", "金额（元）", "十元", "workbook.money"),
    (317, "收费", "收费依据", None, "fee.basis_missing"),
    (328, "收费", "收费项目", None, "shape.missing"),
    (339, "办理结果", "结果名称", None, "shape.missing"),
    (350, "办理结果", "有效月数", "五年", "workbook.whole"),
    (361, "设定依据", "条款", None, "law.incomplete"),
    (372, "设定依据", "法律名称", None, "law.incomplete"),
    (383, "廉政风险点", "风险等级", "特高", "workbook.choice"),
    (394, "事项", "基本编码", "DOUBLE", "workbook.repeated"),
]


def contents(many: int) -> list[dict[str, Any]]:
    made = []
    for n in range(1, many + 1):
        code = f"99{n:010d}"
        one = package(
            matter__code=code, matter__name=f"试验事项{n}", offering__implementation_code=f"{ORG}4{code}",
            form={"groups": []}, themes={},
        )  # fmt: skip
        one["materials"] = one["materials"][:1]
        made.append(one)
    return made


def spoilt(
    many: int, faults: list[tuple[int, str, str, Any, str]]
) -> tuple[bytes, dict[int, tuple[str, int]]]:
    """The workbook of so many matters with the faults in it; and for each fault where it stands.

    Written with the faults as it goes: to open so large a book and save it again takes longer than to judge it.
    """
    made, written, places = contents(many), Counter[str](), dict[int, tuple[str, int]]()
    of_matter: dict[tuple[str, int], list[int]] = defaultdict(list)  # rows that each matter has in each sheet
    sound = writer._line

    def line(page: Any, number: int, columns: tuple[Column, ...], content: Mapping[str, Any]) -> list[Any]:
        cells, sheet = sound(page, number, columns, content), page.title
        written[sheet] += 1
        of_matter[sheet, number].append(written[sheet] + 1)  # row 1 of every sheet is its heading
        for i, (matter, where, column, value, code) in enumerate(faults):
            if (matter, where) != (number, sheet):
                continue
            own = of_matter[sheet, number]
            places[i] = (sheet, own[0])
            late = code == "limit.steps_over_promised"  # the first step does not count
            if len(own) != (len(made[matter - 1]["steps"]) if late else 1):
                continue
            at = {c.title: n for n, c in enumerate(columns, start=1)}
            if value == "DOUBLE":
                before = sound(page, number, columns, made[number - 2])
                for same in ("基本编码", "实施编码"):
                    cells[at[same]] = before[at[same]]
            else:
                cells[at[column]] = value
        return cells

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "_line", line)
        return workbook_of(made), places


def test_two_thousand_matters_with_thirty_seven_faults(government: Government) -> None:
    assert len(FAULTS) == 37
    data, places = spoilt(MANY, FAULTS)
    rows = read_workbook(data)

    verdicts = take_rows(INSTALLATION, rows)

    assert len(verdicts) == MANY
    refused = {v.place.row: v for v in verdicts if v.outcome == "refused"}
    assert set(refused) == {matter + 1 for matter, *_ in FAULTS}
    for i, (matter, _, column, _, code) in enumerate(FAULTS):
        verdict: RowVerdict = refused[matter + 1]
        hits = [f for f in verdict.findings if f.code == code]
        assert hits, (matter, column, [(f.code, str(f.place)) for f in verdict.findings])
        assert all(f.why and f.mend for f in hits)
        where = (
            {places[i], ("收费", matter + 1)} if code == "fee.unannounced" else {places[i]}
        )  # told at the fee
        assert any((f.place.sheet, f.place.row) in where for f in hits), (
            column,
            [str(f.place) for f in hits],
        )
    assert OfferingVersion.objects.count() == MANY - 37

    again = take_rows(INSTALLATION, read_workbook(data)[:50])
    assert {v.outcome for v in again} <= {"unchanged", "refused"}


def test_a_cell_s_own_fault_is_told_once_and_with_its_column(government: Government) -> None:
    data, _ = spoilt(3, [(2, "事项", "到现场次数", "两次", "workbook.whole")])
    verdict = judge_row(read_workbook(data)[1], known_here())

    assert [str(f.place) for f in verdict.findings if f.level == "error"] == ["事项 第 3 行“到现场次数”列"]


def test_what_is_written_is_read_as_it_was() -> None:
    one = contents(1)[0]
    read = read_workbook(workbook_of([one]))[0].package

    for name in (
        "matter",
        "limits",
        "fees",
        "results",
        "legal_bases",
        "materials",
        "visits",
        "is_fee",
        "channels",
    ):
        want = one[name]
        if name == "matter":
            want = {k: v for k, v in want.items() if k != "owner"} | {"owner": one["matter"]["owner"]}
        assert read[name] == want, name


def test_the_template_is_empty_and_can_be_read() -> None:
    assert read_workbook(template()) == []


def test_a_row_that_belongs_to_no_matter_is_refused_by_itself() -> None:
    book = load_workbook(BytesIO(workbook_of(contents(1))))
    book["材料"].append([99, "孤零零的材料"])
    out = BytesIO()
    book.save(out)

    stray = read_workbook(out.getvalue())[-1]
    assert (stray.place.sheet, stray.faults[0].code) == ("材料", "workbook.no_matter")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a workbook"])
def test_what_is_no_workbook_is_refused_whole(data: bytes) -> None:
    with pytest.raises(WorkbookRefused):
        read_workbook(data)


def test_a_workbook_without_the_headings_is_refused_whole() -> None:
    book = Workbook()
    book.active.title = "事项"
    book.active.append(["名称"])
    out = BytesIO()
    book.save(out)
    with pytest.raises(WorkbookRefused, match="缺少列"):
        read_workbook(out.getvalue())


def test_what_the_workbook_has_no_column_for_is_kept_and_said(government: Government) -> None:
    asked = {"groups": [{"title": "基本信息", "fields": [{"name": "shop", "label": "店名", "type": "text"}]}]}
    first = contents(1)[0] | {"form": asked, "themes": {"natural": ["010"]}, "note": "旧备注"}
    first["materials"] = [{**first["materials"][0], "key": "CL0001"}]
    assert import_matter(INSTALLATION, first).outcome == "created"
    book = load_workbook(BytesIO(workbook_of([first])))
    at = next(c.column for c in book["事项"][1] if c.value == "办理地点")
    book["事项"].cell(2, at).value = "新大厅二楼"
    at = next(c.column for c in book["事项"][1] if c.value == "备注")
    book["事项"].cell(2, at).value = None
    out = BytesIO()
    book.save(out)

    (verdict,) = take_rows(INSTALLATION, read_workbook(out.getvalue()))

    assert (verdict.outcome, verdict.word) == ("updated", "warned"), verdict
    (told,) = [f for f in verdict.findings if f.code == "workbook.kept"]
    assert "申请表单" in told.why
    assert "主题" in told.why
    content = OfferingVersion.objects.get().content
    assert (content["form"], content["themes"]) == (asked, {"natural": ["010"]})
    assert content["place"] == "新大厅二楼"
    assert content["materials"][0]["key"] == "CL0001"
    assert "note" not in content  # the sheet speaks of it, and says nothing


def test_one_row_that_the_database_refuses_keeps_no_other_out(government: Government) -> None:
    taken = contents(1)[0]
    assert import_matter(INSTALLATION, taken).outcome == "created"
    rows = read_workbook(workbook_of(contents(6)[1:]))
    rows[2].package["offering"]["implementation_code"] = taken["offering"]["implementation_code"]

    verdicts = take_rows(INSTALLATION, rows)

    assert [v.outcome for v in verdicts] == ["created", "created", "refused", "created", "created"]
