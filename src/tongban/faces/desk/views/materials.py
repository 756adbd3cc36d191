"""材料: what was handed in, the files, the filled form of a case."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tongban.base.files import FileRefused, ScannerUnavailable, download, store_upload
from tongban.base.ui import fields, parts
from tongban.engine import kinds, queries
from tongban.engine.attachments import OFFICE, add_attachment, find_attachment
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.faces.application import form_told
from tongban.faces.desk.case import View, open_view
from tongban.faces.desk.views.pages import case_page
from tongban.registry.access import account_of, record_access, staff_only

HANDED = {
    "supplied": ("", "已交"),
    "shared": ("ok", "系统核验"),
    "later": ("warn", "待补"),
    "passed": ("ok", "合格"),
    "failed": ("bad", "不合格"),
}


@staff_only
@require_safe
def materials(request: HttpRequest, number: str) -> HttpResponse:
    """材料: what was handed in, the files, the filled form."""
    view = open_view(account_of(request), number)
    return case_page(
        request,
        view,
        "materials",
        {
            "materials": materials_shown(view),
            "form": form_shown(view),
            "may_add": _may_add(view),
            "hidden_words": "" if view.personal else _("表单里的个人信息和上传的文件，只给办理本件的人看。"),
            "field": fields.Field(
                "file",
                _("上传一份机关材料"),
                "file",
                hint=_("现场笔录、会议纪要等，PDF、OFD、图片或 Office 文件，不超过 20 MB"),
                accept=".pdf,.ofd,.jpg,.jpeg,.png,.docx,.xlsx",
            ),
        },
    )


@staff_only
@require_POST
def add_file(request: HttpRequest, number: str) -> HttpResponse:
    """Add a paper of the office's own to the case."""
    view = open_view(account_of(request), number)
    given = request.FILES.get("file")
    if given is None:
        messages.warning(request, _("还没有选文件。"))
    else:
        try:
            stored = store_upload(given, given.name or "")
            add_attachment(view.account, view.case.pk, OFFICE, stored, given.name or "")
            messages.success(request, _("文件已收下，并计算了校验值。"))
        except (FileRefused, Refused) as refusal:
            messages.error(request, refusal.message)
        except ScannerUnavailable:
            messages.error(request, _("病毒扫描暂时不可用，没有收下。请稍后再试。"))
    return HttpResponseRedirect(reverse("desk:materials", args=[number]))


@staff_only
@require_safe
def file(request: HttpRequest, number: str, file_id: UUID) -> HttpResponse:
    """One file as a download; the same rule as the list, and written down."""
    account = account_of(request)
    try:
        row = find_attachment(account, file_id)
    except Refused:
        raise Http404(str(file_id)) from None
    if row.case.number != number:
        raise Http404(str(file_id))
    record_access(account, "download", number, material=row.material, file=str(file_id), sha256=row.file_id)
    try:
        return download(row.file, row.name)  # type: ignore[return-value]
    except FileNotFoundError:
        raise Http404(str(file_id)) from None


def materials_shown(view: View, *, brief: bool = False) -> parts.Table:
    """The materials with their files and states; `brief` leaves out what was not asked for."""
    by_material: dict[str, list[Any]] = {}
    for a in view.files:
        by_material.setdefault(a.material, []).append(a)
    rows = []
    for key, term in view.definition.terms.materials.items():
        status = view.state.materials.get(key)
        if (
            status is None
            and key not in by_material
            and (brief or term.necessity in ("optional", "conditional"))
        ):
            continue
        rows.append(_material(view, term.name, by_material.pop(key, []), status, brief=brief))
    for key, files in by_material.items():
        rows.append(_material(view, _("机关材料") if key == OFFICE else key, files, "supplied", brief=brief))
    columns = (_("材料"), parts.Column(_("来源"), wide_only=True), _("文件"), _("状态"))
    return parts.table(columns, rows, _("材料"), caption_hidden=True, dense=True, empty=_("没有收到材料"))


def _material(view: View, name: str, files: list[Any], status: str | None, *, brief: bool) -> tuple[Any, ...]:
    kind, words = HANDED.get(status or "", ("warn", _("未交")))
    source = {"shared": _("电子证照、数据共享"), "later": _("申请人承诺后补")}.get(
        status or "", _("申请人提交") if files else _("窗口收取纸质")
    )
    if not files:
        said: Any = "" if view.personal or status in (None, "later", "shared") else _("仅办理人可见")
        return (name, source if status else "", said, parts.Chip(kind, words))  # type: ignore[arg-type]
    first = files[0]
    href = reverse("desk:file", args=[view.case.number, first.pk])
    size = first.file.size
    note = f"{size / 1048576:.1f} MB" if size >= 1048576 else f"{max(1, size // 1024)} KB"
    more = "" if len(files) == 1 else _("，另有 %(n)s 份") % {"n": len(files) - 1}
    note = note + more if brief else f"{note} · SHA-256 {first.file_id[:12]}…{more}"
    return (name, source, parts.Cell(first.name, note, href), parts.Chip(kind, words))  # type: ignore[arg-type]


def form_shown(view: View) -> list[tuple[str, parts.Terms]]:
    """The filled form, as far as this person may see it."""
    found = queries.case_data(view.account, view.case)
    if found is None:
        return []
    answers = kinds.kind(view.case.kind).answers
    told = form_told(view.case.offering_version.content, found.data, answers=answers)
    return [(title, parts.Terms(tuple(rows))) for title, rows in told]


def _may_add(view: View) -> bool:
    return view.case.phase != Case.Phase.CLOSED and view.personal
