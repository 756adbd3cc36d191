"""Complaining about one's own case (投诉): signed in, or by its number and secret; who takes it is decided by the topic."""

from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.base.codes import is_phone
from tongban.base.ui import fields, parts
from tongban.base.ui.shell import public_page
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.engine.queries import tracked_case
from tongban.faces.hall.queries import cases_of
from tongban.faces.progress import NUMBER_HINT, case_name, case_row
from tongban.faces.rate import TRACKED, TooOften, guessed, within
from tongban.faces.visitor import account_of
from tongban.platforms.supervision.complaints import SHORTEST, complain
from tongban.platforms.supervision.models import Complaint
from tongban.registry.models import Account
from tongban.registry.queries import organisation_name

COMPLAINTS = 10  # that an address may file in ten minutes
CRUMBS = (("进度与结果", "/track/"),)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest) -> HttpResponse:
    """The form: about which case, what is complained of, and the words."""
    account = account_of(request)
    asked = request.POST or request.GET
    number = asked.get("number", "").replace(" ", "").upper()[:24]
    typed = {k: request.POST.get(k, "").strip()[:2000] for k in ("secret", "topic", "words", "phone")}
    errors: dict[str, str] = {}
    about, status = _own(account, number), 200
    if number and account is not None and about is None and request.method != "POST":
        raise Http404(_("没有这个办件，或者它不是您的"))
    if request.method == "POST" and about is None:
        about, said, status = _by_pair(request, number, typed["secret"])
        errors |= {"secret": said} if said else {}
    if "words" in request.POST:
        if wrong := _wrong(typed):
            errors, status = {**errors, **wrong}, max(status, 409)
        if not errors and not within(request, "complain", COMPLAINTS):
            errors["words"], status = _("投诉得太多了，请 10 分钟后再试，或者拨打热线。"), 429
        if not errors and about is not None:
            try:
                return _sent(request, account if _own(account, number) else None, about, typed)
            except Refused as refused:
                errors[str(refused.detail.get("field", "words"))] = refused.message
                status = 409
    groups = _fields(about, number, typed, errors, signed_in=_own(account, number) is not None)
    return render(
        request,
        "hall/complain/form.html",
        {
            "page": public_page(_("投诉这件办件") if about else _("投诉"), "track", CRUMBS,
                                lead=_("5 个工作日内决定是否受理，受理后 15 个工作日内答复您；不用登录。")),
            "about": (case_name(about), about.number, organisation_name(about.org_id)) if about else None,
            "mine": [case_row(c) for c in cases_of(account).exclude(kind="complaint")[:10]]
            if account is not None and about is None
            else [],
            "groups": groups,
            "summary": fields.summary_of(tuple(f for _title, those in groups for f in those)),
            "command_id": request.POST.get("command_id") or uuid4(),
            "hidden": {"number": number, **({"secret": typed["secret"]} if typed["secret"] else {})} if about else {},
        },
        status=status,
    )  # fmt: skip


def _by_pair(request: HttpRequest, number: str, secret: str) -> tuple[Case | None, str, int]:
    """The case of number and secret, else what is wrong and the status to say it with."""
    try:
        about = guessed(request, "track", TRACKED, lambda: tracked_case(number, secret))
    except TooOften:
        return None, _("试得太多了，请 10 分钟后再试；也可以登录后在“我的办事”里投诉。"), 429
    return about, "" if about else _("编号和查询密码对不上。请看回执，密码是 12 位字母和数字。"), 200


def _wrong(typed: dict[str, str]) -> dict[str, str]:
    """What is still to be mended of what was typed, all of it at once: field → words."""
    wrong = {}
    if not typed["topic"]:
        wrong["topic"] = _("请选择投诉的是什么。")
    if len(typed["words"]) < SHORTEST:
        wrong["words"] = _("请写清楚事情的经过，至少十个字。")
    if typed["phone"] and not is_phone(typed["phone"]):
        wrong["phone"] = _("这不像一个电话号码")
    return wrong


def _own(account: Account | None, number: str) -> Case | None:
    return cases_of(account).filter(number=number).first() if account is not None and number else None


def _sent(request: HttpRequest, account: Account | None, about: Case, typed: dict[str, str]) -> HttpResponse:
    try:
        command = UUID(request.POST.get("command_id", ""))
    except ValueError:
        raise Refused("page_too_old", _("页面放得太久了，请再按一次。")) from None
    outcome = complain(
        account,
        about=about,
        topic=typed["topic"],
        words=typed["words"],
        phone=typed["phone"],
        command_id=command,
    )
    row = Complaint.objects.get(pk=outcome.case_id)
    rows: list[tuple[str, Any]] = [(_("投诉编号"), parts.Copy(outcome.number))]
    if outcome.secret:
        rows.append((_("查询密码"), parts.Copy(outcome.secret)))
    rows += [
        (_("被投诉的办件"), about.number),
        (_("由谁办理"), organisation_name(row.taken_by_id)),
        (_("期限"), _("5 个工作日内决定是否受理，受理后 15 个工作日内答复")),
    ]
    return render(
        request,
        "hall/complain/sent.html",
        {
            "page": public_page(_("投诉已经收到"), "track", CRUMBS, lead=_("被投诉的单位不参与办理。")),
            "terms": parts.Terms(tuple(rows)),
            "secret": outcome.secret,
            "href": reverse("hall:case", args=[outcome.number]) if account else reverse("hall:track"),
        },
    )


def _fields(
    about: Case | None, number: str, typed: dict[str, str], errors: dict[str, str], *, signed_in: bool
) -> tuple[tuple[str, tuple[fields.Field, ...]], ...]:
    which = (
        fields.Field("number", _("办件编号"), value=number, hint=_(NUMBER_HINT), maxlength=24),
        fields.Field("secret", _("查询密码"), value=typed["secret"], hint=_("回执上的 12 位字母和数字"),
                     error=errors.get("secret", ""), maxlength=40),
    )  # fmt: skip
    topics = tuple(fields.Option(str(value), str(name)) for value, name in Complaint.Topic.choices)
    what: tuple[fields.Field, ...] = (
        fields.Field("topic", _("投诉的是什么"), "radio", typed["topic"], error=errors.get("topic", ""), options=topics),
        fields.Field("words", _("事情的经过"), "textarea", typed["words"], _("什么时候、在哪里、谁、做了什么；希望怎么解决"),
                     errors.get("words", ""), rows=6, maxlength=2000),
    )  # fmt: skip
    if not signed_in:
        what += (
            fields.Field("phone", _("手机号码"), "mobile", typed["phone"], _("答复后可以通知您；不告诉被投诉的单位"),
                         errors.get("phone", ""), required=False, autocomplete="tel"),
        )  # fmt: skip
    return ((_("投诉"), what),) if about else ((_("哪一件"), which), (_("投诉"), what))
