"""One's own affairs (我的办事): cases, drafts, messages, profile. Only for who is signed in."""

from typing import Any

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongban.base.codes import is_phone, mask_citizen_id, mask_phone
from tongban.base.text import whole_number
from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date, cn_day, cn_time
from tongban.base.ui.shell import PublicPage, public_page
from tongban.engine.models import Case
from tongban.engine.parties import invitations
from tongban.faces.hall import services
from tongban.faces.hall.models import Draft
from tongban.faces.hall.queries import cases_of, drafts_of, notices_of, unread
from tongban.faces.hall.steps import NAME_CHECKED, steps_of
from tongban.faces.hall.views.rating import rating_href, to_rate
from tongban.faces.progress import case_name, case_row
from tongban.faces.visitor import account_of, visitor_of
from tongban.platforms.rating.queries import unrated
from tongban.registry.identity import open_id_number
from tongban.registry.models import Account

PAGE = 20
#: Which step of a case a message tells of, where it is one that applicants rate.
RATED_BY = {
    "case.accepted": "acceptance", "case.deemed_accepted": "acceptance", "case.refused": "acceptance",
    "decision.made": "result", "case.delivered": "delivery",
}  # fmt: skip
_HEADS = {
    "cases": "我的办件",
    "drafts": "没填完的",
    "file": "证照和材料",
    "parties": "参与别人的办件",
    "messages": "办件和账号上的事",
    "channels": "怎样告诉您",
    "profile": "登记的信息",
}
LEVELS = (
    (0, "未实名", "可以填草稿，不能提交申请。"),
    (
        1,
        "本人填报",
        "姓名和身份证号码由本人填报，号码校验位正确，没有核对证件。可以提交申请；填错了可以重填。",
    ),
    (2, "窗口核验", "带身份证到政务服务大厅窗口核对过本人和证件。"),
    (3, "企业经办", "窗口核验过身份，并核对过单位的授权。可以代表单位办事。"),
)


@never_cache
@login_required
@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    """My cases: first what waits for me."""
    account = whose(request)
    rows = cases_of(account)
    which = request.GET.get("show", "")
    shown, closed = rows, Q(phase=Case.Phase.CLOSED)
    if which in ("closed", "open"):
        shown = rows.filter(closed if which == "closed" else ~closed)
    found = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    held = (case_row(c) for c in rows.filter(phase__in=("correcting", "suspended"))[:10])
    waiting = [row for row in held if row["chip"].kind == "warn"]
    return render(
        request,
        "hall/me/cases.html",
        {
            **shell(request, account, "cases", _("我的办事")),
            "table": parts.table(
                (_("事项"), _("编号"), _("申请日期"), _("状态")),
                [
                    (
                        parts.Cell(row["name"], c.applicant_name if c.applicant_kind == "organisation" else "", row["href"]),
                        parts.Cell(c.number, number=True), cn_day(c.opened_at), row["chip"],
                    )
                    for c in found
                    for row in (case_row(c),)
                ],
                _("我的办件"), caption_hidden=True,
            ),
            "found": found,
            "show": which,
            "waiting": waiting,
            "rate": _to_rate(rows),
            "drafts": list(drafts_of(account, visitor_of(request))[:3]),
            "empty": parts.Empty(_("还没有办件"), _("您提交的申请会出现在这里，随时能看到办到哪一步。"), _begin()),
        },
    )  # fmt: skip


@never_cache
@login_required
@require_GET
def drafts(request: HttpRequest) -> HttpResponse:
    """My drafts, with what is left of their thirty days."""
    account = whose(request)
    rows = []
    for d in drafts_of(account, visitor_of(request))[:50]:
        code, steps = d.version.offering.implementation_code, steps_of(d)
        at = min(d.step, len(steps))
        name = (
            _("补正：%(name)s") % {"name": d.version.name}
            if d.purpose == Draft.Purpose.SUPPLY
            else d.version.name
        )
        rows.append(
            (
                parts.Cell(name, "", reverse("hall:apply-step", args=[code, d.pk, at])),
                _("第 %(n)s 步，共 %(all)s 步：%(name)s")
                % {"n": at, "all": len(steps), "name": steps[at - 1].name},
                cn_time(d.saved_at),
                cn_date(d.expires_at),
                parts.Cell(_("删除"), "", reverse("hall:apply-remove", args=[code, d.pk])),
            )
        )
    heads = (_("事项"), _("填到"), _("保存"), _("保留到"), parts.Column(_("操作"), hidden_name=True))
    return render(
        request,
        "hall/me/drafts.html",
        {
            **shell(request, account, "drafts", _("我的草稿")),
            "table": parts.table(heads, rows, _("我的草稿"), caption_hidden=True) if rows else None,
            "empty": parts.Empty(_("没有草稿"), _("填到一半的申请会自动保存在这里，保留 30 天。"), _begin(), "pencil"),
        },
    )  # fmt: skip


