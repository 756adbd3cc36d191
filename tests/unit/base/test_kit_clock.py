"""The clock bar draws the days it is given, and says them in a sentence."""

from datetime import date, timedelta

from tongban.base.ui.clock import Limit, Segment, clock


def days(first, count):
    """Working days, Monday to Friday."""
    out, d = [], first
    while len(out) < count:
        out += [d] if d.weekday() < 5 else []
        d += timedelta(days=1)
    return tuple(out)


def bar(**kwargs):
    ran = days(date(2026, 11, 9), 3)
    paused = days(date(2026, 11, 12), 2)
    left = days(date(2026, 11, 16), 4)
    segments = (
        Segment("run", ran, "11-9 受理"),
        Segment("pause", paused, "11-12 检测", "检测"),
        Segment("todo", left),
    )
    return clock(segments, date(2026, 11, 13), (Limit(left[-1], "11-19 承诺"),), **kwargs)


def test_one_cell_is_one_working_day_with_its_state():
    made = bar()
    assert [c.state for c in made.cells] == ["run"] * 3 + ["pause"] * 2 + ["todo"] * 4
    assert [i for i, c in enumerate(made.cells) if c.today] == [4]
    assert [i for i, c in enumerate(made.cells) if c.post] == [8]
    assert (made.used, made.paused, made.left, made.late) == (3, 2, 4, 0)


def test_the_sentence_says_what_the_picture_shows():
    assert bar().sentence == (
        "时间条，每格 1 个工作日；11月9日起已用 3 个工作日；11月12日起暂停 2 个工作日（检测）；"
        "11月16日起还剩 4 个工作日；今天 11月13日；11-19 承诺期限 11月19日；合计暂停 2 个工作日，不计入"
    )


def test_a_weekend_today_stands_at_the_working_day_before():
    made = clock((Segment("run", days(date(2026, 11, 9), 10)),), date(2026, 11, 15))
    assert [i for i, c in enumerate(made.cells) if c.today] == [4]


def test_today_after_the_bar_is_not_drawn_on_its_last_day():
    made = clock((Segment("run", days(date(2026, 11, 9), 3)),), date(2026, 11, 20))
    assert not any(c.today for c in made.cells)


def test_more_than_thirty_days_are_drawn_as_weeks_and_say_so():
    made = clock((Segment("run", days(date(2026, 9, 1), 20)), Segment("todo", days(date(2026, 9, 29), 20))))
    assert made.weeks
    assert len(made.cells) == 8
    assert "每格 5 个工作日" in made.sentence
    assert any(k.text == "每格 5 个工作日" for k in made.keys)


def test_days_that_have_no_date_yet_can_be_drawn():
    made = clock((Segment("todo", (None,) * 6, "补齐后 受理"),), limits=(Limit(None, "办结"),))
    assert made.cells[0].label == "补齐后 受理"
    assert made.cells[-1].post


def test_labels_that_would_run_into_each_other_are_dropped_but_never_the_first_or_a_limit():
    segments = [Segment("run", days(date(2026, 11, 2), 1), "11-2 受理")]
    segments += [Segment("pause", (d,), f"11-{d.day} 暂停") for d in days(date(2026, 11, 3), 20)]
    made = clock(segments, limits=(Limit(segments[-1].days[0], "法定"),))
    said = [c.label for c in made.cells if c.label]
    assert said[0] == "11-2 受理"
    assert said[-1] == "法定"
    assert len(said) < 12


def test_it_renders_its_cells_and_escapes_its_words():
    html = str(clock((Segment("run", days(date(2026, 11, 9), 2), "<b>"),)))
    assert html.count("<i></i>") == 3  # two cells and the legend
    assert "&lt;b&gt;" in html


def test_a_stopped_clock_says_what_it_took_and_nothing_of_what_is_left():
    took = str(
        clock(
            (Segment("run", days(date(2026, 11, 9), 2)), Segment("late", days(date(2026, 11, 11), 1))),
            stopped=True,
        )
    )
    assert "用时" in took
    assert "<dd>3 " in took
    assert "还剩" not in took
    running = str(clock((Segment("run", days(date(2026, 11, 9), 2)),)))
    assert "用时" not in running
    assert "还剩" in running


def test_what_was_decided_on_the_day_of_acceptance_has_numbers_but_no_bar():
    html = str(clock((), stopped=True))
    assert "当天" in html
    assert "tb-days" not in html
    assert "已用" not in html
