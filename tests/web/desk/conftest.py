"""A small city signed in: tests of the workbench go through the client as a member of staff would."""

import html
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from django.test import Client, override_settings

from tests.db.engine.city import CONTENT, City, build
from tests.standing import standing

FORM = {
    "groups": [
        {
            "title": "基本",
            "fields": [
                {"name": "org_name", "label": "单位名称", "type": "text", "required": True},
                {"name": "uscc", "label": "统一社会信用代码", "type": "uscc", "required": True},
                {"name": "mobile", "label": "手机号码", "type": "mobile", "required": True, "personal": True},
                {"name": "name", "label": "店名", "type": "text", "required": False, "personal": True},
                {"name": "area", "label": "面积（平方米）", "type": "number", "required": False},
                {"name": "capital", "label": "注册资金（元）", "type": "money", "required": False},
                {"name": "address", "label": "地址", "type": "text", "required": False},
            ],
        }
    ]
}

built = standing(lambda: build(content={**CONTENT, "form": FORM}))
SignIn = Callable[[str], Client]


@pytest.fixture
def city(built: City, db: None) -> City:
    """Two departments and a permit with a form that a counter can ask."""
    return deepcopy(built)


@pytest.fixture
def as_(city: City) -> SignIn:
    """A client signed in as one of the people of the city."""

    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(city.person(name))
        return client

    return sign_in


@pytest.fixture
def figures_apart(tmp_path: Path) -> Iterator[None]:
    """Statistics are projected into a place of the test's own."""
    with override_settings(TONGBAN_STATISTICS=tmp_path / "statistics"):
        yield


def text_of(client: Client, address: str) -> str:
    """A page as it is read, which must be there."""
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())
