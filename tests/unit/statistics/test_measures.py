"""The measures: each defined in words, in SQL that three engines read; spans and quotients."""

import re
from datetime import date

import pytest

from tongban.platforms.statistics import store
from tongban.platforms.statistics.measures import GROUPINGS, MEASURES, Question, Span, figures_sql, ranked
from tongban.platforms.statistics.queries import Figure, _suppressed, key_from

SPAN = Span(date(2025, 5, 1), date(2025, 5, 31))


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda m: m.key)
def test_a_measure_is_defined_in_words(measure):
    assert measure.unit
    assert measure.definition.endswith(("。", "一百。"))
    assert measure.is_count or "分母" in measure.definition


def test_the_sql_keeps_to_what_the_three_engines_share():
    for by in (None, *GROUPINGS.values()):
        sql = figures_sql(Question(tuple(MEASURES.values()), SPAN, "1 = 1", by))
        words = {w.upper() for w in re.findall(r"[A-Za-z_]+(?=\s*\()", sql)}
        assert words <= {"SUM", "CAST", "DATE_TRUNC", "IN", "AND", "WHEN", "NOT", "OR", "WHERE"}, words
        assert "::" not in sql
        assert "FILTER" not in sql


def test_a_measure_names_the_types_it_counts():
    assert MEASURES["accepted"].types == {"case.accepted", "case.deemed_accepted"}
    assert MEASURES["on_time"].types == {"decision.made", "case.closed"}
    assert MEASURES["carded"].types == {"finding.issued", "decision.made", "case.closed"}
    assert MEASURES["satisfied"].types == {"rating"}
    assert all(m.types for m in MEASURES.values())


def test_figures_come_of_facts():
    facts = (
        "(SELECT * FROM (VALUES"
        " (1, 'case.accepted', TIMESTAMP '2025-05-02 09:00:00', TIMESTAMP '2025-05-02 09:00:00', 7, 1, 0, false, NULL, NULL, NULL),"
        " (2, 'case.accepted', TIMESTAMP '2025-05-31 23:59:59', TIMESTAMP '2025-06-03 09:00:00', 8, 1, 0, false, NULL, NULL, NULL),"
        " (3, 'case.accepted', TIMESTAMP '2025-06-01 00:00:00', TIMESTAMP '2025-06-01 00:00:00', 8, 1, 0, false, NULL, NULL, NULL),"
        " (1, 'decision.made', TIMESTAMP '2025-05-06 09:00:00', TIMESTAMP '2025-05-06 09:00:00', 7, 1, 0, true, true, 2, 20),"
        " (4, 'decision.made', TIMESTAMP '2025-05-07 09:00:00', TIMESTAMP '2025-05-07 09:00:00', 7, 1, 0, true, false, 8, 20)"
        ") t(case_id, type, happened, recorded, org_id, matter_id, secrecy, ended, kept, days, law)) AS facts"
    )
    chosen = tuple(MEASURES[k] for k in ("accepted", "ended", "on_time", "days", "shortened"))
    duck = store.connect()
    (row,) = duck.execute(figures_sql(Question(chosen, SPAN, "org_id IN (7, 8)"), facts)).fetchall()
    values = [m.figure(row[2 * n], row[2 * n + 1]) for n, m in enumerate(chosen)]
    assert values == [2, 2, 50.0, 5.0, 75.0]
    assert row[-1] == 1, "entered after the month was over"
    rows = duck.execute(figures_sql(Question(chosen, SPAN, "1 = 1", GROUPINGS["unit"]), facts)).fetchall()
    assert [(r[0], r[1]) for r in rows] == [(7, 1), (8, 1)]
    (none,) = duck.execute(figures_sql(Question(chosen, SPAN, "1 = 0"), facts)).fetchall()
    assert [m.figure(none[2 * n], none[2 * n + 1]) for n, m in enumerate(chosen)] == [0, 0, None, None, None]


def test_stretches_are_compared_with_their_like():
    assert SPAN.before == Span(date(2025, 4, 1), date(2025, 4, 30))
    assert SPAN.year_before == Span(date(2024, 5, 1), date(2024, 5, 31))
    assert Span(date(2024, 2, 1), date(2024, 2, 29)).year_before == Span(date(2023, 2, 1), date(2023, 2, 28))
    assert Span(date(2025, 5, 5), date(2025, 5, 11)).before == Span(date(2025, 4, 28), date(2025, 5, 4))
    assert Span(date(2025, 1, 1), date(2025, 3, 31)).before == Span(date(2024, 10, 1), date(2024, 12, 31))


def test_ranks_put_those_without_a_figure_last():
    figures = [("a", 3.0), ("b", None), ("c", 9.0)]
    assert [k for k, _ in ranked(figures, "more")] == ["c", "a", "b"]
    assert [k for k, _ in ranked(figures, "less")] == ["a", "c", "b"]


def test_a_key_from_an_address_is_what_it_should_be():
    assert key_from(GROUPINGS["unit"], "12") == 12
    assert key_from(GROUPINGS["unit"], "12 OR 1=1") is None
    assert key_from(GROUPINGS["month"], "2025-05-01") == date(2025, 5, 1)
    assert key_from(GROUPINGS["step"], "审'查") == "审'查"
    assert key_from(GROUPINGS["step"], "\\") is None
    sql = figures_sql(Question((MEASURES["steps"],), SPAN, "1 = 1", None, ((GROUPINGS["step"], "审'查"),)))
    assert "step = '审''查'" in sql


def test_what_few_stand_behind_is_hidden_and_one_alone_takes_the_next_with_it():
    hidden = [
        s.hidden for s in _suppressed([Figure(n, n, 0) for n in (100, 3, 40, 7, 0)], MEASURES["accepted"])
    ]
    assert hidden == [False, True, False, True, False]
    hidden = [s.hidden for s in _suppressed([Figure(n, n, 0) for n in (100, 3, 2, 7)], MEASURES["accepted"])]
    assert hidden == [False, True, True, False]
    hidden = [
        s.hidden for s in _suppressed([Figure(50.0, n / 2, n) for n in (100, 4, 60)], MEASURES["on_time"])
    ]
    assert hidden == [False, True, True]
