"""Components escape what they are given, and forms and charts say everything in words as well."""

from urllib.parse import parse_qs

import pytest
from django import forms
from django.core.paginator import Paginator

from tongban.base.ui import charts
from tongban.base.ui.fields import (
    KEPT,
    ErrorSummary,
    Field,
    Option,
    Upload,
    When,
    errors_of,
    field_of,
    summary_of,
)
from tongban.base.ui.parts import Cell, Chip, Column, table
from tongban.base.ui.work import ActionPanel, Locked, TrailRow, pager, pager_of


class Asked(forms.Form):
    phone = forms.CharField(label="手机号码", help_text="办理进度发到这里", max_length=11)
    kind = forms.ChoiceField(label="类别", choices=[("a", "甲"), ("b", "乙")], widget=forms.RadioSelect)
    note = forms.CharField(label="说明", required=False, widget=forms.Textarea)


def test_what_people_typed_is_never_html():
    field = Field("x", "<b>名称", value='"><script>', hint="<i>", error="<u>")
    html = str(field)
    assert "<script>" not in html
    assert "<b>名" not in html
    assert "&quot;&gt;&lt;script&gt;" in html
    assert "<img" not in str(table(("甲",), (("<img>",),), "表"))


def test_a_chip_has_a_shape_a_word_and_a_colour():
    html = str(Chip("warn", "需补正"))
    assert "#exclamation-triangle-fill" in html
    assert "需补正" in html
    assert 'class="tb-chip warn"' in html


def test_hint_and_error_are_tied_to_the_control_in_that_order():
    html = str(Field("id_no", "身份证号码", "idcard", hint="18 位", error="少了 1 位"))
    assert 'aria-describedby="h-id_no e-id_no"' in html
    assert html.index("h-id_no") < html.index('class="tb-err"') < html.index("<input")
    assert 'aria-invalid="true"' in html
    assert 'data-check="idcard"' in html


def test_a_group_of_choices_has_a_legend_and_the_summary_leads_to_its_first():
    field = Field("kind", "业态", "radio", "b", error="请选", options=(Option("a", "甲"), Option("b", "乙")))
    html = str(field)
    assert "<legend" in html
    assert 'id="f-kind" value="a"' in html
    assert 'id="f-kind-1" value="b" checked' in html
    assert 'href="#f-kind"' in str(summary_of([field]))


def test_a_conditional_field_names_its_condition_for_the_script_and_says_it_for_people():
    html = str(Field("n", "人数", "number", when=When("kind", equals="canteen", said="办食堂才填。")))
    assert 'data-when-field="kind" data-when-equals="canteen"' in html
    assert "办食堂才填。" in html


def test_a_django_form_field_becomes_a_kit_field():
    form = Asked({"phone": "", "kind": "b", "note": ""})
    phone, kind, note = (field_of(form[name]) for name in ("phone", "kind", "note"))
    assert (phone.error, phone.hint, phone.maxlength) == ("这个字段是必填项。", "办理进度发到这里", 11)
    assert (kind.type, [o.label for o in kind.options], kind.chosen) == ("radio", ["甲", "乙"], {"b"})
    assert (note.type, note.required) == ("textarea", False)
    assert errors_of(form).errors == (("f-phone", "手机号码：这个字段是必填项。"),)
    assert errors_of(Asked({"phone": "1", "kind": "a"})) is None


def test_the_summary_counts_and_says_what_was_kept():
    html = str(ErrorSummary((("f-a", "甲"), ("f-b", "乙")), KEPT, onward=True))
    assert "有 2 处需要改，改好后就能进入下一步" in html
    assert "没有丢失" in html


def test_the_summary_promises_no_next_step_and_nothing_kept_where_there_is_none():
    html = str(ErrorSummary((("f-a", "甲"),)))
    assert "有 1 处需要改</h2>" in html
    assert "下一步" not in html
    assert "保存" not in html


def test_an_upload_row_that_failed_says_what_is_wrong_and_asks_again():
    html = str(Upload("plan", "平面图", "bad", error="照片太暗", asks=True))
    assert 'id="u-plan"' in html
    assert "重新上传：平面图" in html
    assert 'aria-describedby="e-plan"' in html


