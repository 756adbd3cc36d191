"""The unit's own records at the workbench: the list, and one record with what may be done to it."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.text import whole_number
from tongban.base.ui import fields, parts, work
from tongban.base.ui.fields import Option
from tongban.base.ui.format import cn_date, cn_time
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.disclosure import services
from tongban.platforms.disclosure.aids import aids_for
from tongban.platforms.disclosure.enclosed import enclosed
from tongban.platforms.disclosure.metadata import day_of, form_of, read_form
from tongban.platforms.disclosure.models import Deed, Record, RecordCase
from tongban.platforms.disclosure.provisions import schemes, suggested
from tongban.platforms.disclosure.services.permitting import speaks_for
from tongban.platforms.disclosure.together import desk_links
from tongban.registry.access import account_of, staff_only
from tongban.registry.models import Account
from tongban.registry.queries import organisation_name, today

SIZE = 30
CHIPS: dict[str, Any] = {
    "draft": "", "review": "info", "ready": "info", "released": "ok", "closed": "hold", "withdrawn": "bad"
}  # fmt: skip
DEEDS = {
    "created": "建立", "imported": "从文件收入", "mended": "修改", "released": "公开", "withdrawn": "撤下", "related": "建立关联",
    "unrelated": "解除关联",
    "submitted": "提交发布", "checked": "核对来源", "reviewed": "保密审查", "returned": "审查退回", "signed": "签发、定公开属性",
    "registered": "登记签发和公开属性",
    "rescheduled": "改发布时间", "taken_back": "收回发布", "rereviewed": "定期评估审查", "columns": "归入栏目", "classed": "改分类",
    "annexed": "增加附件", "annex_removed": "删除附件", "file_replaced": "更换原文件", "file_removed": "去掉原文件",
    "file_cleared": "核对原文件，随正文公开", "agreed": "确认别的文件对它的效力",
}  # fmt: skip


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Records of the units one sees, the newest first."""
    account = account_of(request)
    if not scopes(account).of("view"):
        raise PermissionDenied
    state, text = request.GET.get("state", ""), request.GET.get("q", "").strip()[:100]
    page = min(whole_number(request.GET.get("page", "")) or 0, 10_000)
    rows = Record.objects.visible_to(account).order_by("-updated_at", "-pk")
    if state in Record.State.values:
        rows = rows.filter(state=state)
    if text:
        rows = (
            rows.filter(title__icontains=text)
            | rows.filter(number__icontains=text)
            | rows.filter(index_number=text)
        )
    shown = list(rows.defer("body", "words")[page * SIZE : (page + 1) * SIZE + 1])
    return render(
        request,
        "disclosure/records.html",
        {
            "page": workbench(request, _("公开文件"), "disclosure"),
            "may_import": scopes(account).of("handle").whole,
            "filter": work.FilterBar(
                reverse("disclosure:records"),
                selects=(
                    work.Select(
                        "state", _("状态"), (Option("", _("全部状态")), *(Option(v, str(n)) for v, n in Record.State.choices)), state
                    ),
                ),
                query=text,
                query_label=_("标题、文号或索引号"),
            ),
            "table": parts.table(
                (_("名称"), _("文号"), _("发布机构"), _("成文日期"), _("状态")),
                tuple(
                    (
                        parts.Cell(r.title, r.index_number or "", reverse("disclosure:record", args=[r.uid])),
                        r.number or "—",
                        organisation_name(r.publisher_id),
                        cn_date(r.issued_on) if r.issued_on else "—",
                        parts.Chip(CHIPS[r.state], str(r.get_state_display())),
                    )
                    for r in shown[:SIZE]
                ),
                _("公开文件"),
                caption_hidden=True,
                dense=True,
            )
            if shown
            else None,
            "empty": parts.Empty(_("还没有文件"), _("导入文件，读出来的标题、文号和日期由您确认。"), icon="file-earmark-text"),
            "pager": work.BulkBar(
                (),
                work.pager({"q": text, "state": state}, page, more=len(shown) > SIZE, shown=len(shown[:SIZE])),
                keys=False,
            ),
        },
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One record: mended, released, related, withdrawn."""
    account = account_of(request)
    record = Record.objects.visible_to(account).select_related("file").filter(uid=uid).first()
    if record is None:
        raise Http404
    error, status = "", 200
    wrong: dict[str, str] = {}
    if request.method == "POST":
        try:
            _act(account, record, request)
        except Refused as refused:
            error, status = refused.message, 422
            wrong = {str(refused.detail.get("field", "")): error}
        else:
            return redirect("disclosure:record", uid=uid)
    held = scopes(account)
    drafting = held.of("handle").admits(record.publisher_id)
    return render(
        request,
        "disclosure/record.html",
        {
            "page": workbench(
                request,
                record.title,
                "disclosure",
                subtitle=record.index_number or str(record.get_state_display()),
            ),
            "record": record,
            "chip": parts.Chip(CHIPS[record.state], str(record.get_state_display())),
            "error": parts.Notice("bad", error, _("没有保存，填的内容还在。")) if error else None,
            "returned": _returned(record),
            "waiting": _waiting(account, record),
            "files": enclosed(record),
            "fields": form_of(record, request.POST if error else {}, errors=wrong)
            if drafting and record.state == Record.State.DRAFT
            else [],
            "terms": _terms(record),
            "deeds": [
                (cn_time(d.at), deed_words(d), d.account) for d in record.deeds.select_related("account")
            ],
            "may_submit": drafting and record.state == Record.State.DRAFT and not _running(record),
            "source": fields.Field(
                "source",
                _("与原件核对的情况"),
                value=request.POST.get("source", ""),
                error=wrong.get("source", ""),
                maxlength=300,
            ),
            "signed_on": fields.Field(
                "signed_on",
                _("签发日期"),
                "date",
                request.POST.get("signed_on", ""),
                error=wrong.get("signed_on", ""),
                required=False,
                hint=_(
                    "已经签发的文件填写，公开期限从这一天起算；还没有签发的不填，由单位负责人在办理中签发。"
                ),
            ),
            "signer": fields.Field(
                "signer",
                _("签发人"),
                value=request.POST.get("signer", ""),
                required=False,
                maxlength=40,
                hint=_("已经签发的，照文件上的签名填写。"),
            ),
            "unexplained": record.attribute != Record.Attribute.PROACTIVE,
            "cases": [_case(row) for row in record.cases.select_related("case")],
            "columns": columns_of(record, request.POST if error else None)
            if drafting and record.state in (Record.State.DRAFT, Record.State.RELEASED)
            else (),
            "aids": aids_for(record) if record.state in (Record.State.DRAFT, Record.State.REVIEW) else [],
            "may_withdraw": held.of("decide").admits(record.publisher_id)
            and record.state == Record.State.RELEASED,
            "together": desk_links(record) if drafting else [],
            "why": fields.Field("why", _("撤下的原因"), value=request.POST.get("why", ""), maxlength=300),
            "notice": fields.Field(
                "notice",
                _("给公众的说明"),
                value=request.POST.get("notice", ""),
                required=False,
                maxlength=300,
                hint=_("写在原来的地址上，例如新文件在哪里；不要重复被撤下的内容。"),
            ),
            "public": reverse("disclosure:document", args=[record.index_number]) if record.is_public else "",
        },
        status=status,
    )


def _waiting(account: Account, record: Record) -> parts.Notice | None:
    """That another unit's document is said to end or change this one, and this unit is to agree."""
    n = record.linked_from.filter(confirmed=False).count()
    if not n or not speaks_for(account, record.publisher_id):
        return None
    return parts.Notice(
        "warn",
        _("有 %(n)s 份别的单位的文件说替代、修改或者废止了这一份，等待确认。") % {"n": n},
        _("确认以前不生效，公众也看不到。在“关联”里确认或者解除。"),
    )


def _returned(record: Record) -> parts.Notice | None:
    """Why the review sent a draft back, and who did, until it is handed on again."""
    if record.state != Record.State.DRAFT:
        return None
    moves = record.deeds.filter(act__in=("submitted", "checked", "returned", "taken_back"))
    last = moves.select_related("account").order_by("-at", "-pk").first()
    if last is None or last.act != "returned":
        return None
    why = last.detail.get("reason") or last.detail.get("opinion") or ""
    said = _("审查退回：%(why)s") % {"why": why} if why else _("审查退回")
    return parts.Notice(
        "warn",
        f"{said}（{last.account}）" if last.account else said,
        _("改好以后先保存，再到下面的办件里核对来源，重新交审查。"),
    )


def deed_words(deed: Deed) -> str:
    """What was done, for the list of deeds: a document signed before says when and by whom, not who entered it."""
    signed_on = deed.detail.get("signed_on", "")
    if deed.act != "registered" or not signed_on:
        return _(DEEDS.get(deed.act, deed.act))
    said = _("登记：已于%(day)s签发") % {"day": cn_date(date.fromisoformat(signed_on))}
    named = deed.detail.get("opinion", "")
    return f"{said}，{named}" if named else said


def _running(record: Record) -> bool:
    return record.cases.filter(ended_at=None).exists()


def _case(row: RecordCase) -> tuple[str, str, str, str]:
    """A case about the record: its kind, its number, its address, how far it is."""
    how = str(row.case.stage or _("办理中")) if row.ended_at is None else _("已办结")
    return str(row.get_kind_display()), row.number, reverse("desk:case", args=[row.number]), how


def columns_of(
    record: Record, typed: QueryDict | None = None
) -> tuple[tuple[str, bool, tuple[tuple[str, str, bool], ...]], ...]:
    """The columns a record may go into: by scheme its name, whether anything of it is ticked, and (key, name, ticked).

    Ticked are those that were `typed`, else those it is in, of a record in none those its title suggests.
    """
    held = set(record.columns) or set(suggested(record.title, today()))
    if typed is not None and "asked_columns" in typed:
        held = set(typed.getlist("columns"))
    return tuple(
        (
            scheme.name,
            any(item.key in held for column in scheme.columns for item in column.items),
            tuple((item.key, f"{column.name}：{item.name}", item.key in held) for column in scheme.columns for item in column.items),
        )
        for scheme in schemes(today())
    )  # fmt: skip


def _act(account: Account, record: Record, request: HttpRequest) -> None:
    do = request.POST.get("do", "")
    if do == "mend":
        _save(account, record, request.POST)
        messages.success(request, _("已保存。"))
    elif do == "submit":
        signed = request.POST.get("signed_on", "").strip()
        with transaction.atomic():  # refused, nothing of it is kept
            _save(account, record, request.POST)
            services.submit(
                account, record, source=request.POST.get("source", ""),
                signed_on=day_of(signed, "signed_on", "签发日期"), signer=request.POST.get("signer", ""),
                explained="unexplained" not in request.POST,
            )  # fmt: skip
        messages.success(request, _("已保存并提交。审查、签发和发布由办件带着走，进度看办件。"))
    elif do == "columns":
        services.put_into(account, record, request.POST.getlist("columns"))
        messages.success(request, _("已归入所选的栏目。"))
    elif do == "withdraw":
        services.withdraw(
            account, record, why=request.POST.get("why", ""), notice=request.POST.get("notice", "")
        )
        messages.success(request, _("已经撤下。原来的地址会说明时间和原因。"))
    else:
        raise Refused("unknown_field", "没有这样的操作。")


def _save(account: Account, record: Record, post: QueryDict) -> None:
    """Keep what the form of a draft says: its elements, and its columns where the form asks for them."""
    with transaction.atomic():
        if said := read_form(post):
            services.mend_record(account, record, said)
        if "asked_columns" in post:
            services.put_into(account, record, post.getlist("columns"))


def _terms(record: Record) -> parts.Terms:
    rows = (
        (_("索引号"), record.index_number or _("公开时编")), (_("文号"), record.number), (_("发文机关"), record.issuer),
        (_("发布机构"), organisation_name(record.publisher_id)), (_("成文日期"), cn_date(record.issued_on) if record.issued_on else ""),
        (_("公开日期"), cn_date(record.published_on) if record.published_on else ""), (_("主题分类"), record.theme_name),
        (_("体裁分类"), record.genre_name), (_("公开属性"), str(record.get_attribute_display())), (_("理由"), record.attribute_reason),
        (_("签发日期"), cn_date(record.signed_on) if record.signed_on else ""),
        (_("定时发布"), cn_time(record.release_at) if record.release_at and record.state == Record.State.READY else ""),
        (_("下次评估审查"), cn_date(record.review_on) if record.review_on else ""),
        (_("有效性"), str(record.get_validity_display())), (_("撤下原因"), record.withdrawn_why), (_("撤下说明"), record.withdrawn_notice),
    )  # fmt: skip
    return parts.Terms(tuple((name, value) for name, value in rows if value))
