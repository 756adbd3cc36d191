"""The required columns: public pages of what is there, and the desk's page of what is missing or no longer fresh."""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.text import whole_number
from tongban.base.ui import parts, work
from tongban.base.ui.fields import Option
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.base.ui.shell import public_page
from tongban.engine.people import scopes
from tongban.platforms.disclosure import coverage
from tongban.platforms.disclosure.columns import Column, Item
from tongban.platforms.disclosure.machines import tags
from tongban.platforms.disclosure.provisions import column, schemes
from tongban.registry.access import account_of, staff_only
from tongban.registry.kept import kept, kept_for
from tongban.registry.queries import as_of, organisation_name, today

if TYPE_CHECKING:
    from tongban.base.ui.component import Shown

SIZE = 30
WORST = 15  # units shown with their shares
STATES = {"missing": ("bad", "缺少"), "stale": ("warn", "没有按期更新"), "fresh": ("ok", "正常")}


@require_safe
@kept
def index(request: HttpRequest) -> HttpResponse:
    """Every scheme with its columns: how much there is of each and when it was last added to."""
    held = coverage.tallies(today())
    return render(
        request,
        "disclosure/columns.html",
        {
            "page": public_page(
                _("重点领域和法定主动公开内容"), "open", [(_("公开目录"), reverse("disclosure:catalogue"))],
                lead=_("法律、法规要求主动公开的，都在这里按栏目列出。"),
            ),
            "page_tags": tags.of_column(
                _("重点领域和法定主动公开内容"), _("法律、法规要求主动公开的政府信息"), [s.name for s in schemes(today())]
            ),
            "schemes": [
                (scheme.name, scheme.basis, [_shown(c, held) for c in scheme.columns]) for scheme in schemes(today())
            ],
        },
    )  # fmt: skip


@require_safe
@kept_for("item", "page")
def one(request: HttpRequest, key: str) -> HttpResponse:
    """One column: what must be in it, and what is, the newest first."""
    found = column(key, today())
    if found is None:
        raise Http404
    items = {item.key: item for item in found.items}
    chosen = request.GET.get("item", "")
    keys = [chosen] if chosen in items else list(items)
    listed = Paginator(coverage.records_in(keys).defer("body", "words"), SIZE).get_page(
        request.GET.get("page")
    )
    held = coverage.tallies(today())
    return render(
        request,
        "disclosure/column.html",
        {
            "page": public_page(
                found.name, "open",
                [(_("公开目录"), reverse("disclosure:catalogue")), (_("重点领域和法定内容"), reverse("disclosure:columns"))],
                lead=found.basis,
            ),
            "page_tags": tags.of_column(
                found.name, "；".join(i.name for i in found.items), [found.name, *(i.name for i in found.items)]
            ),
            "items": [
                (item.name, f"?item={item.key}", held[item.key].n if item.key in held else 0, item.key == chosen)
                for item in items.values()
            ],
            "chosen": items.get(chosen),
            "feeds": feeds_of(found, items.get(chosen)),
            "all": reverse("disclosure:column", args=[key]),
            "records": [
                (r.title, reverse("disclosure:document", args=[r.index_number]), _where(r.number, r.publisher_id), cn_date(r.published_on))
                for r in listed
            ],
            "listed": listed,
            "asked": f"item={chosen}&" if chosen in items else "",
            "empty": parts.Empty(_("这一栏目还没有内容"), _("需要的，可以申请公开。"), icon="file-earmark-text"),
        },
    )  # fmt: skip


