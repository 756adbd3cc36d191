"""Bringing the readings of one field together: those that agree strengthen each other, those that do not are told. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from tongban.base.codes.reading import tidy as code_tidy
from tongban.platforms.disclosure.reader.lines import squeezed
from tongban.platforms.disclosure.reader.numbers import with_year
from tongban.platforms.disclosure.reader.organs import is_full, same_organ
from tongban.platforms.disclosure.reader.readings import Evidence, Proposal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CEILING = 0.99
WORTH_TELLING = 0.3
"""A contradicting reading below this confidence is not told."""


def weigh(found: dict[str, list[Evidence]]) -> tuple[dict[str, Proposal], list[str]]:
    """A proposal for each field for which anything was read, and what is doubtful between fields."""
    fields: dict[str, Proposal] = {}
    _propose(fields, "title", found.get("title", ()), _same_title)
    _propose(fields, "index_number", found.get("index_number", ()), lambda a, b: code_tidy(a) == code_tidy(b))
    _propose(fields, "issuer", found.get("issuer", ()), same_organ, fuller=True)
    _publisher(fields, found)
    _propose(fields, "issued", [*found.get("issued", ()), *found.get("created", ())], str.__eq__)
    published = found.get("published", ())
    _propose(fields, "published", published or found.get("dated", ()), str.__eq__)
    _number(fields, found)
    _propose(fields, "theme", found.get("theme", ()), str.__eq__)
    return _checked(fields)


def _propose(
    fields: dict[str, Proposal],
    name: str,
    evidence: Sequence[Evidence],
    same: Callable[[str, str], bool],
    *,
    fuller: bool = False,
) -> None:
    if not evidence:
        return
    groups: list[list[Evidence]] = []
    for one in sorted(evidence, key=lambda e: -e.confidence):
        group = next((group for group in groups if same(group[0].value, one.value)), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    heads = [_together(group, fuller=fuller) for group in groups]
    ranked = sorted(heads, key=lambda e: -e.confidence)
    best, rest = ranked[0], [other for other in ranked[1:] if other.confidence >= WORTH_TELLING]
    if rest:
        best = replace(best, confidence=max(0.3, best.confidence - 0.25 * rest[0].confidence))
    fields[name] = Proposal(best, tuple(rest))


def _together(group: list[Evidence], *, fuller: bool) -> Evidence:
    best = group[0]
    if fuller and not is_full(best.value):
        best = next((e for e in group if is_full(e.value) and e.confidence >= 0.5), best)
    if fuller:
        best = next(
            (e for e in group if e.confidence >= 0.8 and len(e.value.split()) > len(best.value.split())), best
        )
    doubt = 1.0
    for place in {e.place: e.confidence for e in reversed(group)}.values():
        doubt *= 1 - place
    return replace(best, confidence=max(min(CEILING, 1 - doubt), group[0].confidence))


def _same_title(one: str, other: str) -> bool:
    """Whether two titles are one: the same but for blanks and quotes, or one without its issuer or with what a page adds."""
    first, second = (re.sub(r"[\W_]", "", squeezed(text)) for text in (one, other))
    short, long = sorted((first, second), key=len)
    return first == second or (
        len(short) >= 8 and (long.endswith(short) or (short in long and len(short) * 2 >= len(long)))
    )


def _publisher(fields: dict[str, Proposal], found: dict[str, list[Evidence]]) -> None:
    said = found.get("publisher", ())
    _propose(fields, "publisher", said or found.get("source", ()), same_organ)
    if "issuer" not in fields:
        full = [e for e in said if is_full(e.value)]
        hints = [replace(e, confidence=0.4, place=f"{e.place}（只说明由谁公开）") for e in full]
        _propose(fields, "issuer", hints, same_organ)


def _number(fields: dict[str, Proposal], found: dict[str, list[Evidence]]) -> None:
    evidence = list(found.get("number", ()))
    issued = fields.get("issued")
    for bare in found.get("number_without_year", ()):
        known = issued.best if issued and issued.best.confidence >= 0.5 else None
        completed = known and with_year(bare.value, date.fromisoformat(known.value).year)
        if known and completed:
            evidence.append(
                replace(
                    bare,
                    value=completed,
                    confidence=0.6,
                    place=f"{bare.place}（年份缺失，按成文日期补为{known.value[:4]}）",
                )
            )
        elif not evidence:
            evidence.append(replace(bare, confidence=0.4, place=f"{bare.place}（年份缺失）"))
    _propose(fields, "number", evidence, _same_number)


def _same_number(one: str, other: str) -> bool:
    first, second = squeezed(one), squeezed(other)
    return first == second or first.endswith(second) or second.endswith(first)


def _checked(fields: dict[str, Proposal]) -> tuple[dict[str, Proposal], list[str]]:
    """What two fields say together: nothing is published before it is issued, and a number carries the year of its date."""
    doubts = []
    issued, published, number = fields.get("issued"), fields.get("published"), fields.get("number")
    if issued and published and published.best.value < issued.best.value:
        doubts.append(f"公开日期 {published.best.value} 早于成文日期 {issued.best.value}，请核对。")
        for name in ("issued", "published"):
            fields[name] = _doubted(fields[name])
    year = re.search(r"〔([0-9]{4})〕", number.best.value) if number else None
    if issued and number and year and abs(int(year[1]) - int(issued.best.value[:4])) > 1:
        doubts.append(f"文号 {number.best.value} 的年份与成文日期 {issued.best.value} 相差一年以上，请核对。")
        for name in ("issued", "number"):
            fields[name] = _doubted(fields[name])
    for name, proposal in fields.items():
        if proposal.conflicts:
            others = "、".join(f"“{other.value}”（{other.place}）" for other in proposal.conflicts)
            doubts.append(
                f"{NAMES[name]}有不同的说法：取“{proposal.best.value}”（{proposal.best.place}），另有{others}。"
            )
    return fields, doubts


def _doubted(proposal: Proposal) -> Proposal:
    return replace(proposal, best=replace(proposal.best, confidence=proposal.best.confidence * 0.7))


NAMES = {
    "title": "标题",
    "number": "文号",
    "index_number": "索引号",
    "issuer": "发文机关",
    "publisher": "发布机构",
    "issued": "成文日期",
    "published": "公开日期",
    "theme": "主题分类",
}
