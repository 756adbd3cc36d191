"""Pages of payment orders (缴款单): the day's list, one order with its acts, the slip that anybody with its code may print."""

from datetime import date
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.base.sheets import sheet_response
from tongban.base.text import day_asked
from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date, cn_time, money
from tongban.base.ui.qr import qr_code
from tongban.base.ui.rail import workbench
from tongban.base.ui.shell import public_page
from tongban.engine.errors import Refused
from tongban.engine.people import mask_name, scopes
from tongban.engine.queries import can_see, sees_personal
from tongban.platforms.fees import queries, services
from tongban.platforms.fees.gateways import gateway
from tongban.platforms.fees.models import Order
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.queries import organisation_name, today

PAGE = 200
CHIPS: dict[str, parts.ChipKind] = {"pending": "warn", "paid": "ok", "void": "", "refunded": "info"}


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The orders of a day, with its sums: what was made, paid, refunded, and what is open."""
    account = account_of(request)
    day = _day(request)
    orders = queries.orders_for(account)
    number = request.GET.get("q", "").strip().upper()[:20]
    rows = list((orders.filter(number=number) if number else queries.on_day(orders, day))[:PAGE])
    if number and len(rows) == 1:
        return redirect("fees:one", number=number)
    sums = queries.day_sum(orders, day)
    table = parts.table(
        (_("缴款单号"), _("项目"), parts.Column(_("金额"), right=True), _("状态"), _("开单"), _("缴费"), _("回单号")),
        [
            (
                parts.Cell(o.number, o.case.offering_version.name, reverse("fees:one", args=[o.number])), o.name,
                parts.Cell(money(o.amount), number=True), _chip(o), cn_time(o.made_at), cn_time(o.paid_at), o.bill,
            )
            for o in rows
        ],
        _("缴款单"), caption_hidden=True, dense=True, empty=_("这一天没有缴款单。"),
    )  # fmt: skip
    return render(
        request,
        "fees/index.html",
        {
            "page": workbench(request, _("缴款单"), "fees", subtitle=cn_date(day)),
            "kpis": parts.Kpis(
                (
                    parts.stat(_("当日收款"), money(sums.paid_yuan), "", _("%(n)s 笔") % {"n": sums.paid}),
                    parts.stat(
                        _("当日退付"), money(sums.refunded_yuan), "", _("%(n)s 笔") % {"n": sums.refunded}
                    ),
                    parts.stat(_("还没有缴"), money(sums.open_yuan), "", _("%(n)s 张") % {"n": sums.open}),
                )
            ),
            "table": table,
            "day": day,
            "number": number,
            "export": bool(scopes(account).of("export")),
        },
    )


@staff_only
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """A day's orders as XLSX, for the bank's list to be laid beside."""
    account = account_of(request)
    if not scopes(account).of("export"):
        raise PermissionDenied
    day = _day(request)
    rows = queries.on_day(queries.exportable(account), day)
    record_access(account, "export", f"fees {day}", rows=rows.count())
    return sheet_response(
        _("缴款对账") + f"-{day:%Y%m%d}",
        (
            (_("缴款单号"), 20), (_("办件编号"), 20), (_("执收单位"), 30), (_("收费项目"), 24), (_("金额（元）"), 12),
            (_("状态"), 8), (_("开单时间"), 18), (_("缴费时间"), 18), (_("方式"), 12), (_("回单号"), 24), (_("收款人员"), 12),
            (_("退付、作废时间"), 18), (_("原因"), 30),
        ),
        (
            (
                o.number, o.case.number, organisation_name(o.organisation_id), o.name, o.amount,
                str(o.get_status_display()), o.made_at, o.paid_at, o.way, o.bill,
                str(o.cashier) if o.cashier else "", o.ended_at, o.reason,
            )
            for o in rows.iterator(chunk_size=500)
        ),
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One order; entering the payment, voiding and making it anew, refunding."""
    account = account_of(request)
    order = queries.orders_for(account).filter(number=number.upper()).first()
    if order is None:
        raise Http404(number)
    error, typed = "", {}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "").strip()[:500] for name in ("bill", "reason")}
        try:
            return _act(request, order, typed)
        except Refused as refused:
            error = refused.message
        except ValueError:
            error = _("页面放得太久了，请再按一次。")
    works = any(can_see(account, order.case, verb) for verb in ("accept", "handle"))
    name = order.case.applicant_name if sees_personal(account, order.case) else _masked(order)
    return render(
        request,
        "fees/one.html",
        {
            "page": workbench(request, _("缴款单 %(no)s") % {"no": order.number}, "fees"),
            "order": order,
            "terms": parts.Terms((*_terms(order, name), *_done(order))),
            "chip": _chip(order),
            "notice": parts.Notice("bad", error, _("没有登记，填的内容还在。")) if error else None,
            "works": works,
            "bill": fields.Field("bill", _("银行回单号或票据号"), value=typed.get("bill", ""), maxlength=64),
            "reason": fields.Field("reason", _("原因"), value=typed.get("reason", ""), maxlength=500),
            "command_id": str(uuid4()),
        },
        status=409 if error else 200,
    )


