"""How a person wants to be told (我的通知): channels by kind of notice, and the addresses they confirmed."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.base.ui import fields
from tongban.engine.errors import Refused
from tongban.faces.hall.views.me import shell, whose
from tongban.faces.rate import within
from tongban.platforms.notices import services
from tongban.platforms.notices.book import CHANNELS, SENT, book
from tongban.platforms.notices.channels import available
from tongban.platforms.notices.models import Address
from tongban.platforms.notices.queries import wanted

TRIES = 20


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def channels(request: HttpRequest) -> HttpResponse:
    """Choose channels, give an address, confirm it by the code sent there."""
    account = whose(request)
    errors: dict[str, str] = {}
    typed: dict[str, str] = {}
    if request.method == "POST":
        typed = {
            key: request.POST.get(key, "").strip()[:254] for key in (*SENT, *(f"code-{c}" for c in SENT))
        }
        deed, _colon, channel = request.POST.get("deed", "").partition(":")
        try:
            if not within(request, "address", TRIES):
                errors[channel or "email"] = _("试得太多了，请 10 分钟后再来。")
            elif deed == "choose":
                services.choose(
                    account, {kind: request.POST.getlist(f"kind-{kind}") for kind in book()["kinds"]}
                )
                messages.success(request, _("已经记下。"))
            elif deed == "address" and channel in SENT:
                services.state_address(account, channel, typed[channel])
                messages.success(request, _("验证码已经发出，请在下面填写。"))
            elif deed == "confirm" and channel in SENT:
                services.confirm(account, channel, typed[f"code-{channel}"])
                messages.success(request, _("已经核对，可以用来收通知。"))
            elif deed == "remove" and channel in SENT:
                services.forget_address(account, channel)
                messages.success(request, _("已经删除，不再往那里发。"))
        except Refused as refused:
            errors[str(refused.detail.get("field", channel))] = refused.message
        if not errors:
            return redirect("hall:me-channels")
    known = {row.channel: row for row in Address.objects.filter(account=account)}
    on = available()
    places = [_place(c, known.get(c), typed, errors) for c in SENT if c in on]
    asked = [field for place in places for field in place["fields"]]
    return render(
        request,
        "hall/me/channels.html",
        {
            **shell(request, account, "channels", _("我的通知")),
            "places": places,
            "choices": [
                fields.Field(
                    f"kind-{kind}", said["name"], "checkbox", sorted(wanted(account.pk, kind)), said["hint"], required=False,
                    options=tuple(fields.Option(c, name) for c, name in CHANNELS.items() if c == "site" or c in on),
                )
                for kind, said in book()["kinds"].items()
            ],
            "summary": fields.summary_of(asked),
        },
        status=422 if errors else 200,
    )  # fmt: skip


def _place(
    channel: str, row: Address | None, typed: dict[str, str], errors: dict[str, str]
) -> dict[str, Any]:
    email = channel == "email"
    value = typed.get(channel) or (row.value.removeprefix("+86") if row else "")
    asked = [
        fields.Field(channel, _("邮箱") if email else _("手机号码"), "email" if email else "mobile", value,
            error=errors.get(channel, ""), autocomplete="email" if email else "tel", maxlength=254),
    ]  # fmt: skip
    waiting = row is not None and row.confirmed_at is None
    if waiting:
        code = f"code-{channel}"
        asked.append(
            fields.Field(code, _("验证码"), value=typed.get(code, ""), hint=_("6 位数字，30 分钟内有效"), error=errors.get(code, ""),
                autocomplete="one-time-code", maxlength=6, required=False)
        )  # fmt: skip
    return {"channel": channel, "name": CHANNELS[channel], "row": row, "waiting": waiting, "fields": asked}
