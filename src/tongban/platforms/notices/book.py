"""Kinds of notice, what belongs to them and the words the house ships; read from `data/notices.json`. Pure."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

CHANNELS: Mapping[str, str] = {"site": "网站消息", "email": "电子邮件", "sms": "短信"}
SENT = ("email", "sms")  # channels by which something leaves the house
CODE = "address.code"
LONGEST_SMS = 200
_PLACE = re.compile(r"\{([^{}]*)\}")


@lru_cache(maxsize=1)
def book() -> Mapping[str, Any]:
    """The whole list as shipped."""
    text = files("tongban.platforms.notices").joinpath("data/notices.json").read_text(encoding="utf-8")
    said: dict[str, Any] = json.loads(text)
    return said


def kind_of(event: str) -> str:
    """The kind of notice an event belongs to; "" for events nobody is told of."""
    return str(book()["events"].get(event, ""))


def is_legal(kind: str) -> bool:
    """Whether the message on the site cannot be switched off."""
    return bool(book()["kinds"].get(kind, {}).get("legal", True))


def shipped(event: str, channel: str) -> tuple[str, str]:
    """Subject and body as shipped."""
    words = book()["templates"][channel]
    said = words.get(event, words[""])
    return str(said.get("subject", "")), str(said["body"])


def unknown_places(text: str, event: str) -> list[str]:
    """Placeholders of a template that nothing fills."""
    known = {"site", "code"} if event == CODE else set(book()["placeholders"]) - {"code"}
    return sorted({name for name in _PLACE.findall(text) if name not in known})


def filled(text: str, values: Mapping[str, str]) -> str:
    """A template with its placeholders filled; values are never read as templates themselves."""
    return _PLACE.sub(lambda place: values.get(place[1], ""), text)
