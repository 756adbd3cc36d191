"""Search engines find the guides, and keep out of what concerns one person."""

from urllib.robotparser import RobotFileParser

import pytest
from django.test import Client


@pytest.fixture
def rules(client: Client, db: None) -> RobotFileParser:
    answer = client.get("/robots.txt")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    parser = RobotFileParser()
    parser.parse(answer.content.decode().splitlines())
    return parser


@pytest.mark.parametrize("place", ["/", "/guides/", "/guides/P-1/", "/about/"])
def test_public_pages_are_open(rules: RobotFileParser, place: str) -> None:
    assert rules.can_fetch("Anybot", place)


@pytest.mark.parametrize(
    "place", ["/apply/P-1/", "/track/2026000000001/", "/me/", "/desk/", "/supervision/", "/api/v1/cases"]
)
def test_rooms_of_persons_and_staff_are_closed(rules: RobotFileParser, place: str) -> None:
    assert not rules.can_fetch("Anybot", place)
