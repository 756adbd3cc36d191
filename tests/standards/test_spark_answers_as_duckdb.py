"""The measures on a Spark cluster: every measure, every grouping, narrowed and not, the same to the last digit.

Two workers of their own processes (local-cluster), facts in several files with holes in every column. Skipped where there is no
pyspark or no Java: `make spark` has both.
"""

import importlib.util
import logging
import shutil
from dataclasses import replace
from datetime import date, datetime

import pytest
from django.test import override_settings

from tongban.base.calendar import CHINA
from tongban.platforms.statistics import queries, spark, store
from tongban.platforms.statistics.measures import (
    GROUPINGS,
    MEASURES,
    Question,
    Span,
    cases_sql,
    count_sql,
    figures_sql,
)
from tongban.registry.grants import Clause, Scope

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("pyspark") is None, reason="no pyspark here: `make spark` installs it"
    ),
    pytest.mark.skipif(shutil.which("java") is None, reason="no Java here, which Spark runs on"),
    # Spark's own client leaves sockets to the garbage collector and imports what Python is about to drop.
    pytest.mark.filterwarnings("default"),
]
ALL = tuple(MEASURES.values())
SPAN = Span(date(2025, 2, 1), date(2025, 9, 30))
EVERYWHERE = Scope((Clause(None, None, 3),)).sql()
SOMEWHERE = Scope((Clause(frozenset({2, 3, 5}), None, 1), Clause(None, frozenset({4}), 3))).sql()

#: Every column takes every value it may, and none, independently of the others.
FACTS = """
COPY (
  SELECT i AS id, i % 3001 AS case_id, CAST(i % 9 AS INTEGER) AS seq, t.types[CAST(hash(i, 1) % len(t.types) + 1 AS INTEGER)] AS type,
         TIMESTAMP '2025-01-01 00:00:00' + INTERVAL 1 SECOND * CAST(hash(i, 2) % 31536000 AS BIGINT) AS happened,
         TIMESTAMP '2025-01-01 00:00:00' + INTERVAL 1 SECOND * CAST(hash(i, 2) % 31536000 + hash(i, 3) % 4000000 AS BIGINT) AS recorded,
         CAST(hash(i, 4) % 11 AS BIGINT) AS org_id, CAST(hash(i, 5) % 17 AS BIGINT) AS matter_id, CAST(1 AS BIGINT) AS offering_id,
         CAST(990100 + hash(i, 6) % 5 AS VARCHAR) AS region,
         CASE WHEN hash(i, 7) % 9 > 0 THEN CAST(hash(i, 7) % 23 AS BIGINT) END AS person_id,
         ['web', 'counter', 'it''s'][CAST(hash(i, 8) % 3 + 1 AS INTEGER)] AS channel,
         ['licence', 'order', 'consultation'][CAST(hash(i, 20) % 3 + 1 AS INTEGER)] AS kind,
         CAST(hash(i, 9) % 4 AS SMALLINT) AS secrecy,
         CASE WHEN hash(i, 10) % 4 > 0 THEN ['书面审查', '现场核查', '送达'][CAST(hash(i, 10) % 3 + 1 AS INTEGER)] END AS step,
         CASE WHEN hash(i, 11) % 3 > 0 THEN ['granted', 'denied'][CAST(hash(i, 11) % 2 + 1 AS INTEGER)] END AS outcome,
         CASE WHEN hash(i, 12) % 2 > 0 THEN 'T0' || CAST(hash(i, 12) % 9 AS VARCHAR) END AS rule,
         CASE WHEN hash(i, 13) % 5 > 0 THEN CAST(hash(i, 13) % 5 + 1 AS SMALLINT) END AS level,
         CASE WHEN hash(i, 14) % 3 > 0 THEN CAST(hash(i, 14) % 100000 / 7.0 AS DECIMAL(14,2)) END AS amount,
         hash(i, 15) % 3 = 0 AS ended, CASE WHEN hash(i, 16) % 3 > 0 THEN hash(i, 16) % 2 = 0 END AS kept,
         CASE WHEN hash(i, 17) % 4 > 0 THEN CAST(hash(i, 17) % 40 AS INTEGER) END AS days,
         CASE WHEN hash(i, 18) % 4 > 0 THEN CAST(hash(i, 18) % 60 AS INTEGER) END AS elapsed,
         CASE WHEN hash(i, 19) % 4 > 0 THEN CAST(hash(i, 19) % 30 AS INTEGER) END AS law
    FROM range({first}, {last}) AS r(i), (SELECT {types} AS types) AS t
) TO '{target}' {written}"""


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    """Three files of facts, as a projection leaves them."""
    place = tmp_path_factory.mktemp("facts")
    types = sorted({t for m in ALL for t in m.types} | {"case.resumed"})
    names = []
    with override_settings(TONGBAN_STATISTICS=place):
        with store.cursor() as duck:
            for n in range(3):
                names.append((f"facts-1-{n}.parquet", 5000))
                duck.execute(
                    FACTS.format(
                        first=n * 5000,
                        last=(n + 1) * 5000,
                        types=types,
                        target=place / names[-1][0],
                        written=store.WRITTEN,
                    )
                )
        store.publish(
            replace(
                store.Files(), watermark=15000, parts=tuple(names), made_at=datetime(2026, 1, 1, tzinfo=CHINA)
            )
        )
        yield place


@pytest.fixture(scope="module")
def ask(facts, tmp_path_factory):
    """How a cluster of two workers is asked."""
    with spark.small_cluster(tmp_path_factory.mktemp("spark")) as session:
        yield spark.ask_on(session)
    logging.getLogger("py4j").setLevel(
        logging.WARNING
    )  # it speaks once more when Python ends, and nobody listens then


@pytest.mark.parametrize("by", [None, *GROUPINGS.values()], ids=lambda g: g.key if g else "whole")
def test_every_measure_is_the_same_by_every_grouping(ask, by):
    question = Question(ALL, SPAN, EVERYWHERE, by)
    asked = figures_sql(question, "{facts} AS facts")
    here, there = store.ask(asked), ask(asked)
    assert sorted(here, key=repr) == sorted(there, key=repr)
    assert len(here) > (2 if by else 0)


def test_an_answer_is_the_same_narrowed_to_a_scope_a_group_and_what_was_known(ask):
    for only in (
        ((GROUPINGS["channel"], "it's"),),
        ((GROUPINGS["month"], date(2025, 3, 1)), (GROUPINGS["unit"], 3)),
        ((GROUPINGS["step"], "现场核查"),),
    ):
        question = Question(ALL, SPAN, SOMEWHERE, None, only, known_by=datetime(2025, 9, 1))  # noqa: DTZ001 -- China's, without zone
        here, there = queries.answer(question), queries.answer(question, ask)
        assert here == there
        assert any(f.over for f in here.total.figures)


def test_the_cases_behind_a_figure_are_the_same(ask):
    for key in ("accepted", "late", "red"):
        question = Question((MEASURES[key],), SPAN, SOMEWHERE)
        for sql in (count_sql(question, "{facts} AS facts"), cases_sql(question, 40, 5, "{facts} AS facts")):
            assert store.ask(sql) == ask(sql)
            assert ask(sql)
