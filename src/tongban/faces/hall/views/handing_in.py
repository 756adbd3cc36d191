"""The materials of a draft on its screens: what was uploaded, what of one's own can be used instead, what is told at the end."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tongban.base.files import FileRefused, ScannerUnavailable
from tongban.base.ui import fields, parts
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.faces.application import MaterialAsked
from tongban.faces.guide import terms_of
from tongban.faces.hall import services
from tongban.faces.hall.models import Draft, DraftFile
from tongban.faces.hall.own import LEVELS, Item
from tongban.faces.hall.steps import steps_of
from tongban.faces.pictures import limit_words
from tongban.faces.rate import may_upload
from tongban.faces.visitor import account_of

OFFERED = 40  # things of one's own that a material offers, of those that fit and of the rest
NECESSITY = {"required": "必交", "conditional": "您的情形要交", "optional": "选交", "later": "可以后补"}


def upload_row(
    code: str,
    row: Draft,
    material: MaterialAsked,
    error: str = "",
    *,
    more: bool = False,
    mine: Sequence[Item] = (),
    given: str = "",
) -> fields.Upload:
    """One material: what is there, what was understood of it, what to do. `given`: how it stands in the case already."""
    files = [f for f in row.files.select_related("file") if f.material == material.key]
    spec = str(material.raw.get("spec", ""))
    note = str(material.raw.get("fill_note", ""))
    text = _("%(n)s 个文件，已保存") % {"n": len(files)} if files else given or note or spec
    asks = not files or bool(error) or more
    like = [i for i in mine if i.fits(material.name)] if asks else []
    rest = [i for i in mine if not i.fits(material.name)] if asks else []
    return fields.Upload(
        material.key, material.name, "bad" if error else "ok" if files or given else "todo",
        need="" if given else NECESSITY.get(material.necessity, ""),
        text=text, error=error,
        read=tuple((_("文件 %(n)s") % {"n": n}, _file_line(code, row, f)) for n, f in enumerate(files, 1)),
        asks=asks,
        multiple=True,
        most=services.MOST_FILES,
        acts=((_("再加一个文件"), f"{materials_href(code, row)}?more={material.key}#u-{material.key}"),)
        if files and not more and len(files) < services.MOST_FILES
        else (),
        url=reverse("hall:apply-upload", args=[code, row.pk, material.key]),
        own=_offered(like),
        others=_offered(rest),
    )  # fmt: skip


def _offered(mine: Sequence[Item]) -> tuple[fields.Option, ...]:
    """Things of one's own, as they are chosen from."""
    return tuple(
        fields.Option(
            i.ref,
            f"{i.title} · {i.name} · {i.level_words}"
            + (_(" · 至%(day)s") % {"day": i.valid_until} if i.valid_until else "")
            + (_(" · 已失效") if i.refusal else ""),
        )
        for i in mine[:OFFERED]
    )


def _file_line(code: str, row: Draft, f: DraftFile) -> SafeString:
    kind = {"application/pdf": "PDF", "image/jpeg": "JPG", "image/png": "PNG", "application/ofd": "OFD"}.get(
        f.file.media_type, ""
    )
    size = f.file.size
    said = f"{size / 1024 / 1024:.1f} MB" if size >= 2**20 else f"{max(1, round(size / 1024))} KB"
    return format_html(
        '<a href="{}">{}</a> <span class="tb-mute">{} · {} · {}</span> <a href="{}">{}<span class="visually-hidden">：{}</span></a>',
        reverse("hall:apply-file", args=[code, row.pk, f.pk]), f.name, kind, said,
        _("我的材料 · %(level)s") % {"level": f"{f.level} {_(LEVELS[f.level][0])}"}
        if f.level
        else f"{timezone.localtime(f.added_at):%H:%M} {_('上传')}",
        reverse("hall:apply-remove-file", args=[code, row.pk, f.pk]), _("删除"), f.name,
    )  # fmt: skip


