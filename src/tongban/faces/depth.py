"""Depth of service (办理深度) as both faces show it: the shares, the targets, the chips."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from tongban.base.ui import parts
from tongban.engine.figures import Run
from tongban.platforms.power import coverage

REACH = {"whole": "全程网办", "apply": "可申报", "download": "可下载", "look": "可查询", "": "查不到"}


def depth_kpis(d: coverage.Depth, to: Mapping[str, str]) -> parts.Kpis:
    """The four depths and what really happened, each opening its list: for the workbench."""
    keys = ("", "download", "apply", "whole", "-", "-")
    return parts.Kpis(
        tuple(
            parts.stat(name, share, "", note, to.get(key, ""), tone)
            for key, (name, share, note, tone) in zip(keys, _told(d), strict=True)
        )
    )


def depth_facts(d: coverage.Depth) -> parts.Facts:
    """The same for everybody."""
    return parts.Facts(tuple(parts.Fact(name, share, note) for name, share, note, _tone in _told(d)))


def _told(d: coverage.Depth) -> tuple[tuple[str, str, str, parts.Tone], ...]:
    """(name, share, what of what and whether the target is met, tone)."""
    look, look_tone = _against(d.look_share, coverage.LOOK_GOAL)
    apply, apply_tone = _against(d.apply_share, coverage.APPLY_GOAL)
    cases = _("%(part)s / %(whole)s 件")
    return (
        (_("可查询"), percent(d.look, d.matters), f"{_of(d.look, d.matters)} · {look}", look_tone),
        (_("可下载"), percent(d.download, d.matters), _of(d.download, d.matters), ""),
        (
            _("可网上申报"),
            percent(d.apply, d.applied_for),
            f"{_of(d.apply, d.applied_for)} · {apply}",
            apply_tone,
        ),
        (_("全程网办"), percent(d.whole, d.applied_for), _of(d.whole, d.applied_for), ""),
        (_("实际网上申请"), percent(d.web, d.opened), cases % {"part": d.web, "whole": d.opened}, ""),
        (_("实际全程网办"), percent(d.wholly, d.ended), cases % {"part": d.wholly, "whole": d.ended}, ""),
    )


def _against(share: float | None, goal: int) -> tuple[str, parts.Tone]:
    if share is None:
        return _("目标 %(g)s%%") % {"g": goal}, ""
    met = share >= goal
    return (_("目标 %(g)s%%，达到") if met else _("目标 %(g)s%%，未达到")) % {
        "g": goal
    }, "ok" if met else "bad"


def _of(part: int, whole: int) -> str:
    return f"{part:,} / {whole:,}"


def unit_cells(d: coverage.Depth) -> tuple[Any, ...]:
    """The cells of a unit after its name."""
    return (
        f"{d.matters:,}", _met(d.look, d.matters, coverage.LOOK_GOAL), percent(d.download, d.matters),
        _met(d.apply, d.applied_for, coverage.APPLY_GOAL), percent(d.whole, d.applied_for), percent(d.web, d.opened),
        percent(d.wholly, d.ended),
    )  # fmt: skip


def reach_chip(r: Run) -> parts.Chip:
    """How far a matter goes, as word and shape."""
    reach = coverage.reach_of(r)
    kinds: dict[str, parts.ChipKind] = {"whole": "ok", "apply": "info", "download": "", "look": "", "": "bad"}
    words = _(REACH[reach])
    if reach in ("look", "download") and not r.applied_for:
        words = _("%(reach)s · 依职权") % {"reach": words}
    return parts.Chip(kinds[reach], words)


def percent(part: int, whole: int) -> str:
    """“83.3%”, or a dash of nothing."""
    found = coverage.share(part, whole)
    return "—" if found is None else f"{found:g}%"


def _met(part: int, whole: int, goal: int) -> Any:
    found = coverage.share(part, whole)
    if found is None:
        return "—"
    return parts.Chip("ok" if found >= goal else "warn", f"{found:g}%")
