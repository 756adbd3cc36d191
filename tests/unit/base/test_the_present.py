"""What time it is may be told only by who makes up a past."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from tongban.base import present
from tongban.base.calendar import CHINA

SOURCE = Path(__file__).parents[3] / "src/tongban"


def test_the_present_is_the_clocks_but_inside_a_told_past() -> None:
    real, told = datetime(2026, 3, 2, 9, tzinfo=CHINA), datetime(2026, 1, 5, 1, tzinfo=UTC)
    with time_machine.travel(real, tick=False):
        with present.telling(told):
            assert present.now() == told
            assert present.now().tzinfo is CHINA
            with pytest.raises(ValueError, match="x"), present.telling(real):
                raise ValueError("x")
            assert present.now() == told
        assert present.now() == real


def test_only_the_demo_city_tells_a_past() -> None:
    telling = [
        p.relative_to(SOURCE) for p in SOURCE.rglob("*.py") if "present.telling" in p.read_text("utf-8")
    ]
    assert [str(p) for p in telling] == ["project/demo/history.py"]
