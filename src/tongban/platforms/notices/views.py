"""Notices at the workbench, for who administers the installation: how sending goes, and the words by date."""

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.calendar import CHINA
from tongban.base.codes import mask_phone
from tongban.base.text import whole_number
from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date, cn_time
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.platforms.notices import queries, services
from tongban.platforms.notices.book import CHANNELS, CODE, SENT, book, filled
from tongban.platforms.notices.channels import available
from tongban.platforms.notices.models import Address, Message, TemplateVersion
from tongban.registry.access import account_of, staff_only
from tongban.registry.models import Account

PAGE = 50
CHIPS: dict[str, parts.ChipKind] = {"waiting": "info", "sent": "ok", "failed": "bad", "dropped": "hold"}


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def deliveries(request: HttpRequest) -> HttpResponse:
    """Messages on their way out, found by their number or a case's; what was given up can be tried again."""
    account = _administrator(request)
    if request.method == "POST":
        services.retry(account, whole_number(request.POST.get("message", "")) or 0)
        messages.success(request, _("会再发一次。"))
        return redirect("notices:deliveries")
    asked = {k: request.GET.get(k, "").strip()[:40] for k in ("q", "status", "channel")}
    rows = queries.deliveries(account, **asked)
    found = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    to = {
        (a.account_id, a.channel): a.value
        for a in Address.objects.filter(account_id__in={m.account_id for m in found})
    }
    going = queries.outlook()
    return render(
        request,
        "notices/deliveries.html",
        {
            "page": workbench(
                request, _("发送情况"), "deliveries",
                subtitle=_("开通：%(on)s") % {"on": "、".join(CHANNELS[c] for c in sorted(available())) or _("没有外发渠道")},
            ),
            "asked": (
                fields.Field("q", _("消息号或办件编号"), value=asked["q"], required=False, maxlength=24),
                fields.Field("status", _("状态"), "select", asked["status"] or "all", required=False,
                    options=(fields.Option("all", _("全部")), *(fields.Option(v, str(n)) for v, n in Message.Status.choices))),
            ),
            "warn": _("%(late)s 条等了 10 分钟以上，最近一天有 %(failed)s 条没有送出。") % going if any(going.values()) else "",
            "table": parts.table(
                (_("消息号"), _("内容"), _("渠道"), _("收件"), _("时间"), _("状态"), parts.Column(_("次数"), right=True), _("错误")),
                [
                    _line(m, to.get((m.account_id, m.channel), ""))
                    for m in found
                ],
                _("外发的消息"), caption_hidden=True, dense=True, empty=_("没有符合的消息。"),
            ),
            "found": found,
            "kept": urlencode(asked),
            "failed": [m for m in found if m.status == "failed"],
        },
    )  # fmt: skip


@staff_only
@require_safe
def templates(request: HttpRequest) -> HttpResponse:
    """Every notice and channel, with the words in force today."""
    _administrator(request)
    rows = [
        (
            parts.Cell(_event(event), queries.words_of(event, channel).body[:60], reverse("notices:template", args=[event, channel])),
            CHANNELS[channel],
            _version(queries.words_of(event, channel).no),
        )
        for event in _events() for channel in SENT
    ]  # fmt: skip
    return render(
        request,
        "notices/templates.html",
        {
            "page": workbench(
                request, _("通知模板"), "templates", subtitle=_("按起用日期换用，旧的文字留着。")
            ),
            "table": parts.table((_("通知"), _("渠道"), _("现用")), rows, _("通知模板"), caption_hidden=True),
        },
    )


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def template(request: HttpRequest, event: str, channel: str) -> HttpResponse:
    """The words of one notice: what holds, what held, and new ones from a day on."""
    account = _administrator(request)
    if event not in _events() or channel not in SENT:
        raise Http404(_("没有这个模板"))
    now = queries.words_of(event, channel)
    tomorrow = datetime.now(CHINA).date() + timedelta(days=1)
    typed = {"subject": now.subject, "body": now.body, "valid_from": tomorrow.isoformat(), "note": ""}
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = {key: request.POST.get(key, "").strip()[:4000] for key in typed}
        try:
            begins = date.fromisoformat(typed["valid_from"])
        except ValueError:
            errors["valid_from"] = _("这不像一个日期")
        else:
            try:
                services.edit_template(
                    account,
                    event,
                    channel,
                    subject=typed["subject"],
                    body=typed["body"],
                    valid_from=begins,
                    note=typed["note"],
                )
            except Refused as refused:
                errors[str(refused.detail.get("field", "body"))] = refused.message
            else:
                messages.success(request, _("新的文字自 %(day)s 起用。") % {"day": cn_date(begins)})
                return redirect("notices:template", event=event, channel=channel)
    places = {
        k: v
        for k, v in book()["placeholders"].items()
        if (k in ("site", "code")) == (event == CODE) or k == "site"
    }
    asked = (
        *((fields.Field("subject", _("主题"), value=typed["subject"], error=errors.get("subject", ""), maxlength=200, wide=True),)
          if channel == "email" else ()),
        fields.Field("body", _("正文"), "textarea", typed["body"],
            _("可以用：%(all)s") % {"all": "，".join(f"{{{k}}} {v}" for k, v in places.items())}, errors.get("body", ""), rows=8),
        fields.Field("valid_from", _("起用日期"), "date", typed["valid_from"], error=errors.get("valid_from", "")),
        fields.Field("note", _("修改说明"), value=typed["note"], error=errors.get("note", ""), maxlength=200, wide=True),
    )  # fmt: skip
    return render(
        request,
        "notices/template.html",
        {
            "page": workbench(request, f"{_event(event)} · {CHANNELS[channel]}", "templates", subtitle=_version(now.no)),
            "asked": asked, "summary": fields.summary_of(asked), "now": now, "sample": filled(now.body, _SAMPLE),
            "history": parts.table(
                (_("版本"), _("起用"), _("说明"), _("修改人"), _("正文")),
                [
                    (_version(v.no), cn_date(v.valid_from), v.note, str(v.by), v.body)
                    for v in TemplateVersion.objects.filter(event=event, channel=channel).select_related("by")[:50]
                ],
                _("以前和以后的版本"), caption_hidden=True, empty=_("还没有改过，用的是随系统提供的文字。"),
            ),
        },
        status=422 if errors else 200,
    )  # fmt: skip


_SAMPLE = {
    "site": "通办", "title": "已受理：食品经营许可", "number": "2611220000123", "link": "https://…/track/2611220000123/",
    "rate": "https://…/rate/…/", "code": "123456",
}  # fmt: skip


def _administrator(request: HttpRequest) -> Account:
    account = account_of(request)
    if not queries.may_administer(account):
        raise PermissionDenied
    return account


def _line(row: Message, to: str) -> tuple[Any, ...]:
    return (
        str(row.pk), parts.Cell(_event(row.event), row.number), CHANNELS[row.channel], _masked(to),
        cn_time(row.ended_at or row.created_at), parts.Chip(CHIPS[row.status], row.get_status_display()),
        parts.Cell(str(row.attempts), number=True), row.error,
    )  # fmt: skip


def _events() -> list[str]:
    return [*book()["events"], CODE]


def _event(event: str) -> str:
    return str(book()["names"].get(event, event))


def _version(no: int) -> str:
    return _("第 %(n)s 版") % {"n": no} if no else _("随系统提供")


def _masked(value: str) -> Any:
    if "@" in value:
        name, _at, host = value.partition("@")
        return f"{name[:1]}***@{host}"
    return mask_phone(value) if value else "–"
