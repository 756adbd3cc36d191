import json
import logging

import pytest

from tongban.project.logs import without_row_values


def test_an_error_loses_the_lines_that_quote_a_row():
    told = (
        'psycopg.errors.UniqueViolation: duplicate key value violates unique constraint "account_phone_key"\n'
        "DETAIL:  Key (phone)=(13800000000) already exists.\n"
        "\nThe above exception was the direct cause of the following exception:\n"
    )

    assert "13800000000" not in without_row_values(told)
    assert "account_phone_key" in without_row_values(told)


def test_an_error_loses_the_statement_it_points_at():
    told = "ERROR: syntax error\nLINE 1: SELECT * FROM x WHERE name = '张三'\n                       ^\nend"

    assert "张三" not in without_row_values(told)
    assert without_row_values(told).endswith("end")


def test_an_unknown_address_is_not_quoted():
    assert "secret" not in without_row_values(
        "django.urls.exceptions.Resolver404: {'tried': [], 'path': 'track/secret'}"
    )


@pytest.fixture
def line_of():
    """Format a record as the installation does."""
    handler = next(h for h in logging.getLogger().handlers if type(h) is logging.StreamHandler)

    def line(record):
        return handler.format(record)

    return line


def test_a_line_of_the_log_is_one_json_document(line_of, monkeypatch):
    record = logging.LogRecord("tongban.x", logging.INFO, __file__, 1, "说明 %s", ("甲",), None)

    told = json.loads(line_of(record))

    assert told["event"] == "说明 甲"
    assert told["level"] == "info"
    assert told["logger"] == "tongban.x"
