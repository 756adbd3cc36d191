"""What is decided of publishing in this place: local limits and items of required columns, drafted, tried, and set from a day on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from tongban.engine.dated import make_room
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.disclosure import rules
from tongban.platforms.disclosure.columns import EVERYBODY
from tongban.platforms.disclosure.models import Provision
from tongban.platforms.disclosure.provisions import column
from tongban.registry.models import Account, Region
from tongban.registry.queries import today

MOST_MONTHS = 60
LONGEST_NAME, MOST_WORDS = 80, 20
_ITEM_KEY = re.compile(r"[a-z0-9-]{3,40}")


@dataclass(frozen=True, slots=True)
class About:
    """What is decided about: `kind` "limit" with the code of a region, or "item" with the key of an item."""

    kind: str
    key: str


def may_decide(account: Account) -> bool:
    """Whether somebody decides of publishing here: who supervises every unit (政府信息公开工作主管部门)."""
    return scopes(account).of("supervise").admits(None)


@transaction.atomic
def save_draft(account: Account, about: About, content: Mapping[str, Any], basis: str = "") -> Provision:
    """Keep a draft, in place of the one there is. Raises Refused as `checked`."""
    said = checked(account, about, content)
    draft, _new = Provision.objects.update_or_create(
        kind=about.kind, about=about.key, valid=None,
        defaults={"content": said, "basis": basis.strip()[:300], "made_by": account, "made_at": timezone.now()},
    )  # fmt: skip
    return draft


@transaction.atomic
def drop_draft(account: Account, about: About) -> None:
    """Throw the draft away, if there is one. Raises Refused("not_permitted")."""
    _permitted(account)
    Provision.objects.filter(kind=about.kind, about=about.key, valid=None).delete()


@transaction.atomic
def decide(
    account: Account, about: About, content: Mapping[str, Any], *, begins: date, basis: str
) -> Provision:
    """Have it hold from a later day on, until it is decided otherwise; its draft is done with.

    Raises Refused as `checked` and `engine.dated.make_room`, and "missing_field" without a basis.
    """
    said = checked(account, about, content)
    if not basis.strip():
        raise Refused("missing_field", "请写明依据：哪份文件、第几条。", detail={"field": "basis"})
    room = make_room(Provision.objects.filter(kind=about.kind, about=about.key, valid__isnull=False), begins)
    Provision.objects.filter(kind=about.kind, about=about.key, valid=None).delete()
    return Provision.objects.create(
        kind=about.kind, about=about.key, content=said, basis=basis.strip()[:300], valid=room.valid, made_by=account
    )  # fmt: skip


def checked(account: Account, about: About, content: Mapping[str, Any]) -> dict[str, Any]:
    """The content as it is kept. Raises Refused: "not_permitted", "unknown_field", "missing_field", "out_of_range"."""
    _permitted(account)
    return _limit(about, content) if about.kind == Provision.Kind.LIMIT else _item(about, content)


def _permitted(account: Account) -> None:
    if not may_decide(account):
        raise Refused("not_permitted", "只有对全部单位有监察权限的人员可以调整公开期限和栏目。")


def _limit(about: About, content: Mapping[str, Any]) -> dict[str, Any]:
    if not Region.objects.filter(pk=about.key).exists():
        raise Refused("unknown_field", "没有这个地区。")
    least, most = rules.shortest(), rules.law(today()) or 0
    words = f"本地期限应在 {least} 到 {most} 个工作日之间：要够核对和审查用，也不能长于法定期限。"
    return {"days": _whole(content, "days", least, most, words)}


def _item(about: About, content: Mapping[str, Any]) -> dict[str, Any]:
    found = column(str(content.get("column", "")), today())
    if found is None or not _ITEM_KEY.fullmatch(about.key) or not about.key.startswith(f"{found.key}-"):
        raise Refused("unknown_field", "没有这样的栏目。")
    name = str(content.get("name", "")).strip()
    if not name:
        raise Refused("missing_field", "请写明应当公开什么。", detail={"field": "name"})
    units = _words(content, "units")
    if not units:
        raise Refused("missing_field", "请写明由谁公开：单位名称里的字，或者 *。", detail={"field": "units"})
    return {
        "column": found.key,
        "name": name[:LONGEST_NAME],
        "months": _whole(content, "months", 0, MOST_MONTHS, f"更新周期应在 0 到 {MOST_MONTHS} 个月之间。"),
        "units": [EVERYBODY] if EVERYBODY in units else units,
        "words": _words(content, "words"),
        "holds": bool(content.get("holds", True)),
    }


def _whole(content: Mapping[str, Any], name: str, least: int, most: int, words: str) -> int:
    try:
        number = int(str(content.get(name, "")))
    except ValueError:
        raise Refused("missing_field", "请填整数。", detail={"field": name}) from None
    if not least <= number <= most:
        raise Refused("out_of_range", words, detail={"field": name})
    return number


def _words(content: Mapping[str, Any], name: str) -> list[str]:
    said = content.get(name, ())
    rows = re.split(r"[\s、，,；;]+", said) if isinstance(said, str) else [str(word) for word in said]
    return list(dict.fromkeys(word[:40] for word in rows if word))[:MOST_WORDS]
