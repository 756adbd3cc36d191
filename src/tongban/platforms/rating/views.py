"""Ratings at the workbench: shares by matter, unit and month with export, and what was said, for who may read it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.calendar import CHINA
from tongban.base.sheets import Value, sheet_response
from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.engine.models import Case
from tongban.engine.people import scopes
from tongban.engine.queries import can_see
from tongban.platforms.rating.book import book
from tongban.platforms.rating.models import Rating
from tongban.platforms.rating.queries import By, Share, between, counted, readable, shares
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.models import Account
from tongban.registry.queries import organisation_name

PAGE = 20
USUAL = timedelta(days=89)
BY: dict[By, str] = {"matter": "事项", "org": "单位", "month": "月份", "step": "环节"}
LEVELS = (5, 4, 3, 2, 1)


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Shares of the levels over a stretch of days; below, what was said, for who may read it."""
    account = account_of(request)
    asked, errors = _asked(request)
    by, first, last = asked
    found = shares(between(counted(account), first, last), by)
    said = Paginator(
        between(readable(account), first, last).select_related("matter", "callback"), PAGE
    ).get_page(request.GET.get("page"))
    kept = {"by": by, "from": first.isoformat(), "to": last.isoformat()}
    total = sum(s.total for s in found)
    return render(
        request,
        "rating/index.html",
        {
            "page": workbench(
                request, _("好差评"), "ratings",
                subtitle=_("%(from)s 至 %(to)s，%(n)s 次评价") % {"from": cn_date(first), "to": cn_date(last), "n": f"{total:,}"},
            ),
            "asked": (
                fields.Field("by", _("按"), "select", by, options=tuple(fields.Option(k, n) for k, n in BY.items())),
                fields.Field("from", _("从"), "date", request.GET.get("from", first.isoformat()), error=errors.get("from", "")),
                fields.Field("to", _("到"), "date", request.GET.get("to", last.isoformat()), error=errors.get("to", "")),
            ),
            "table": parts.table(
                (BY[by], parts.Column(_("次数"), right=True), *(parts.Column(book().levels[n], right=True) for n in LEVELS),
                 parts.Column(_("满意率"), right=True)),
                [_row(s, by) for s in found], _("各级评价的比例"), caption_hidden=True, dense=True,
                empty=_("这段时间没有评价。"),
            ),
            "least": book().shown_from,
            "said": said if readable(account).exists() or scopes(account).of("supervise") else None,
            "comments": [_comment(r) for r in said],
            "kept": urlencode(kept),
            "export": f"{reverse('rating:export')}?{urlencode(kept)}" if scopes(account).of("export") else "",
        },
        status=422 if errors else 200,
    )  # fmt: skip