@never_cache
@require_safe
def slip(request: HttpRequest, token: UUID) -> HttpResponse:
    """The order to print, behind its QR code; the payer's name is masked. Paid online where there is a gateway."""
    order = queries.order_by_token(token)
    if order is None:
        raise Http404
    way = gateway()
    address = request.build_absolute_uri(request.path)
    href = (
        way.pay_href(order.number, order.amount, order.name, address)
        if way and order.status == "pending"
        else ""
    )
    return render(
        request,
        "fees/slip.html",
        {
            "page": public_page(_("缴款单")),
            "order": order,
            "chip": _chip(order),
            "terms": parts.Terms((*_terms(order, _masked(order)), *_done(order))),
            "qr": qr_code(address),
            "href": href,
        },
    )


@csrf_exempt
@require_POST
def notice(request: HttpRequest) -> HttpResponse:
    """A gateway's notice of payment: its signature is checked by the gateway's class, the sum by us."""
    way = gateway()
    said = way.read_notice(request.body, request.headers) if way else None
    if way is None or said is None:
        return JsonResponse({"error": {"code": "not_signed"}}, status=401)
    try:
        order = services.take_notice(said, way.name)
    except Refused as refused:
        return JsonResponse({"error": {"code": refused.code, "message": refused.message}}, status=409)
    return JsonResponse({"order": order.number, "status": order.status})


def _act(request: HttpRequest, order: Order, typed: dict[str, str]) -> HttpResponse:
    account, command = account_of(request), UUID(request.POST.get("command_id", ""))
    what = request.POST.get("do", "")
    if what == "pay":
        services.enter_payment(account, order, bill=typed["bill"], command_id=command)
        messages.success(request, _("已登记缴费。"))
    elif what == "void":
        order = services.reissue(account, order, reason=typed["reason"], command_id=command)
        messages.success(request, _("已作废，新的缴款单是 %(no)s。") % {"no": order.number})
    elif what == "refund":
        services.refund(account, order, reason=typed["reason"], command_id=command)
        messages.success(request, _("已登记退付。"))
    return redirect("fees:one", number=order.number)


def _terms(order: Order, name: str) -> tuple[tuple[str, str], ...]:
    return (
        (_("缴款单号"), order.number), (_("执收单位"), organisation_name(order.organisation_id)),
        (_("缴款人"), name), (_("事项"), order.case.offering_version.name), (_("办件编号"), order.case.number),
        (_("收费项目"), order.name), (_("收费标准"), order.standard or "—"), (_("金额"), money(order.amount)),
        (_("收款人"), order.payee), (_("请在此日前缴"), cn_date(order.due_on)),
    )  # fmt: skip


def _done(order: Order) -> list[tuple[str, str]]:
    rows = []
    if order.paid_at:
        rows += [(_("缴费时间"), cn_time(order.paid_at)), (_("回单号"), order.bill), (_("方式"), order.way)]
    if order.ended_at:
        rows.append((str(order.get_status_display()), f"{cn_time(order.ended_at)} {order.reason}"))
    return rows


def _chip(order: Order) -> parts.Chip:
    if order.status == Order.Status.PENDING and order.due_on < today():
        return parts.Chip("bad", _("逾期未缴"))
    return parts.Chip(CHIPS[order.status], str(order.get_status_display()))


def _masked(order: Order) -> str:
    return mask_name(order.case.applicant_name, order.case.applicant_kind)


def _day(request: HttpRequest) -> date:
    return day_asked(request.GET.get("day", "")) or today()
