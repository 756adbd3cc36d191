"""Upload, look, confirm, watch; the template; export of chosen matters as a workbook or JSON."""

from collections import Counter
from urllib.parse import urlencode
from uuid import UUID

import orjson
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.files.errors import FileRefused
from tongban.base.sheets import XLSX
from tongban.base.ui import parts, work
from tongban.base.ui.fields import Option
from tongban.base.ui.format import cn_time
from tongban.base.ui.rail import workbench
from tongban.engine.people import scopes
from tongban.faces.catalogue import queries, services
from tongban.faces.catalogue.models import BulkImport
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.errors import RegistryRefused
from tongban.registry.models import Account, Matter
from tongban.registry.queries import as_of, today
from tongban.registry.workbook import template, workbook_of

PAGE = 100
SAMPLE = 20  # rows of an export that are shown before it
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
                work.pager({"only": only}, page, more=more, count=len(said), shown=len(shown)),
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
    """Choose which matters (部门、类型、状态) and how; with `format` the file itself, else what is in it."""
    account = _editor(request)
    chosen = queries.chosen_of(request.GET)
    rows = queries.matters_out(account, chosen)
    if (form := request.GET.get("format", "")) in ("xlsx", "json"):
        record_access(
            account, "export", "matters", q=chosen.words, kind=chosen.kind, org=chosen.org, state=chosen.state,
            rows=rows.count(),
        )  # fmt: skip
        contents = rows.values_list("content", flat=True)
        if form == "json":
            return _sent(orjson.dumps(list(contents)), f"matters-{today()}.json", "application/json")
        return _sent(workbook_of(contents.iterator(chunk_size=200)), f"matters-{today()}.xlsx", XLSX)
    tree, count = as_of(), rows.count()
    shown = rows.select_related("offering__matter").defer("content")[:SAMPLE]
    asked = urlencode(
        {"q": chosen.words, "org": chosen.org or "", "kind": chosen.kind, "state": chosen.state}
    )
    return render(
        request,
        "catalogue/export.html",
        {
            "page": workbench(
                request, _("导出事项"), "matters", subtitle=_("选好范围，看一眼有多少项，再导出。")
            ),
            "filter": _filter(account, chosen),
            "count": count,
            "files": (
                parts.Act(_("导出 XLSX"), f"?{asked}&format=xlsx", "primary", "download"),
                parts.Act(_("导出 JSON"), f"?{asked}&format=json", "line", "download"),
            ),
            "table": parts.table(
                (_("编码"), _("事项"), _("单位"), _("类型"), _("版本"), _("状态")),
                tuple(
                    (
                        v.offering.matter.code,
                        parts.Cell(v.name, "", reverse("desk:matter", args=[v.pk])),
                        n.short_name or n.name if (n := tree.nodes.get(v.offering.organisation_id)) else "",
                        v.get_kind_display(),
                        _("第 %(n)s 版") % {"n": v.no},
                        v.get_status_display(),
                    )
                    for v in shown
                ),
                _("其中前 %(n)s 项") % {"n": SAMPLE} if count > SAMPLE else _("将导出的事项"),
                dense=True,
            ),
            "empty": parts.Empty(
                _("没有这样的事项"), _("放宽单位、类型或状态再看。"), icon="collection"
            ),
        },
    )  # fmt: skip


def _filter(account: Account, chosen: queries.Chosen) -> work.FilterBar:
    """The form of the export."""
    units = tuple(Option(str(pk), name) for pk, name in queries.units_out(account))
    kinds = tuple(Option(value, str(label)) for value, label in Matter.Kind.choices)
    return work.FilterBar(
        reverse("catalogue:export"),
        selects=(
            work.Select("org", _("单位"), (Option("", _("全部单位")), *units), str(chosen.org or "")),
            work.Select("kind", _("类型"), (Option("", _("全部类型")), *kinds), chosen.kind),
            work.Select(
                "state", _("状态"), tuple(Option(k, _(w)) for k, w in queries.STATES.items()), chosen.state
            ),
        ),
        query=chosen.words,
        query_label=_("事项名称或基本编码"),
        label=_("选择导出的事项"),
    )


def _editor(request: HttpRequest) -> Account:
    """Who drafts or reviews matters somewhere; nobody else comes in."""
    account = account_of(request)
    held = scopes(account)
    if not any(held.of(verb) for verb in queries.EDITING):
        raise PermissionDenied
    return account


def _sent(data: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(data, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
