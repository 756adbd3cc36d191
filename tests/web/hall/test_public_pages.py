"""Pages anyone may read are cheap and the same for everybody."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.db.engine.city import City


@pytest.mark.parametrize("path", ["", "contact/", "accessibility/", "privacy/", "map/", "mistake/"])
def test_every_footer_page_is_there(city: City, path: str) -> None:
    assert Client().get(f"/about/{path}").status_code == 200


def test_a_signed_in_page_is_kept_by_nobody(city: City, signed_in: Callable[[str], Client]) -> None:
    assert "no-store" in signed_in("applicant").get("/guides/")["Cache-Control"]


def test_a_result_of_a_penalty_is_no_permit(city: City) -> None:
    assert "许可结果公示" in Client().get("/").content.decode()