@staff_only
@require_safe
def gaps(request: HttpRequest) -> HttpResponse:
    """Of the units one sees: how complete and fresh each is, and every gap with what it wants."""
    account = account_of(request)
    view = scopes(account).of("view")
    if not view:
        raise PermissionDenied
    day = today()
    seen = [n.id for n in as_of().nodes.values() if view.admits(n.id)]
    rows = coverage.owed(day, seen)
    scored = coverage.scores(rows, day)
    unit = whole_number(request.GET.get("org", "")) or 0
    state = request.GET.get("state", "")
    wanted = (state,) if state in STATES else ("missing", "stale")
    shown = [r for r in rows if r.state(day) in wanted and (not unit or r.org == unit)]
    text = request.GET.get("q", "").strip()[:60]
    if text:
        shown = [r for r in shown if text in f"{r.unit} {r.column.name} {r.item.name}"]
    shown.sort(key=lambda r: (r.unit, r.scheme.key, r.column.key))
    listed = Paginator(shown, SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "disclosure/gaps.html",
        {
            "page": workbench(request, _("栏目检查"), "columns", subtitle=_("重点领域和法定主动公开内容，缺什么、什么没有按期更新")),
            "filter": work.FilterBar(
                reverse("disclosure:gaps"),
                selects=(
                    work.Select("org", _("单位"), (Option("", _("全部单位")), *(Option(str(s.org), s.unit) for s in sorted(scored, key=lambda s: s.unit))), str(unit or "")),
                    work.Select("state", _("情况"), (Option("", _("缺少和过期")), *(Option(k, _(v[1])) for k, v in STATES.items())), state),
                ),
                query=text, query_label=_("单位、栏目或内容"),
            ),
            "table": parts.table(
                (_("单位"), _("栏目"), _("应当公开的"), _("更新"), _("最近一次"), _("情况")),
                tuple(_gap(row, row.state(day)) for row in listed),
                _("缺少和没有按期更新的内容"), caption_hidden=True, dense=True, empty=_("没有缺项，也没有过期的内容。"),
            ),
            "pager": work.BulkBar((), work.pager_of(listed, {"org": unit, "state": state, "q": text}), keys=False),
            "scores": parts.table(
                (_("单位"), parts.Column(_("应有"), right=True), parts.Column(_("已有"), right=True), parts.Column(_("完整"), right=True), parts.Column(_("按期更新"), right=True)),
                tuple(
                    (
                        parts.Cell(s.unit, href=f"?org={s.org}"), parts.Cell(str(s.owed), number=True), parts.Cell(str(s.there), number=True),
                        parts.Cell(f"{s.complete}%", number=True), parts.Cell(f"{s.current}%", number=True),
                    )
                    for s in scored[:WORST]
                ),
                _("各单位的完整和更新"), caption_hidden=True, dense=True, empty=_("没有要检查的单位。"),
            ),
        },
    )  # fmt: skip


def feed_name(found: Column, item: Item | None) -> str:
    """What the feed of a column, or of one thing that must be in it, is called."""
    return f"{found.name} · {item.name}" if item else found.name


def feeds_of(found: Column, item: Item | None) -> list[tuple[str, str, str]]:
    """The feeds of a column: media type, name, address."""
    said = f"?item={item.key}" if item else ""
    return [
        (
            f"application/{kind.lower()}+xml",
            f"{feed_name(found, item)}（{kind}）",
            reverse(f"disclosure:column-{kind.lower()}", args=[found.key]) + said,
        )
        for kind in ("Atom", "RSS")
    ]


def every(item: Item) -> str:
    """How often something must be there anew, in words."""
    return _("每 %(n)s 个月") % {"n": item.months} if item.months else _("有变化时")


def _shown(found: Column, held: dict[str, coverage.Kept]) -> tuple[str, str, int, str, str]:
    there = [held[item.key] for item in found.items if item.key in held]
    newest = max((k.newest for k in there), default=None)
    what = "；".join(item.name for item in found.items)
    return (
        found.name,
        reverse("disclosure:column", args=[found.key]),
        sum(k.n for k in there),
        cn_date(newest) if newest else "",
        what,
    )


def _gap(row: coverage.Owed, state: str) -> "tuple[Shown | parts.Cell, ...]":
    tone, word = STATES[state]
    return (
        row.unit,
        parts.Cell(row.column.name, row.scheme.name),
        row.item.name,
        every(row.item),
        cn_date(row.kept.newest) if row.kept else "—",
        parts.Chip(tone, _(word)),  # type: ignore[arg-type]
    )


def _where(number: str, org: int) -> str:
    return " · ".join(part for part in (number, organisation_name(org)) if part)