def test_where_nothing_may_be_done_the_panel_says_why_and_shows_no_button():
    html = str(ActionPanel("审查", "/x/", locked=(Locked("催办", "离期限还有 2 个工作日。"),)))
    assert "<button" not in html
    assert "离期限还有 2 个工作日。" in html


def test_a_table_names_its_columns_again_for_phones_and_its_sort_for_readers():
    made = table(
        ("材料", Column("份数", sort="?o=n", sorted="descending")), ((Cell("申请书", "原件"), "1"),), "材料"
    )
    html = str(made)
    assert 'data-th="份数"' in html
    assert 'aria-sort="descending"' in html
    with pytest.raises(ValueError, match="zip"):
        str(table(("甲", "乙"), (("只有一格",),), "表"))


def test_the_chain_shows_the_ends_of_a_hash_and_where_it_begins():
    assert TrailRow("11-23", "系统", "受理", "9f3c00000000a71e", "52d0ffff").hash_short == "9f3c…a71e"
    assert TrailRow("11-23", "系统", "受理").prev_short == "起点"


def test_a_chart_has_its_numbers_as_a_table():
    made = charts.bars("办结量", ("1月", "2月"), (charts.Series("办结", (1200, None)),), unit=" 件")
    assert made.rows == (("1月", "1,200 件"), ("2月", "–"))
    assert "<table" in str(made)
    assert made.drawing.label == "办结量，1月至2月：办结由 1,200 件 至 1,200 件"


@pytest.mark.parametrize("parts", [(71, 21, 5, 3), (33.3, 33.3, 33.3), (0, 0, 1), (99.6, 0.4)])
def test_a_share_is_always_a_hundred_squares(parts):
    made = charts.share("份额", [(f"第{i}项", p, "b1") for i, p in enumerate(parts)])
    squares = [s for s in made.drawing.shapes if s.tag == "rect"]
    assert len(squares) == 100 + len(parts)  # and one for each name


@pytest.mark.parametrize("last", [90.5, 95, 96.5, 97.1, 97.9, 98, 99, 100])
def test_the_last_value_and_the_goal_never_stand_upon_each_other(last):
    series = charts.Series("按时办结率", (92, 91, last))
    made = charts.line_chart(
        "率", ("1", "2", "3"), (series,), low=90, high=100, goal=98, unit="%", height=150
    )
    at = {s.text: dict(s.attrs) for s in made.drawing.shapes if s.tag == "text"}
    said, goal = at[f"{last}%"], at["目标 98%"]
    beside = float(said["x"]) <= float(goal["x"]) or float(goal["x"]) + 48 <= float(said["x"]) - 35
    assert beside or abs(float(said["y"]) - float(goal["y"])) >= 11
    line = next(float(s.attrs[0][1].split()[1].split("H")[0]) for s in made.drawing.shapes if s.css == "goal")
    assert not float(said["y"]) - 10 < line < float(said["y"])


def test_the_name_of_a_heat_tables_column_is_written_out_over_two_lines():
    made = charts.heat("超时", ("受理", "签发、定公开属性"), (("甲", (0, 2)),))
    assert [s.text for s in made.drawing.shapes if s.tag == "text"][:3] == ["受理", "签发、", "定公开属性"]
    assert made.heads == ("", "受理", "签发、定公开属性")


YEAR = tuple(f"2026-{m:02}" for m in range(1, 13))
BUSY = charts.Series("受理", tuple(1200 + 10 * n for n in range(12)), "b2")


