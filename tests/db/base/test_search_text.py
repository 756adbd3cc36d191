"""Questions find texts in PostgreSQL as they should."""

import pytest
from django.db import connection

from tongban.base.text import search_query, search_vector_text, sort_key

pytestmark = pytest.mark.django_db


def _finds(text: str, question: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_tsvector('simple', %s) @@ to_tsquery('simple', %s)",
            [search_vector_text(text), search_query(question, {"开餐馆": ["食品经营许可"]})],
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("text", "question", "found"),
    [
        ("食品经营许可证核发", "怎么办食品许可", True),
        ("食品经营许可证核发", "食品许可证", True),
        ("食品经营许可证核发", "我要开餐馆", True),
        ("ABC-123号车辆年检", "abc-123", True),
        ("O'Brien & 合伙人", "o'brien", True),
        ("户口登记", "身份证", False),
    ],
)
def test_a_question_finds_its_text(text: str, question: str, found: bool) -> None:
    assert _finds(text, question) is found


def test_the_database_sorts_keys_by_code_point() -> None:
    names = ["王五", "阿明", "张三", "安心"]
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT name FROM unnest(%s::text[], %s::text[]) AS t(name, key) ORDER BY key COLLATE "C"',
            [names, [sort_key(n) for n in names]],
        )
        assert [row[0] for row in cursor] == sorted(names, key=sort_key)
