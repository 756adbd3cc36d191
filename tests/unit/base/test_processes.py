"""A process that helps has Django set up before it reads what it was handed; deep work asks the system for nothing."""

from functools import partial
from resource import RUSAGE_SELF, getrusage

from tongban.base.processes import deep, pool
from tongban.engine.models import Case


def name_of(kind: type) -> str:
    return kind.__name__


def test_what_is_handed_over_may_need_models():
    with pool(1) as hands:
        assert hands.submit(name_of, Case).result(timeout=120) == "Case"


def test_calls_at_any_depth_stay_on_one_piece_of_memory():
    def go(down: int) -> int:
        return sum(go(0) for _ in range(50)) if down == 1 else go(down - 1) if down else 1

    def asked(depth: int) -> int:
        before = getrusage(RUSAGE_SELF).ru_minflt
        assert deep(partial(go, depth)) == 50
        return getrusage(RUSAGE_SELF).ru_minflt - before

    asked(400)
    assert max(asked(depth) for depth in range(1, 400)) < 50  # pages; without, 50 and more where an edge lies
