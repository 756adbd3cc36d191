"""监察通报: the list, the bulletin as a page, its editor, its release, and its two files."""

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.base.files import download
from tongban.base.text import whole_number
from tongban.base.typeset import FontsMissing
from tongban.base.ui import fields, parts, work
from tongban.base.ui.format import cn_date, cn_time
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.faces.bulletin import services
from tongban.faces.bulletin.charting import drawn
from tongban.faces.bulletin.counting import month_span
from tongban.faces.bulletin.document import PARTS
from tongban.faces.bulletin.models import Bulletin
from tongban.faces.bulletin.press import pdf_of
from tongban.faces.bulletin.queries import is_office, visible_to
from tongban.faces.bulletin.sheet import Part, Sheet, sheet_of
from tongban.registry.access import account_of, staff_only
from tongban.registry.models import Account
from tongban.registry.queries import today

OFFERED = 12  # months back that can be drafted
#: How each part is looked into further: the question to the statistics page.
BEHIND: dict[str, dict[str, Any]] = {
    "overview": {"by": "month", "m": ["accepted", "ended", "on_time", "days", "shortened"], "compare": "before"},
    "units": {"by": "unit", "m": ["ended", "accepted", "on_time", "days", "shortened", "warnings", "yellow", "red"]},
    "cards": {"by": "rule", "m": ["red", "yellow", "warnings"]},
    "voices": {"by": "unit", "m": ["bad", "ratings", "satisfied"]},
    "ranking": {"by": "unit", "m": ["on_time", "ended", "shortened", "warnings", "yellow", "red"]},
}  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The bulletins one may read; for the office, the months that can be drafted."""
    account = account_of(request)
    notice, status = None, 200
    if request.method == "POST":
        month = _month(request.POST.get("month", "")) or today()
        try:
            made = services.draft(account, month)
        except Refused as refusal:
            notice, status = _refusal(refusal), _status(refusal)
        else:
            messages.success(request, _("草稿已编好，请核对数字、写上文字。"))
            return HttpResponseRedirect(reverse("bulletin:show", args=[made.pk]))
    rows = [
        (
            parts.Cell(b.title, href=reverse("bulletin:show", args=[b.pk])),
            parts.Chip("hold", _("草稿")) if b.is_draft else parts.Chip("ok", _("已发布")),
            "—" if b.is_draft else _("%(y)s年第%(n)s期") % {"y": b.month.year, "n": b.number},
            cn_date(b.released_at) or _("数据截至 %(at)s") % {"at": cn_time(b.counted_at)},
        )
        for b in visible_to(account)
    ]
    office = is_office(account)
    return render(
        request,
        "bulletin/index.html",
        {
            "page": workbench(request, _("监察通报"), "bulletin", subtitle=_("每月一期，数字由办件记录自动算出，发布后不再变动。")),
            "table": parts.table((_("通报"), _("状态"), _("期号"), _("时间")), rows, _("监察通报"), caption_hidden=True),
            "empty": None if rows else parts.Empty(_("还没有监察通报"), _("监察部门发布以后在这里看。") if not office else ""),
            "month": fields.Field("month", _("月份"), "select", options=_free()) if office else None,
            "notice": notice,
        },
        status=status,
    )  # fmt: skip


@staff_only
@require_safe
def show(request: HttpRequest, bulletin_id: int) -> HttpResponse:
    """The bulletin."""
    account, bulletin = _seen(request, bulletin_id)
    sheet = _sheet(bulletin, account)
    office = is_office(account)
    span = month_span(bulletin.month)
    shown = [
        (
            part,
            [(b["caption"], _block(b)) for b in part.blocks],
            _behind(part, span.first, span.last) if office else "",
        )
        for part in sheet.parts
    ]
    said = (
        _("草稿，数据截至 %(at)s") % {"at": sheet.counted}
        if bulletin.is_draft
        else _("%(issue)s · %(issuer)s · %(day)s · 数据截至 %(at)s")
        % {"issue": sheet.issue, "issuer": sheet.issuer, "day": sheet.dated, "at": sheet.counted}
    )
    return render(
        request,
        "bulletin/show.html",
        {
            "page": workbench(request, sheet.title, "bulletin", subtitle=said), "bulletin": bulletin,
            "parts": shown, "may_edit": office and bulletin.is_draft,
            "definitions": parts.table(
                (_("指标"), _("单位"), _("怎么算")), sheet.definitions, _("指标怎么算"), caption_hidden=True, dense=True
            ),
        },
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, bulletin_id: int) -> HttpResponse:
    """The editor: beside what was computed, what the office says to it."""
    account, bulletin = _own_draft(request, bulletin_id)
    typed, errors, notice, status = dict(bulletin.typed), {}, None, 200
    revision = bulletin.revision
    if request.method == "POST":
        typed = {key: request.POST.get(key, "").replace("\r\n", "\n") for key in PARTS}
        revision = whole_number(request.POST.get("revision", "")) or 0
        try:
            services.write(account, bulletin.pk, typed, revision=revision)
        except Refused as refusal:
            field = str(refusal.detail.get("field", ""))
            errors = {field: refusal.message} if field else {}
            notice, status = _refusal(refusal, _("您写的内容都还在下面，没有保存。")), _status(refusal)
            if refusal.code == "bulletin_changed":
                revision = bulletin.revision  # having read this, saving again is meant
        else:
            messages.success(request, _("文字已保存。"))
            return HttpResponseRedirect(reverse("bulletin:show", args=[bulletin.pk]))
    computed = {p["key"]: p for p in bulletin.content["parts"]}
    asked = [
        (
            title, computed.get(key, {}).get("said", []),
            fields.Field(
                key, asks, "textarea", typed.get(key, ""), error=errors.get(key, ""), required=False, rows=5,
                maxlength=services.LONGEST, wide=True,
            ),
        )
        for key, (title, asks) in PARTS.items()
    ]  # fmt: skip
    return render(
        request,
        "bulletin/edit.html",
        {
            "page": workbench(request, _("编写：%(title)s") % {"title": bulletin.title}, "bulletin",
                              subtitle=_("数字和图表自动生成，不在这里改；文字每行一段，接在各部分的数字后面。")),
            "bulletin": bulletin, "asked": asked, "revision": revision, "notice": notice,
            "summary": fields.summary_of([f for _t, _s, f in asked]),
        },
        status=status,
    )  # fmt: skip


@staff_only
@require_POST
def recount(request: HttpRequest, bulletin_id: int) -> HttpResponse:
    """Count the figures of a draft anew."""
    account, bulletin = _own_draft(request, bulletin_id)
    return _done(
        request, bulletin, lambda: services.recount(account, bulletin.pk), _("数字已重新计算，文字没有动。")
    )


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def release(request: HttpRequest, bulletin_id: int) -> HttpResponse:
    """Ask once more, then release what was seen."""
    account, bulletin = _seen(request, bulletin_id)
    if is_office(account) and not bulletin.is_draft:
        messages.info(request, _("这份通报已经发布了。"))
        return HttpResponseRedirect(reverse("bulletin:show", args=[bulletin.pk]))
    account, bulletin = _own_draft(request, bulletin_id)
    if request.method == "POST":
        revision = whole_number(request.POST.get("revision", "")) or 0
        return _done(
            request,
            bulletin,
            lambda: services.release(account, bulletin.pk, revision=revision),
            _("通报已发布。"),
        )
    empty = [title for key, (title, _asks) in PARTS.items() if key not in bulletin.typed]
    return render(
        request,
        "bulletin/confirm.html",
        {
            "page": workbench(request, _("发布：%(title)s") % {"title": bulletin.title}, "bulletin"),
            "confirm": _question(bulletin, empty),
        },
    )


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, bulletin_id: int) -> HttpResponse:
    """Ask once more, then throw a draft away: what was written in it cannot be brought back."""
    account, bulletin = _own_draft(request, bulletin_id)
    if request.method != "POST":
        written = [title for key, (title, _asks) in PARTS.items() if key in bulletin.typed]
        confirm = fields.Confirm(
            _("确认删除这份草稿？"),
            reverse("bulletin:discard", args=[bulletin.pk]),
            _("删除草稿"),
            parts.Act(_("留着，回到通报"), reverse("bulletin:show", args=[bulletin.pk])),
            (_("写好的文字一起删除，找不回来；这个月以后还可以重新编。"),),
            ((_("已经写了文字的部分"), "、".join(written) or _("没有")),),
            danger=True,
        )
        page = workbench(request, _("删除草稿：%(title)s") % {"title": bulletin.title}, "bulletin")
        return render(request, "bulletin/confirm.html", {"page": page, "confirm": confirm})
    try:
        services.discard(account, bulletin.pk)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(reverse("bulletin:show", args=[bulletin.pk]))
    messages.success(request, _("草稿已删除。"))
    return HttpResponseRedirect(reverse("bulletin:index"))


@staff_only
@require_safe
def pdf(request: HttpRequest, bulletin_id: int) -> HttpResponseBase:
    """The PDF: released, the very file; a draft, as it stands now."""
    account, bulletin = _seen(request, bulletin_id)
    if bulletin.pdf is not None:
        return download(bulletin.pdf, f"{bulletin.title}.pdf")
    return _made(bulletin, account, pdf_of, "application/pdf", "pdf")


@staff_only
@require_safe
def word(request: HttpRequest, bulletin_id: int) -> HttpResponseBase:
    """The Word file, likewise."""
    account, bulletin = _seen(request, bulletin_id)
    if bulletin.word is not None:
        return download(bulletin.word, f"{bulletin.title}.docx")
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    from tongban.faces.bulletin.word import word_of  # late: Word's library is wanted once a month

    return _made(bulletin, account, word_of, kind, "docx")


def _question(bulletin: Bulletin, empty: list[str]) -> fields.Confirm:
    """The question before the release: what it means, and what is still without words."""
    return fields.Confirm(
        _("确认发布这期通报？"),
        reverse("bulletin:release", args=[bulletin.pk]),
        _("发布"),
        parts.Act(_("再看看"), reverse("bulletin:show", args=[bulletin.pk])),
        (
            _("发布后，数字、文字和 PDF、Word 文件都不能再改，也不能撤回。"),
            _("全体工作人员都能看到。"),
            _("通报的摘要写入存证台账。"),
        ),
        (
            (_("数据截至"), cn_time(bulletin.counted_at)),
            (_("还没有写文字的部分"), "、".join(empty) or _("没有")),
        ),
        hidden={"revision": str(bulletin.revision)},
    )


def _seen(request: HttpRequest, bulletin_id: int) -> tuple[Account, Bulletin]:
    account = account_of(request)
    row = (
        visible_to(account)
        .select_related("pdf", "word", "released_by", "drafted_by")
        .filter(pk=bulletin_id)
        .first()
    )
    if row is None:
        raise Http404(str(bulletin_id))
    return account, row


def _own_draft(request: HttpRequest, bulletin_id: int) -> tuple[Account, Bulletin]:
    """The bulletin for who may change it; to others there is no such page, and none once it is released."""
    account, row = _seen(request, bulletin_id)
    if not is_office(account) or not row.is_draft:
        raise Http404(str(bulletin_id))
    return account, row


def _sheet(bulletin: Bulletin, account: Account) -> Sheet:
    return sheet_of(bulletin, bulletin.released_by or account)


def _block(block: dict[str, Any]) -> Any:
    if block["kind"] == "chart":
        return drawn(block)
    columns = [parts.Column(h, right=r) for h, r in zip(block["heads"], block["right"], strict=True)]
    if all(block["right"][1:]):  # figures to compare: one line a row, on a phone too
        return work.Rank(tuple(columns), tuple(tuple(row) for row in block["rows"]), block["caption"])
    return parts.table(columns, block["rows"], block["caption"], caption_hidden=True, dense=True)


def _behind(part: Part, first: date, last: date) -> str:
    asked = BEHIND.get(part.key)
    if asked is None:
        return ""
    said = urlencode({**asked, "from": first.isoformat(), "to": last.isoformat()}, doseq=True)
    return f"{reverse('statistics:board')}?{said}"


def _made(
    bulletin: Bulletin, account: Account, maker: Callable[[Sheet], bytes], media_type: str, ending: str
) -> HttpResponse:
    try:
        body = maker(_sheet(bulletin, account))
    except FontsMissing as missing:
        return HttpResponse(
            f"{missing}{missing.remedy}", status=503, content_type="text/plain; charset=utf-8"
        )
    response = HttpResponse(body, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="bulletin-{bulletin}-draft.{ending}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _done(request: HttpRequest, bulletin: Bulletin, deed: Callable[[], object], words: str) -> HttpResponse:
    try:
        deed()
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, words)
    return HttpResponseRedirect(reverse("bulletin:show", args=[bulletin.pk]))


def _refusal(refusal: Refused, kept: str = "") -> parts.Notice:
    return parts.Notice("bad", refusal.message, kept)


def _status(refusal: Refused) -> int:
    return 403 if refusal.code == "not_permitted" else 409


def _month(said: str) -> date | None:
    try:
        return date.fromisoformat(f"{said}-01")
    except ValueError:
        return None


def _free() -> tuple[fields.Option, ...]:
    """The last months that are over and have no bulletin yet, newest first."""
    day = today()
    back = [divmod(day.year * 12 + day.month - 1 - n, 12) for n in range(1, OFFERED + 1)]
    months = [date(year, month + 1, 1) for year, month in back]
    have = set(Bulletin.objects.filter(month__in=months).values_list("month", flat=True))
    return tuple(
        fields.Option(f"{m:%Y-%m}", _("%(y)s年%(m)s月") % {"y": m.year, "m": m.month})
        for m in months
        if m not in have
    )