@never_cache
@login_required
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """My messages, newest first."""
    account = whose(request)
    found = Paginator(notices_of(account), PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "hall/me/messages.html",
        {
            **shell(request, account, "messages", _("我的消息")),
            "found": found,
            "lines": [
                (m, to_rate(m.case, RATED_BY[m.type]) if m.case and m.type in RATED_BY else "") for m in found
            ],
            "empty": parts.Empty(
                _("没有消息"), _("收件、补正告知、受理、决定和送达都会在这里告诉您。"), icon="bell"
            ),
        },
    )


@never_cache
@login_required
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark a message read and go to its case, or mark all of them."""
    account, one = whose(request), request.POST.get("notice", "")
    if not one:
        services.mark_read(account)
        return redirect("hall:me-messages")
    found = notices_of(account).filter(pk=whole_number(one) or 0).first()
    if found is None:
        raise Http404(_("没有这条消息"))
    services.mark_read(account, found.pk)
    case = found.case
    if case is None:  # told of the account itself
        return redirect("hall:me-profile")
    if not cases_of(account).filter(pk=case.pk).exists():  # asked to take part, or told as a third party
        return redirect("hall:me-parties")
    return redirect("hall:case", number=case.number)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Who I am to the platform, how surely, and how to be surer."""
    account = whose(request)
    to = request.POST.get("_next", "") or request.GET.get("next", "")
    errors: dict[str, str] = {}
    given = {"name": account.display_name, "id_number": "", "phone": account.phone}
    if request.method == "POST":
        given = {key: request.POST.get(key, "").strip()[:60] for key in given}
        if given["phone"] and not is_phone(given["phone"]):
            errors["phone"] = _("这不像一个电话号码")
        else:
            errors = services.state_real_name(
                account, name=given["name"], id_number=given["id_number"], phone=given["phone"]
            )
        if not errors:
            flash.success(request, _("实名信息已登记，等级 1（本人填报）。"))
            safe = url_has_allowed_host_and_scheme(
                to, {request.get_host()}, require_https=request.is_secure()
            )
            return HttpResponseRedirect(to if safe else reverse("hall:me-profile"))
    asked = (
        fields.Field("name", _("姓名"), value=given["name"], error=errors.get("name", ""), hint=_("与身份证一致"),
            autocomplete="name", maxlength=30,
        ),
        fields.Field("id_number", _("身份证号码"), "idcard", given["id_number"], _("18 位，末位是 X 的请填大写 X"),
            errors.get("id_number", ""),
        ),
        fields.Field("phone", _("手机号码"), "mobile", given["phone"], error=errors.get("phone", ""), required=False, autocomplete="tel"),
    )  # fmt: skip
    number = open_id_number(account)
    return render(
        request,
        "hall/me/profile.html",
        {
            **shell(request, account, "profile", _("我的资料")),
            "level": account.real_name_level,
            "levels": LEVELS,
            "facts": parts.Terms((
                (_("账号"), account.username), (_("姓名"), account.display_name or "–"),
                (_("证件"), f"{account.get_id_type_display()} {mask_citizen_id(number)}" if number else "–"),
                (_("手机"), mask_phone(account.phone) if account.phone else "–"),
                (_("实名等级"), f"{account.real_name_level} · {LEVELS[account.real_name_level][1]}"),
            )),
            "asked": asked if account.real_name_level <= NAME_CHECKED else (),
            "summary": fields.summary_of(asked),
            "to": to,
        },
    )  # fmt: skip


def _to_rate(rows: QuerySet[Case]) -> list[tuple[str, str, int]]:
    """The latest cases with steps that wait for a rating: name, address, how many."""
    found = ((c, unrated(c)) for c in rows[:30])
    return [(case_name(c), rating_href(c), n) for c, n in found if n][:10]


def shell(request: HttpRequest, account: Account, key: str, title: str) -> dict[str, Any]:
    """What stands around every page of one's own affairs: page and tabs."""
    n, asked = unread(account), len(invitations(account))
    tabs = (
        ("cases", _("办件"), "hall:me"),
        ("drafts", _("草稿"), "hall:me-drafts"),
        ("file", _("材料"), "hall:me-file"),
        ("parties", _("参与 %(n)s") % {"n": asked} if asked else _("参与"), "hall:me-parties"),
        ("messages", _("消息 %(n)s") % {"n": n} if n else _("消息"), "hall:me-messages"),
        ("channels", _("通知"), "hall:me-channels"),
        ("profile", _("资料"), "hall:me-profile"),
    )
    shown = tuple(parts.Tab(text, reverse(name), k == key) for k, text, name in tabs)
    page: PublicPage = public_page(
        title, "me", () if key == "cases" else ((_("我的办事"), reverse("hall:me")),)
    )
    return {"page": page, "head": parts.SectionHead(_HEADS[key], "m-head", tabs=shown)}


def _begin() -> tuple[parts.Act, ...]:
    return (parts.Act(_("去办事"), reverse("hall:guides"), "primary"),)


def whose(request: HttpRequest) -> Account:
    """Who is signed in; 404 for nobody."""
    account = account_of(request)
    if account is None:
        raise Http404
    return account
