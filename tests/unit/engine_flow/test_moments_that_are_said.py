"""An instant that somebody types is read in China time, or refused in words, never an error of the program."""

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from tongban.base.calendar import CHINA
from tongban.engine.errors import Refused
from tongban.engine.machine.run import Facts, Run
from tongban.engine.state import SYSTEM, Command

NOW = datetime(2026, 11, 22, 9, tzinfo=CHINA)


def moment(said: str) -> datetime | None:
    command = Command(UUID(int=1), "complete", SYSTEM, NOW, {"until": said})
    return Run(cast("Any", None), cast("Any", None), command, Facts(), NOW).moment("until")


def test_an_instant_is_read_in_china_time():
    assert moment("2026-11-25 09:00") == datetime(2026, 11, 25, 9, tzinfo=CHINA)
    assert moment("2026-11-25T01:00Z") == datetime(2026, 11, 25, 9, tzinfo=CHINA)
    assert moment(" ") is None


@pytest.mark.parametrize("said", ["yesterday", "0001-01-01T00:00+23:00", "9999-12-31T23:59-23:00"])
def test_what_is_no_instant_is_refused(said):
    with pytest.raises(Refused) as refused:
        moment(said)
    assert refused.value.code == "missing_field"


def test_an_instant_too_far_off_is_refused():
    with pytest.raises(Refused, match="out_of_range"):
        moment((NOW + timedelta(days=400)).isoformat())