def materials_told(
    code: str, row: Draft, data: Mapping[str, Any], lacking: list[MaterialAsked]
) -> parts.Table:
    """What was handed in, to look over before sending."""
    files: dict[str, list[DraftFile]] = {}
    for f in row.files.select_related("file"):
        files.setdefault(f.material, []).append(f)
    without = {m.key for m in lacking}
    rows = []
    for m in services.wanted(row, data):
        mine = files.get(m.key, [])
        if not mine and m.key not in without and m.key not in row.later:
            continue
        names = format_html_join(
            "、",
            '<a href="{}">{}</a>',
            ((reverse("hall:apply-file", args=[code, row.pk, f.pk]), f.name) for f in mine),
        )
        chip = (
            parts.Chip("ok", _("已上传"))
            if mine
            else parts.Chip("warn", _("待补"))
            if m.key in row.later
            else parts.Chip("bad", _("缺"))
        )
        rows.append((parts.Cell(m.name), names or "–", chip))
    heads = (_("材料"), _("文件"), _("情况"))
    return parts.table(heads, rows, _("您交的材料"), caption_hidden=True, empty=_("没有上传材料。"))


def lacking_words(material: MaterialAsked) -> str:
    """What is said beside a material that is still to be handed in."""
    return _("请上传，或勾选以后再补") if material.later else _("还没有上传")


def take(request: HttpRequest, row: Draft, key: str) -> str:
    """Keep the files sent for a material; "" or which were not taken, and why. One that is refused does not keep the others out."""
    wrong = []
    given = request.FILES.getlist(key)
    for n, sent in enumerate(given):
        rest = "、".join(f.name or "" for f in given[n:])
        if not may_upload(request, sent.size or 0):
            wrong.append(f"{rest}：{_('这一小时传得太多了，请过一会儿再传。已传好的都在。')}")
            break
        try:
            services.add_file(row, key, sent, sent.name or "")
        except FileRefused as refused:
            wrong.append(f"{sent.name}：{refused.message}")
        except ScannerUnavailable:
            said = _("杀毒检查暂时用不了，文件没有收下，不是您的问题。请过几分钟再传。")
            wrong.append(f"{rest}：{said}")
            break
    return " ".join(wrong)


def take_own(request: HttpRequest, row: Draft) -> dict[str, str]:
    """Put what was chosen of one's own into the draft; what is wrong by material."""
    account = account_of(request)
    errors = {}
    for name, ref in request.POST.items():
        key = name.removeprefix("_own.").removeprefix("_other.")
        if account is None or key == name or not ref or key in request.FILES:
            continue
        try:
            services.use_own(account, row, key, str(ref)[:60])
        except (FileRefused, Refused) as refused:
            errors[key] = refused.message
    return errors


def step_href(code: str, row: Draft, no: int) -> str:
    """Address of a screen."""
    return reverse("hall:apply-step", args=[code, row.pk, no])


def materials_href(code: str, row: Draft) -> str:
    """Address of the screen that asks for materials."""
    no = next((n for n, s in enumerate(steps_of(row), 1) if s.kind == "materials"), 1)
    return step_href(code, row, no)


def early(row: Draft) -> bool:
    """Whether it answers what was said before the application (预受理), and no correction notice."""
    return row.case is not None and row.case.phase == Case.Phase.PRECHECK


def looked_at_within(row: Draft) -> str:
    """The time within which the papers are looked at first (预受理); "" where the matter promises none."""
    return limit_words(terms_of(row.version).precheck) if services.promises_precheck(row) else ""


def sending(row: Draft) -> fields.FormNav:
    """The buttons at the end: how it can be sent."""
    code = row.version.offering.implementation_code or ""
    back = parts.Act(_("上一步"), step_href(code, row, len(steps_of(row)) - 1))
    if early(row):
        return fields.FormNav(_("交去再次预审"), back, other=("formally", _("直接正式申请")))
    if row.purpose == Draft.Purpose.SUPPLY:
        return fields.FormNav(_("提交补正"), back)
    other = ("precheck", _("先请预审")) if services.promises_precheck(row) else None
    return fields.FormNav(_("提交申请"), back, other=other)


def handed_in_before(row: Draft) -> dict[str, str]:
    """In the answer to a notice: what the case holds already, material → what is said beside it."""
    words = {
        "supplied": _("已经交过，不用再传；要换的重新上传"), "passed": _("已经交过并且合格，不用再传"),
        "shared": _("已经共享核验，不用上传"),
    }  # fmt: skip
    held = row.case.state["materials"] if row.case is not None else {}
    return {key: words[status] for key, status in held.items() if status in words}
