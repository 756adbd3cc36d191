"""Import at the workbench: files in, progress, what was read of each and how sure it is, confirmed or mended."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongban.base.files.errors import FileRefused
from tongban.base.text import is_storable, whole_number
from tongban.base.traces import traces
from tongban.base.ui import fields, parts, work
from tongban.base.ui.fields import Option
from tongban.base.ui.format import cn_time
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.disclosure import services
from tongban.platforms.disclosure.metadata import form_of, read_form
from tongban.platforms.disclosure.models import Batch, BatchRow, Record
from tongban.platforms.disclosure.reader.batches import BatchFile
from tongban.platforms.disclosure.reader.weighing import NAMES
from tongban.platforms.disclosure.services.batches import proposed
from tongban.registry.access import account_of, staff_only
from tongban.registry.models import Account, Organisation
from tongban.registry.queries import as_of

SIZE = 50
MOST_FILES = 500
MOST_BYTES = 250 * 2**20
"""Of one upload; a request may be a little larger."""
CHIPS: dict[str, Any] = {"clear": "ok", "look": "warn", "twin": "over", "refused": "bad"}
ORDER = ("twin", "look", "clear", "refused")


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """Choose files or paste a text; they are read in the background."""
    account = _drafter(request)
    orgs = _orgs(account)
    error, status = "", 200
    if request.method == "POST":
        try:
            return redirect("disclosure:batch", batch_id=_begin(request, account, orgs).pk)
        except (Refused, FileRefused) as refused:
            error, status = refused.message, 422
    typed = request.POST
    recent = Batch.objects.filter(scopes(account).of("handle").q(org="org_id", matter=None, secrecy=None))[
        :20
    ]
    return render(
        request,
        "disclosure/import.html",
        {
            "page": workbench(request, _("导入文件"), "disclosure", subtitle=_("读出标题、文号、机关和日期，由您确认。")),
            "error": parts.Notice("bad", error, _("没有收下，粘贴的文字还在。")) if error else None,
            "org": fields.Field(
                "org", _("发布机构"), "select", typed.get("org") or (str(orgs[0][0]) if len(orgs) == 1 else ""), options=tuple(Option(str(pk), name) for pk, name in orgs)
            ),
            "text": fields.Field(
                "text", _("或者粘贴一份文件的文字"), "textarea", typed.get("text", ""), required=False, rows=8, wide=True
            ),
            "most": MOST_FILES,
            "most_bytes": MOST_BYTES,
            "may_historic": bool(scopes(account).of("decide")),
            "recent": parts.table(
                (_("名称"), _("时间"), _("状态"), _("已读")),
                tuple(
                    (
                        parts.Cell(b.name, "", reverse("disclosure:batch", args=[b.pk])),
                        cn_time(b.created_at),
                        str(b.get_state_display()),
                        f"{b.done:,} / {b.total:,}",
                    )
                    for b in recent
                ),
                _("最近的导入"),
                dense=True,
            )
            if recent
            else None,
        },
        status=status,
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """How far a batch is, the verdict on each file; those read clearly are confirmed at once."""
    account = _drafter(request)
    held = _batch(account, batch_id)
    if request.accepts("application/json") and not request.accepts("text/html"):
        at_work = _at_work(held)
        done, total = at_work or (held.done, held.total)
        return JsonResponse({"finished": at_work is None, "done": done, "total": total})
    if request.method == "POST":
        try:
            services.begin_taking(account, held)
        except Refused as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, _("正在收入读得清楚的文件，收不进的会转为“需要核对”。"))
        return redirect("disclosure:batch", batch_id=batch_id)
    only = request.GET.get("only", "")
    page = min(whole_number(request.GET.get("page", "")) or 0, 10_000)
    verdicts = list(held.rows.values_list("verdict", flat=True))
    counts = {word: verdicts.count(word) for word in ORDER}
    rows = held.rows.filter(verdict=only) if only in counts else held.rows.all()
    shown = list(rows.select_related("record")[page * SIZE : (page + 1) * SIZE + 1])
    ready = held.state == Batch.State.READ
    return render(
        request,
        "disclosure/batch.html",
        {
            "page": workbench(request, held.name, "disclosure", subtitle=_("%(n)s 份文件") % {"n": f"{held.total:,}"}),
            "batch": held,
            "reading": _progress(held, request.path),
            "counts": [(word, str(BatchRow.Verdict(word).label), counts[word]) for word in ORDER if counts[word]],
            "clear": held.rows.filter(verdict="clear", record=None).count() if ready else 0,
            "table": parts.table(
                (_("文件"), _("读出的标题"), _("文号"), _("结论"), _("说明")),
                tuple(_row(held, r) for r in shown[:SIZE]),
                _("逐份结论"),
                caption_hidden=True,
                dense=True,
            ),
            "pager": work.BulkBar(
                (),
                work.pager({"only": only}, page, more=len(shown) > SIZE, shown=len(shown[:SIZE])),
                keys=False,
            ),
        },
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def row(request: HttpRequest, batch_id: UUID, no: int) -> HttpResponse:
    """One file: what was read, where and how sure; the clerk confirms or mends."""
    account = _drafter(request)
    held = _batch(account, batch_id)
    found = held.rows.select_related("record", "twin", "batch").filter(no=no).first()
    if found is None:
        raise Http404
    error, status = "", 200
    wrong: dict[str, str] = {}
    if request.method == "POST":
        try:
            record = services.confirm_row(
                account, found, read_form(request.POST), request.POST.get("index_number")
            )
        except Refused as refused:
            error, status = refused.message, 422
            wrong = {str(refused.detail.get("field", "")): error}
        else:
            href = reverse("disclosure:record", args=[record.uid])
            said = format_html('<a href="{}">{}</a>', href, record.title)
            messages.success(request, format_html(_("已收入“{}”。"), said))
            return redirect("disclosure:batch", batch_id=batch_id)
    draft = (
        Record(**{**proposed(found), "publisher": held.org})
        if found.verdict != BatchRow.Verdict.REFUSED
        else None
    )
    return render(
        request,
        "disclosure/row.html",
        {
            "page": workbench(request, found.name, "disclosure", subtitle=held.name),
            "batch": held,
            "row": found,
            "chip": parts.Chip(CHIPS[found.verdict], str(found.get_verdict_display())),
            "error": parts.Notice("bad", error, _("没有收入，填的内容还在。")) if error else None,
            "said": _said(found),
            "fields": _fields(held, found, draft, request, wrong)
            if draft and found.record_id is None
            else [],
            "twin": reverse("disclosure:record", args=[found.twin.uid])
            if found.twin and _sees(account, found.twin)
            else "",
            "record": reverse("disclosure:record", args=[found.record.uid]) if found.record else "",
        },
        status=status,
    )


def _at_work(held: Batch) -> tuple[int, int] | None:
    """How many files of how many are read, or taken in; None where the house is not at it."""
    if held.state == Batch.State.READING:
        return held.done, held.total
    if held.state != Batch.State.TAKING:
        return None
    clear = held.rows.filter(verdict=BatchRow.Verdict.CLEAR)
    return clear.exclude(record=None).count(), clear.count()


def _progress(held: Batch, href: str) -> parts.Loading | None:
    at_work = _at_work(held)
    if at_work is None:
        return None
    words = _("正在读取") if held.state == Batch.State.READING else _("正在收入")
    return parts.Loading(words, *at_work, _("可以离开这一页，读完再来。"), href)


def _begin(request: HttpRequest, account: Account, orgs: list[tuple[int, str]]) -> Batch:
    org = whole_number(request.POST.get("org", ""))
    if org not in dict(orgs):
        raise Refused("not_permitted", "请选择您可以办理信息公开的单位。")
    uploads = request.FILES.getlist("files")
    if len(uploads) > MOST_FILES:
        raise Refused("too_many", f"一次最多选 {MOST_FILES} 个文件，更多的请打成一个 ZIP。")
    files = [BatchFile(upload.name or "文件", upload.read()) for upload in uploads]
    text = request.POST.get("text", "").strip()
    if text and is_storable(text):
        files.append(BatchFile(_("粘贴的文字") + ".txt", text.encode()))
    name = files[0].name if files else ""
    if len(files) > 1:
        name = _("%(name)s 等 %(n)s 个文件") % {"name": name, "n": len(files)}
    return services.begin_batch(
        account,
        Organisation.objects.get(pk=org),
        files,
        name=name or "—",
        historic=request.POST.get("historic") == "1",
    )


def _row(held: Batch, row: BatchRow) -> tuple[Any, ...]:
    title = (row.reading.get("title") or {}).get("value") or "—"
    number = (row.reading.get("number") or {}).get("value") or "—"
    return (
        parts.Cell(row.name, "", reverse("disclosure:row", args=[held.pk, row.no])),
        parts.Cell(title, "", reverse("disclosure:record", args=[row.record.uid])) if row.record else title,
        number,
        parts.Chip("ok", _("已收入"))
        if row.record
        else parts.Chip(CHIPS[row.verdict], str(row.get_verdict_display())),
        " ".join(filter(None, (row.message, personal_words(row.text)))) or "—",
    )


def personal_words(text: str) -> str:
    """That a text has traces of persons, by their sorts; "" where it has none. What they are is shown where the text is."""
    sorts = dict.fromkeys(found.partition("“")[0] for found in traces(text))
    return _("含个人信息：%(sorts)s。") % {"sorts": "、".join(sorts)} if sorts else ""


def _said(row: BatchRow) -> parts.Table | None:
    """What was read of each field, how sure, where."""
    if row.verdict == BatchRow.Verdict.REFUSED:
        return None
    lines = []
    for name, label in NAMES.items():
        field = row.reading.get(name)
        lines.append(
            (
                label,
                field["value"] if field else "—",
                f"{field['confidence']:.0%}" if field else "",
                f"{field['read_from']['place']}：{field['read_from']['quote']}" if field else _("没有读到"),
            )
        )
    return parts.table(
        (_("项目"), _("读出"), _("把握"), _("读自")),
        tuple(lines),
        _("读出的内容"),
        caption_hidden=True,
        dense=True,
    )


def _fields(
    held: Batch, row: BatchRow, draft: Record, request: HttpRequest, wrong: dict[str, str]
) -> list[fields.Field]:
    if not held.historic:
        return form_of(draft, request.POST, errors=wrong)
    rows = form_of(draft, request.POST, also=("published_on",), errors=wrong)
    read = (row.reading.get("index_number") or {}).get("value") or ""
    number = fields.Field(
        "index_number",
        _("原有的索引号"),
        value=request.POST.get("index_number", read),
        required=False,
        hint=_("没有就空着，系统编新的。"),
        maxlength=60,
    )
    rows.insert(1 + [field.name for field in rows].index("published_on"), number)
    return rows


def _drafter(request: HttpRequest) -> Account:
    """Who handles for some unit, not only cases of one matter; nobody else comes in."""
    account = account_of(request)
    if not scopes(account).of("handle").whole:
        raise PermissionDenied
    return account


def _orgs(account: Account) -> list[tuple[int, str]]:
    scope, tree = scopes(account).of("handle"), as_of()
    return [(pk, node.name) for pk, node in tree.nodes.items() if pk in tree and scope.admits(pk)]


def _batch(account: Account, batch_id: UUID) -> Batch:
    rows = Batch.objects.filter(scopes(account).of("handle").q(org="org_id", matter=None, secrecy=None))
    found = rows.select_related("org").filter(pk=batch_id).first()
    if found is None:
        raise Http404
    return found


def _sees(account: Account, record: Record) -> bool:
    return Record.objects.visible_to(account).filter(pk=record.pk).exists()
