"""One bulletin as it is laid out: the computed document with the typed paragraphs in their places."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from tongban.base.calendar import CHINA
from tongban.base.ui.format import cn_date
from tongban.engine.people import scopes
from tongban.faces.bulletin.models import Bulletin
from tongban.registry.models import Account
from tongban.registry.queries import organisation_name, today

NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Part:
    """A part: its sentences and blocks are computed, its paragraphs typed."""

    key: str
    title: str
    said: list[str]
    blocks: list[dict[str, Any]]
    typed: list[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What page, PDF and Word file are made of."""

    title: str
    issue: str
    issuer: str
    is_draft: bool
    day: date
    dated: str
    counted: str
    parts: list[Part]
    definitions: list[list[str]]


def sheet_of(bulletin: Bulletin, by: Account) -> Sheet:
    """The layout of a bulletin. `by` is who drafts or releases it: the issuer is that person's office.

    A part with nothing computed and nothing typed is left out.
    """
    day = bulletin.released_at.astimezone(CHINA).date() if bulletin.released_at else today()
    parts: list[Part] = []
    for part in bulletin.content["parts"]:
        typed = [p.strip() for p in str(bulletin.typed.get(part["key"], "")).splitlines() if p.strip()]
        if part["said"] or part["blocks"] or typed:
            title = f"{NUMERALS[len(parts)]}、{part['title']}"
            parts.append(Part(part["key"], title, part["said"], part["blocks"], typed))
    return Sheet(
        title=bulletin.title,
        issue=f"{bulletin.month.year}年第{bulletin.number}期" if bulletin.number else "草稿",
        issuer=issuer_of(by),
        is_draft=bulletin.is_draft,
        day=day,
        dated=cn_date(day),
        counted=cn_date(bulletin.counted_at) + f" {bulletin.counted_at.astimezone(CHINA):%H:%M}",
        parts=parts,
        definitions=bulletin.content["definitions"],
    )


def issuer_of(account: Account) -> str:
    """The office in whose name the account releases: the unit of the post that supervises everything."""
    orgs = sorted(scopes(account).org_ids)
    return organisation_name(orgs[0]) if orgs else ""
