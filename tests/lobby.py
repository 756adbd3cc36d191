"""A service hall for the town: two queues, two windows, and one that serves both."""

from typing import Any

from tongban.faces.lobby.models import Hall
from tongban.faces.lobby.services import set_up

HALL: dict[str, Any] = {
    "key": "zwdt",
    "name": "安澜市政务服务大厅",
    "organisation": "xsj",
    "address": "人民路1号",
    "queues": [
        {
            "letter": "A",
            "name": "市场监管",
            "organisation": "scjg",
            "slots": [{"at": "14:00-15:00", "places": 2}],
        },
        {"letter": "B", "name": "城市管理", "organisation": "cg"},
    ],
    "windows": [
        {"no": 1, "queues": ["A"]},
        {"no": 2, "queues": ["B"]},
        {"no": 3, "name": "综合", "queues": ["A", "B"]},
    ],
}


def open_hall() -> Hall:
    """Set it up."""
    return set_up(HALL)