@pytest.mark.parametrize(
    "made",
    [
        charts.bars("每月受理", YEAR, (BUSY,), unit=" 件", width=880, height=220),
        charts.bars("每月受理", YEAR, (BUSY, BUSY), behind=BUSY, width=880),
        charts.bars("每月受理", YEAR, (charts.Series("受理", tuple(range(12))),), width=880),
        charts.line_chart("按时", YEAR, (BUSY,), low=1000, high=1400, ticks=(1000, 1400), width=880),
        charts.stacked("各单位", ("江北区市场监督管理局", "市政府办公室"), (charts.Series("件", (12, 3)),), width=880),
        charts.stacked("红黄牌", ("时限", "程序"), (BUSY, charts.Series("红牌", (2, 0), "bbad")), width=440),
    ],
)  # fmt: skip
def test_a_chart_too_wide_for_a_phone_is_drawn_again_for_it_with_every_word_inside(made):
    assert made.narrow.width == charts.PHONE
    assert made.narrow.label == made.drawing.label
    assert "only-wide" in str(made)
    assert "only-narrow" in str(made)
    for shape in made.narrow.shapes:
        if shape.tag == "text":
            at, wide = dict(shape.attrs), sum(6.5 if c.isascii() else 12 for c in shape.text)
            share = {"start": 0, "middle": 0.5, "end": 1}[at["text-anchor"]]
            begins = float(at["x"]) - wide * share
            assert begins >= -2
            assert begins + wide <= charts.PHONE + 2, shape.text
            assert 0 < float(at["y"]) <= made.narrow.height


def test_numbers_that_do_not_fit_over_their_bars_stand_beside_them_on_a_phone():
    made = charts.bars("每月受理", YEAR, (BUSY,), width=880)
    told = [s.text for s in made.narrow.shapes if s.tag == "text"]
    assert told == [said for n in range(12) for said in (YEAR[n], f"{1200 + 10 * n:,}")]


def test_a_long_row_of_bars_stands_upright_on_a_phone_without_its_numbers():
    days = tuple(f"11-{n:02}" for n in range(60))
    made = charts.bars("每日", days, (charts.Series("受理", tuple(1000 + n for n in range(60))),), width=880)
    assert not any("," in s.text for s in made.narrow.shapes)


def test_a_chart_that_fits_a_phone_is_drawn_once():
    assert charts.bars("今日", ("8时",), (charts.Series("收件", (1,)),), width=250, small=True).narrow is None


def test_a_line_does_not_run_across_a_month_without_a_value():
    with_gap = charts.Series("按时办结率", (90, 95, None, None, 99, 98, None, 97))
    made = str(charts.line_chart("按时", YEAR[:8], (with_gap,), low=80, high=100, width=320))
    assert made.count('class="l1"') == 2, "two stretches"
    assert made.count('class="dot"') == 2, "the value that stands alone, and the last"


def test_charts_of_nothing_are_drawn():
    assert str(charts.bars("空", (), ()))
    assert str(charts.bars("零", ("1月",), (charts.Series("甲", (0,)),)))
    assert str(charts.line_chart("空", ("1月", "2月"), (charts.Series("甲", (None, None)),), low=0, high=100))
    assert str(charts.heat("空", ("受理",), (("甲", (0,)),)))


def test_a_pager_asks_for_the_same_words_on_every_page():
    typed = {"q": "甲&state=released #1", "state": ""}
    there = pager(typed, 1, more=True)
    assert parse_qs(there.next[1:]) == {"q": [typed["q"]], "page": ["2"]}
    assert parse_qs(there.previous[1:]) == {"q": [typed["q"]], "page": ["0"]}
    assert (pager(typed, 0, more=False).previous, pager(typed, 0, more=False).next) == ("", "")
    second = pager_of(Paginator(range(9), 4).get_page(2), typed, "份")
    assert (second.count, second.shown, second.unit) == (9, 4, "份")
    assert (parse_qs(second.previous[1:])["page"], parse_qs(second.next[1:])["page"]) == (["1"], ["3"])
    assert pager_of(Paginator(range(9), 4).get_page(1), typed).previous == ""


def test_options_of_a_drop_down_stand_under_their_headings() -> None:
    options = (Option("a", "甲", group="市级"), Option("b", "乙", group="市级"), Option("c", "丙"))
    html = str(Field("unit", "机关", "select", "b", options=options))
    head, rest = html.split('<optgroup label="市级">')
    inside, after = rest.split("</optgroup>")
    assert "<option" not in head
    assert 'value="a"' in inside
    assert '<option value="b" selected>' in inside
    assert 'value="c"' in after
