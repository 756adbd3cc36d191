"""The facts on a card's page are written as people count: a limit in days ends with its last day."""

from typing import Any

from tongban.platforms.supervision.cardbox import snapshot_words
from tongban.platforms.supervision.models import Card


def facts(**inputs: Any) -> dict[str, str]:
    return dict(snapshot_words(Card(rule="T02", snapshot={"inputs": inputs})))


def test_a_limit_in_days_shows_its_last_day() -> None:
    said = facts(limit=[5, "workday"], due="2026-03-10T00:00:00+08:00")
    assert said["最后一天"] == "2026年3月9日"
    assert "应于此前" not in said


def test_a_limit_in_hours_shows_its_instant() -> None:
    said = facts(limit=[8, "work_hour"], due="2026-03-03T10:00:00+08:00")
    assert said["应于此前"] == "2026年3月3日 10:00"
    assert "最后一天" not in said


def test_facts_without_a_limit_are_shown_too() -> None:
    assert facts(who=3) == {"谁": "3"}
