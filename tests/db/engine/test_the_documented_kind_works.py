"""The code of docs/how-to/add-a-kind-of-case.md does what the page says."""

import re
from datetime import datetime, timedelta
from types import ModuleType
from uuid import uuid4

import pytest
import time_machine
from structlog.testing import capture_logs

from tests.db.engine.city import SUBMITTED, City, row
from tests.documents import page
from tongban.base.calendar import CHINA
from tongban.engine import kinds, outbox, watches
from tongban.engine.errors import Refused

START = datetime(2026, 3, 2, 10, tzinfo=CHINA)


@pytest.fixture
def proposals(monkeypatch):
    """The page's `kind.py`, registered beside nothing else and forgotten afterwards."""
    text = page("how-to/add-a-kind-of-case.md")
    source = re.search(r"`kind\.py`:\n\n```python\n(.+?)```", text, re.DOTALL)[1]
    module = ModuleType("documented_kind")
    exec(compile(source, "add-a-kind-of-case.md", "exec"), module.__dict__)
    monkeypatch.setattr(kinds, "_registry", kinds._Registry())
    module.declare()
    return module


def proposal(city: City) -> int:
    case = city.apply(kind="proposal", account=city.person("clerk"), materials=SUBMITTED, channel="counter")
    city.do("clerk", case, "accept")
    return case.case_id


def to_the_head(city: City, case: int) -> None:
    city.do("reviewer", case, "complete", outcome="pass")
    city.do("neighbour", case, "complete", outcome="pass")
    city.do("section_head", case, "complete", outcome="agree")


def test_cases_of_the_kind_have_its_number_and_secrecy(city, proposals):
    case = row(proposal(city))
    assert case.kind == "proposal"
    assert case.number.startswith("TA")


def test_the_guard_refuses_a_reply_without_number_and_then_takes_it_with_one(city, proposals):
    case = proposal(city)
    to_the_head(city, case)
    with pytest.raises(Refused) as refusal:
        city.do("head", case, "complete", outcome="granted")
    assert refusal.value.code == "missing_field"
    assert row(case).phase == "accepted"
    with capture_logs() as logs:
        city.do("head", case, "complete", outcome="granted", document="安府办复第1号")
    assert [entry["event"] for entry in logs if entry["event"].startswith("proposal")] == [
        "proposal_answered"
    ]


def test_the_detector_warns_and_then_draws_a_card_when_time_passes(city, proposals):
    with time_machine.travel(START, tick=False):
        case = proposal(city)
    for at, level in ((START + timedelta(days=62), 1), (START + timedelta(days=93), 2)):
        with time_machine.travel(at, tick=False):
            assert watches.run_due() == 1
        assert row(case).level == level


def test_the_effect_is_delivered_after_the_commit(city, proposals):
    case = proposal(city)
    to_the_head(city, case)
    city.do("head", case, "complete", outcome="granted", document="安府办复第1号", command_id=uuid4())
    city.do("clerk", case, "complete", method="邮寄")
    with capture_logs() as logs:
        outbox.deliver()
    assert [entry["event"] for entry in logs if entry["event"].startswith("proposal")] == [
        "proposal_delivered"
    ]
