"""A process that helps has Django set up before it reads what it was handed."""

from tongban.base.processes import pool
from tongban.engine.models import Case


def name_of(kind: type) -> str:
    return kind.__name__


def test_what_is_handed_over_may_need_models():
    with pool(1) as hands:
        assert hands.submit(name_of, Case).result(timeout=120) == "Case"
