"""Upload, look, confirm, watch; the template; export of what is in force as a workbook or JSON."""

from collections import Counter
from uuid import UUID

import orjson
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.files.errors import FileRefused
from tongban.base.sheets import XLSX
from tongban.base.ui import parts, work
from tongban.base.ui.format import cn_time
from tongban.base.ui.rail import workbench
from tongban.engine.people import scopes
from tongban.faces.catalogue import services
from tongban.faces.catalogue.models import BulkImport
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.errors import RegistryRefused
from tongban.registry.models import Account, OfferingVersion
from tongban.registry.queries import today
from tongban.registry.workbook import template, workbook_of

PAGE = 100
EDITING = ("draft_matter", "review_matter", "publish_matter")
WORDS = {"clean": "通过", "warned": "有提示", "refused": "不能导入"}
OUTCOMES = {
    "created": "已建草稿",
    "updated": "已更新草稿",
    "unchanged": "内容未变",
    "refused": "未导入",
    "": "待导入",
}


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; it is judged, and shown row by row before anything is taken in."""
    account = _editor(request)
    error, status = "", 200
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is not None:
                done = services.judge_file(account, file, file.name or "matters.xlsx")
                return redirect("catalogue:show", import_id=done.pk)
            error, status = _("请选择要导入的文件。"), 422
        except (RegistryRefused, FileRefused) as refused:
            error, status = refused.message, 422
    recent = BulkImport.objects.filter(account=account).defer("verdicts")[:20]
    rows = tuple(
        (
            parts.Cell(b.name, "", reverse("catalogue:show", args=[b.pk])),
            cn_time(b.created_at),
            str(BulkImport.State(b.state).label),
            f"{b.done:,} / {b.total:,}",
        )
        for b in recent
    )
    return render(
        request,
        "catalogue/import.html",
        {
            "page": workbench(request, _("批量导入事项"), "matters"),
            "error": error,
            "recent": parts.table(
                (_("文件"), _("上传时间"), _("状态"), _("已处理")), rows, _("最近的导入"), dense=True
            )
            if rows
            else None,
        },
        status=status,
    )


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """The verdict on every row; confirm; how far it has gone."""
    account = _editor(request)
    found = BulkImport.objects.filter(pk=import_id, account=account).first()
    if found is None:
        raise Http404(str(import_id))
    if request.method == "POST":
        services.confirm(account, import_id)
        return redirect("catalogue:show", import_id=import_id)
    only = request.GET.get("only", "")
    said = [v for v in found.verdicts if only not in WORDS or v["word"] == only]
    if only not in WORDS:  # what needs a look first
        said.sort(key=lambda v: ("refused", "warned", "clean").index(v["word"]))
    asked = request.GET.get("page", "")
    page = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 5 else 0
    shown = said[page * PAGE : (page + 1) * PAGE]
    counts = Counter(v["word"] for v in found.verdicts)
    table = parts.table(
        (_("位置"), _("编码"), _("事项"), _("结论"), _("问题和改法")),
        tuple(
            (
                f"{v['sheet']} {v['row']}",
                v["code"],
                v["name"],
                f"{_(WORDS[v['word']])} · {_(OUTCOMES[v['outcome']])}",
                "\n".join(f"{f['at']}：{f['why']}。{f['mend']}" for f in v["findings"]) or "—",
            )
            for v in shown
        ),
        _("逐行结论"),
        caption_hidden=True,
        dense=True,
    )
    more = (page + 1) * PAGE < len(said)
    sound = counts["clean"] + counts["warned"]
    return render(
        request,
        "catalogue/show.html",
        {
            "page": workbench(
                request, found.name, "matters", subtitle=_("%(n)s 行") % {"n": f"{found.total:,}"}
            ),
            "import": found,
            "state": BulkImport.State(found.state).label,
            "running": found.state == BulkImport.State.RUNNING,
            "counts": [(w, _(words), counts[w]) for w, words in WORDS.items()],
            "sound": sound if found.state == BulkImport.State.JUDGED else 0,
            "outcomes": Counter(_(OUTCOMES[v["outcome"]]) for v in found.verdicts if v["outcome"]).items(),
            "table": table,
            "pager": work.BulkBar(
                (),
                work.Pager(
                    f"?only={only}&page={page - 1}" if page else "",
                    f"?only={only}&page={page + 1}" if more else "",
                    len(said),
                    len(shown),
                ),
                keys=False,
            ),
        },
    )


@staff_only
@require_safe
def blank(request: HttpRequest) -> HttpResponse:
    """The empty workbook."""
    _editor(request)
    return _sent(template(), "matters-template.xlsx", XLSX)


@staff_only
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The versions in force whose name or code holds the words asked for, of a kind, as workbook or JSON."""
    account = _editor(request)
    day = today()
    rows = OfferingVersion.objects.filter(
        _reach(account),
        status__in=["published", "retired"],
        valid__contains=day,
    )
    q, kind = request.GET.get("q", "").strip()[:60], request.GET.get("kind", "")[:2]
    if q:
        rows = rows.filter(name__contains=q) | rows.filter(offering__matter__code__startswith=q)
    if kind:
        rows = rows.filter(kind=kind)
    contents = rows.order_by("offering__matter__code", "pk").values_list("content", flat=True)
    record_access(account, "export", "matters", q=q, kind=kind, rows=rows.count())
    if request.GET.get("format") == "json":
        return _sent(orjson.dumps(list(contents)), f"matters-{day}.json", "application/json")
    return _sent(workbook_of(contents.iterator(chunk_size=200)), f"matters-{day}.xlsx", XLSX)


def _editor(request: HttpRequest) -> Account:
    """Who drafts or reviews matters somewhere; nobody else comes in."""
    account = account_of(request)
    held = scopes(account)
    if not any(held.of(verb) for verb in EDITING):
        raise PermissionDenied
    return account


def _reach(account: Account) -> Q:
    """The offerings on which the account drafts, reviews or publishes."""
    reach = Q(pk__in=[])
    for verb in EDITING:
        scope = scopes(account).of(verb)
        reach |= scope.q(org="offering__organisation_id", matter="offering__matter_id", secrecy=None)
    return reach


def _sent(data: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(data, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