@staff_only
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The same shares as XLSX, over what the account may export."""
    account = account_of(request)
    if not scopes(account).of("export"):
        raise PermissionDenied
    (by, first, last), _errors = _asked(request)
    record_access(account, "export", "ratings", by=by, first=str(first), last=str(last))
    columns = ((BY[by], 40), (_("次数"), 10), *((book().levels[n], 12) for n in LEVELS), (_("满意率"), 10))
    return sheet_response(_("好差评"), columns, _lines(account, by, first, last))


@staff_only
@require_safe
def one(request: HttpRequest, rating_id: int) -> HttpResponse:
    """What was said in one rating, and how to reach who said it: for who calls back, never for who was rated."""
    account = account_of(request)
    row = (
        readable(account).select_related("case__applicant", "matter", "callback").filter(pk=rating_id).first()
    )
    if row is None:
        raise Http404(_("没有这条评价，或者您不能看"))
    rules, case = book(), row.case
    phone = row.phone or (case.applicant.phone if case.applicant else "")
    record_access(account, "read", "rating", rating=row.pk)
    told: list[tuple[str, Any]] = [
        (_("事项"), row.matter.name), (_("单位"), organisation_name(row.org_id)),
        (_("环节"), rules.step_name(row.step, row.no)),
        (_("评价"), _chip(row.level)),
        (_("原因"), "；".join(rules.reasons[k].name for k in row.reasons if k in rules.reasons) or _("没有选")),
        (_("原话"), row.words or _("没有写")), (_("评价日期"), cn_date(row.given_at)),
    ]  # fmt: skip
    if row.changed_at:
        told.append(
            (
                _("修改过"),
                f"{cn_date(row.changed_at)}（{rules.levels[row.first_level]} → {rules.levels[row.level]}）",
            )
        )
    if row.level in rules.bad or row.callback_id:
        told.append((_("回访电话"), parts.Copy(phone) if phone else _("没有留，见办件")))
    links: list[parts.Act] = []
    if row.callback and can_see(account, row.callback):
        links.append(_link(_("回访办件 %(no)s"), row.callback, "primary"))
    if can_see(account, case):
        links.append(_link(_("评价的办件 %(no)s"), case, "line"))
    return render(
        request,
        "rating/one.html",
        {
            "page": workbench(request, _("一条评价"), "ratings", subtitle=_("只用于核实和回访，不得告诉被评价的人是谁评的。")),
            "terms": parts.Terms(tuple(told)), "links": links,
        },
    )  # fmt: skip


def _link(words: str, case: Case, kind: Literal["primary", "line"]) -> parts.Act:
    return parts.Act(words % {"no": case.number}, reverse("desk:case", args=[case.number]), kind)


def _asked(request: HttpRequest) -> tuple[tuple[By, date, date], dict[str, str]]:
    """Grouping and period; what cannot be read falls back to the usual, and is said."""
    today = datetime.now(CHINA).date()
    usual = {"from": today - USUAL, "to": today}
    read = {name: _day(request.GET.get(name, "")) for name in usual}
    errors = {name: _("这不像一个日期") for name in usual if request.GET.get(name) and read[name] is None}
    days = {name: read[name] or day for name, day in usual.items()}
    if days["from"] > days["to"] and not errors:
        errors["to"] = _("结束日期早于开始日期")
        days = usual
    by: By = next((k for k in get_args(By) if k == request.GET.get("by")), "matter")
    return (by, days["from"], days["to"]), errors


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def _name(share: Share, by: By) -> str:
    match by:
        case "org":
            return organisation_name(int(str(share.key))) or str(share.key)
        case "month" if isinstance(share.key, datetime):
            return f"{share.key.astimezone(CHINA):%Y-%m}"
        case "step":
            return book().steps.get(str(share.key), str(share.key))
        case _:
            return str(share.key)


def _row(share: Share, by: By) -> tuple[Any, ...]:
    told = [parts.Cell(f"{share.percent(n):.1f}%", number=True) if share.shown else "–" for n in LEVELS]
    good = parts.Cell(f"{share.good:.1f}%", number=True) if share.shown else "–"
    return (parts.Cell(_name(share, by)), parts.Cell(f"{share.total:,}", number=True), *told, good)


def _lines(account: Account, by: By, first: date, last: date) -> Iterator[tuple[Value, ...]]:
    for s in shares(between(counted(account, "export"), first, last), by):
        counts = [s.counts[n - 1] if s.shown else None for n in LEVELS]
        yield (_name(s, by), s.total, *counts, f"{s.good:.1f}%" if s.shown else None)


def _chip(level: int) -> parts.Chip:
    kind: parts.ChipKind = "bad" if level in book().bad else "warn" if level == 3 else "ok"
    return parts.Chip(kind, book().levels[level])


def _comment(row: Rating) -> dict[str, Any]:
    rules = book()
    return {
        "href": reverse("rating:one", args=[row.pk]), "chip": _chip(row.level), "matter": row.matter.name,
        "step": rules.step_name(row.step, row.no), "words": row.words, "on": row.given_at,
        "reasons": "；".join(rules.reasons[k].name for k in row.reasons if k in rules.reasons),
        "back": parts.Chip("ok", _("已回访")) if row.callback and row.callback.phase == "closed"
        else parts.Chip("info", _("回访中")) if row.callback_id else None,
    }  # fmt: skip
