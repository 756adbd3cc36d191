"""回避: declare a relation, end it, decide about others' declarations, and the list of them."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tongban.base.text import whole_number
from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date, cn_time
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.supervision import recusal
from tongban.platforms.supervision.models import Relation
from tongban.registry.access import account_of, staff_only
from tongban.registry.models import Account, Holding
from tongban.registry.queries import today

PAGE = 20
CHIPS = {
    "pending": parts.Chip("warn", "等待决定"),
    "granted": parts.Chip("ok", "同意回避"),
    "dismissed": parts.Chip("", "不需回避"),
}
ID_TYPES = (fields.Option("111", "居民身份证"), fields.Option("uscc", "统一社会信用代码"))


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Declarations one may see, and the form for one's own."""
    account = account_of(request)
    typed = {k: request.POST.get(k, "").strip()[:200] for k in ("number", "id_type", "id_number", "words")}
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            if typed["number"]:
                recusal.declare_for_case(account, number=typed["number"], words=typed["words"])
            else:
                recusal.declare_relation(
                    account,
                    words=typed["words"],
                    id_type=typed["id_type"] or "111",
                    id_number=typed["id_number"],
                )
        except Refused as refusal:
            errors[str(refusal.detail.get("field", "words"))] = refusal.message
        else:
            messages.success(request, _("已申报，从现在起您不办理相关的办件，等负责人决定。"))
            return HttpResponseRedirect(reverse("supervision:recusals"))
    return _page(request, account, typed, errors)


@staff_only
@require_POST
def act(request: HttpRequest, relation_id: int) -> HttpResponse:
    """Decide about a declaration, or end one's own."""
    account, post = account_of(request), request.POST
    try:
        if post.get("deed") == "end":
            recusal.end_relation(account, relation_id)
            messages.success(request, _("已结束，记录保留。"))
        else:
            numbers = recusal.decide(
                account, relation_id, grant=post.get("deed") == "grant", words=post.get("words", ""),
                hand_to=whole_number(post.get("hand_to", "")),
            )  # fmt: skip
            moved = (
                _("，转办 %(n)s 件：%(numbers)s") % {"n": len(numbers), "numbers": "、".join(numbers)}
                if numbers
                else ""
            )
            messages.success(request, _("已决定") + moved + "。")
    except Refused as refusal:
        if refusal.code == "not_found":
            raise Http404(str(relation_id)) from None
        typed = {
            "deciding": str(relation_id),
            "decision": post.get("words", "")[:200],
            "hand_to": post.get("hand_to", ""),
        }
        return _page(request, account, typed, {}, refusal)
    return HttpResponseRedirect(reverse("supervision:recusals"))


def _page(
    request: HttpRequest,
    account: Account,
    typed: dict[str, str],
    errors: dict[str, str],
    refusal: Refused | None = None,
) -> HttpResponse:
    rows = (
        recusal.relations_of(account).select_related("account", "decided_by").order_by("-declared_at", "-pk")
    )
    pending = [
        r for r in rows.filter(status=Relation.Status.PENDING)[:PAGE] if not recusal.may_decide(account, r)
    ]
    found = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    form = _form(typed, errors)
    return render(
        request,
        "supervision/recusals.html",
        {
            "page": workbench(request, _("回避 %(n)s 条") % {"n": found.paginator.count}, "recusals",
                              subtitle=_("与申请人有亲属、利害或者其他可能影响公正的关系，应当申报；申报以后由负责人决定。")),
            "form": form, "summary": fields.summary_of(form) if errors else None,
            "deciding": [(r, work, _decision(r, work, typed, refusal)) for r in pending for work in (_work(r),)],
            "notice": parts.Notice("bad", refusal.message, _("什么都没有改动，您填的内容都在。")) if refusal else None,
            "table": _table(account, list(found)) if found.object_list else None,
            "found": found,
            "empty": parts.Empty(_("还没有申报"), _("您申报的，和由您决定的，都列在这里。"), icon="people"),
            "mine": list(rows.filter(account=account, valid__endswith=None)[:PAGE]),
        },
        status=409 if errors or refusal else 200,
    )  # fmt: skip


def _table(account: Account, found: list[Relation]) -> parts.Table:
    return parts.table(
        (_("申报人"), _("关系"), _("对谁"), _("状态"), _("决定"), _("期间"), _("申报")),
        [
            (
                r.account.display_name if r.account_id != account.pk else _("我"),
                r.words,
                parts.Cell(r.case_number, "", reverse("desk:case", args=[r.case_number])) if r.case_number else _("证件号码，只存摘要"),
                CHIPS[r.status],
                parts.Cell(r.decision or "—", str(r.decided_by or "")),
                f"{cn_date(r.valid.lower)} 起" if r.valid.upper is None else f"{cn_date(r.valid.lower)} 至 {cn_date(r.valid.upper)}",
                cn_time(r.declared_at),
            )
            for r in found
        ],
        _("回避申报"), caption_hidden=True, dense=True,
    )  # fmt: skip


def _work(relation: Relation) -> list[str]:
    return [f"{t.case.number}“{t.name}”" for t in recusal.work_of(relation)]


def _decision(
    relation: Relation, work: list[str], typed: dict[str, str], refusal: Refused | None
) -> tuple[fields.Field, ...]:
    """What is asked of who decides: the reason, and, where there is work in hand, to whom it goes."""
    here = typed.get("deciding") == str(relation.pk)
    wrong = {str(refusal.detail.get("field", "")): refusal.message} if refusal and here else {}

    def field(name: str, label: str, kind: fields.FieldType, value: str, **more: Any) -> fields.Field:
        return fields.Field(
            name,
            label,
            kind,
            value if here else "",
            error=wrong.get(name, ""),
            place=str(relation.pk),
            **more,
        )

    words = field("words", _("决定的理由"), "textarea", typed.get("decision", ""), rows=2)
    if not work:
        return (words,)
    colleagues = field(
        "hand_to",
        _("相关工作转给"),
        "select",
        typed.get("hand_to", ""),
        required=False,
        options=_colleagues(relation),
    )
    return words, colleagues


def _colleagues(relation: Relation) -> tuple[fields.Option, ...]:
    """Who else holds a post in the units of whoever declared."""
    held = Holding.objects.filter(
        post__organisation_id__in=scopes(relation.account).org_ids,
        post__abolished_on=None,
        valid__contains=today(),
    )
    people = held.exclude(account_id=relation.account_id).select_related("account", "post")
    rows = people.order_by("account_id", "post_id")
    options = dict.fromkeys((str(h.account_id), f"{h.account.display_name}（{h.post.name}）") for h in rows)
    return tuple(fields.Option(value, name) for value, name in options)


def _form(typed: dict[str, str], errors: dict[str, str]) -> tuple[fields.Field, ...]:
    def field(
        name: str, label: str, kind: fields.FieldType = "text", hint: str = "", default: str = "", **more: Any
    ) -> fields.Field:
        return fields.Field(name, label, kind, typed.get(name) or default, hint, errors.get(name, ""), **more)

    return (
        field("number", _("办件编号"), hint=_("只对一件办件回避时填"), required=False, maxlength=24),
        field("id_type", _("证件类型"), "select", options=ID_TYPES, required=False, default="111"),
        field(
            "id_number",
            _("对方的证件号码"),
            hint=_("对这个人或者单位的全部办件回避时填；只存摘要，不存号码"),
            required=False,
            maxlength=24,
        ),
        field(
            "words", _("是什么关系"), "textarea", _("例如：配偶的胞兄；持有该企业股份"), rows=2, maxlength=200
        ),
    )
