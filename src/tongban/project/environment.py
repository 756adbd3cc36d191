"""How a variable of the environment is read: one reader for each kind of value, and one refusal for all.

Empty is as good as not said. A refusal names the variable, what was said (never for secrets), and what is expected.
`docs/reference/settings.md` lists the variables. Not for values that only the database or the network can judge: `doctor`.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from tongban.base.console import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

PORTS = (1, 65535)
_ON, _OFF = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})
_LONGEST = 60
"""Characters of a wrong value that are told."""


def text(name: str, default: str = "") -> str:
    """Words that are taken as they stand."""
    return os.environ.get(name, "").strip() or default


def secret(name: str) -> str:
    """A key or a password: taken to the last blank, and never told."""
    return os.environ.get(name, "")


def names(name: str, default: str = "") -> list[str]:
    """Parts between commas."""
    said = text(name, default)
    parts = [part.strip() for part in said.split(",") if part.strip()]
    if said and not parts:
        raise wrong(name, "用逗号隔开的名称，至少一个", said)
    return parts


def whole(name: str, default: int, *, least: int = 0, most: int = 1_000_000) -> int:
    """A whole number within bounds, in ASCII digits."""
    said = text(name)
    if not said:
        return default
    if not (said.isascii() and said.isdecimal() and least <= int(said) <= most):
        raise wrong(name, f"{least} 到 {most} 的整数", said)
    return int(said)


def switch(name: str) -> bool | None:
    """Yes or no; None where nothing is said."""
    said = text(name)
    if said.lower() in _ON | _OFF:
        return said.lower() in _ON
    if said:
        raise wrong(name, "1（开）或 0（关）", said)
    return None


def choice(name: str, default: str, among: Collection[str]) -> str:
    """One of a few words."""
    said = text(name, default)
    if said not in among:
        raise wrong(name, " 或 ".join(word for word in among if word), said)
    return said


def command(name: str) -> str:
    """A command line, with its quotes in pairs."""
    said = text(name)
    try:
        shlex.split(said)
    except ValueError:
        raise wrong(name, "一行命令，引号成对", said) from None
    return said


def address(name: str) -> str:
    """The beginning of web addresses, without a slash at its end; "" where nothing is said."""
    said = text(name).rstrip("/")
    try:
        good = not said or (urlsplit(said).scheme in {"http", "https"} and bool(urlsplit(said).hostname))
    except ValueError:
        good = False
    if not good:
        raise wrong(name, "https://域名 这样的网址", said)
    return said


def record(name: str, check: Callable[[Mapping[str, Any]], object]) -> dict[str, Any]:
    """A JSON object of the shape that `check` takes, which raises ValueError, in words, where it is another."""
    said = text(name, "{}")
    try:
        given = json.loads(said)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise wrong(name, 'JSON 对象，写作 {"键": "值"}', said)
    try:
        check(given)
    except ValueError as error:
        raise wrong(name, f"JSON 对象，其中{error}", said) from None
    return given


def database() -> dict[str, Any]:
    """What DATABASE_URL says of the database, by libpq's names; nothing where it is not said."""
    try:
        said = conninfo_to_dict(secret("DATABASE_URL"))
    except ProgrammingError:
        said = {"port": "?"}
    if not re.fullmatch("[0-9,]*", str(said.get("port", ""))):  # what could not be read holds the password
        raise wrong("DATABASE_URL", "postgres://用户:口令@主机:端口/库名（特殊字符按网址的规则转写）")
    return said


def listening() -> tuple[str, int]:
    """Host and port on which the web server listens."""
    low, high = PORTS
    return text("TONGBAN_HOST", "127.0.0.1"), whole("TONGBAN_PORT", 8000, least=low, most=high)


def wrong(name: str, expected: str, said: str | None = None) -> CommandError:
    """The refusal of a variable; `said` stays away where the value is secret."""
    shown = "" if said is None else f"写成了“{_short(said)}”，"
    return CommandError(
        "settings_wrong",
        f"环境变量 {name} {shown}应为 {expected}。",
        "请改正后重试，数据没有改动；各变量的写法见 docs/reference/settings.md。",
    )


def _short(said: str) -> str:
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
