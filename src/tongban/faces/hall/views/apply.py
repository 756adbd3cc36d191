"""Applying (网上申请) and answering a correction notice: one screen a question group, a draft that keeps everything."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongban.base.files import download
from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date
from tongban.base.ui.shell import public_page
from tongban.engine.errors import Refused
from tongban.faces.application import application_form, error_summary, form_fields, form_told, row_asked_for
from tongban.faces.hall import services
from tongban.faces.hall.models import Draft
from tongban.faces.hall.own import file_of
from tongban.faces.hall.queries import draft_of, drafts_of, is_somebodys
from tongban.faces.hall.steps import NAME_CHECKED, Step, steps_of, ways_to_apply
from tongban.faces.hall.views.handing_in import (
    early,
    handed_in_before,
    lacking_words,
    looked_at_within,
    materials_href,
    materials_told,
    sending,
    step_href,
    take,
    take_own,
    upload_row,
)
from tongban.faces.rate import within
from tongban.faces.visitor import account_of, visitor_of
from tongban.platforms.delivery import services as delivery
from tongban.platforms.delivery.asking import fields_for
from tongban.platforms.delivery.services import Said
from tongban.registry import queries as registry
from tongban.registry.access import SignedOut
from tongban.registry.models import OfferingVersion

DRAFTS = 120  # that an address may begin in an hour
SECRETS = "hall_secrets"  # in the session: number -> secret, until it has been shown once


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Who applies; drafts begun earlier are offered."""
    version = _version(code)
    own = version.offering.implementation_code
    if (
        own and code != own
    ):  # come by the matter's basic code: drafts live under the code of who carries it out
        return redirect("hall:apply", code=own)
    ways = ways_to_apply(version.content)
    account, error, status = account_of(request), "", 200
    if request.method == "POST":
        who = request.POST.get("_who", "")
        if not within(request, "draft", DRAFTS, 3600):
            error, status = _("这一小时新开的申请太多了，请过一会儿再来；登录后可以接着填以前的草稿。"), 429
        elif who in {key for key, _words, _hint in ways}:
            draft = services.begin_draft(account, visitor_of(request, make=True), version=version, who=who)
            return redirect("hall:apply-step", code=code, draft=draft.pk, step=2)
        else:
            error = _("请选择谁来申请")
    first = ways[0][0] if len(ways) == 1 else ""
    steps = steps_of(Draft(version=version, who=first or Draft.Who.SELF))
    open_drafts = list(drafts_of(account, visitor_of(request), version_code=code)[:3])
    return render(
        request,
        "hall/apply/start.html",
        {
            "page": _page(version, _("网上申请")),
            "version": version,
            "code": code,
            "steps": fields.Steps(tuple(s.name for s in steps), 1),
            "summary": fields.ErrorSummary((("f-_who", error),), onward=True) if error else None,
            "who": _who_field(version, first, error),
            "nav": fields.FormNav(
                _("开始填写"), parts.Act(_("返回指南"), reverse("hall:guide", args=[code]))
            ),
            "drafts": [(d, reverse("hall:apply-step", args=[code, d.pk, _last(d)])) for d in open_drafts],
            "signed_in": account is not None,
            "login": _login(request),
            "materials": [
                m["name"] for m in version.content.get("materials", ()) if m["necessity"] == "required"
            ],
            "help": _help(version),
        },
        status=status,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, code: str, draft: UUID, step: int) -> HttpResponse:
    """One screen of a draft."""
    row = _draft(request, code, draft)
    if row.sent_at is not None and row.case is not None:
        return redirect(
            "hall:receipt" if row.purpose == Draft.Purpose.APPLY else "hall:case", number=row.case.number
        )
    if row.removed_at is not None:
        return render(
            request,
            "hall/apply/removed.html",
            {"page": _page(row.version, _("草稿已删除")), "draft": row, "code": code},
        )
    if (moved := _moved(request, row)) is not None:
        return moved
    steps = steps_of(row)
    if not 1 <= step <= len(steps):
        raise Http404(_("没有这一步"))
    now = steps[step - 1]
    if request.method == "POST":
        return _STEPS[now.kind](request, code, row, step, now)
    return _SHOWN[now.kind](request, code, row, step, now, {})  # fmt: skip


@never_cache
@require_POST
def save(request: HttpRequest, code: str, draft: UUID, step: int) -> HttpResponse:
    """Autosave: keeps what was typed on a screen, judges nothing."""
    row = _open_draft(request, code, draft)
    steps = steps_of(row)
    if not 1 <= step <= len(steps):
        raise Http404(_("没有这一步"))
    services.save_typed(row, steps[step - 1], request.POST)
    return JsonResponse({"saved_at": f"{timezone.localtime(row.saved_at):%H:%M}"})


@never_cache
@require_POST
def upload(request: HttpRequest, code: str, draft: UUID, key: str) -> HttpResponse:
    """One file sent by itself (JavaScript); answers with the material's row as it is now."""
    row = _open_draft(request, code, draft)
    error = take(request, row, key)
    material = next(
        (m for m in services.wanted(row, services.answered(account_of(request), row)[0]) if m.key == key),
        None,
    )
    if material is None:
        raise Http404(_("没有这份材料"))
    return HttpResponse(upload_row(code, row, material, error).render({}))  # fmt: skip


@never_cache
@require_GET
def file(request: HttpRequest, code: str, draft: UUID, file: UUID) -> FileResponse:
    """A file of one's own draft, as a download."""
    row = _draft(request, code, draft)
    found = row.files.select_related("file").filter(pk=file).first()
    if found is None:
        raise Http404(_("没有这个文件"))
    return download(found.file, found.name)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def remove_file(request: HttpRequest, code: str, draft: UUID, file: UUID) -> HttpResponse:
    """Ask, then take a file out of the draft."""
    row = _open_draft(request, code, draft)
    found = row.files.filter(pk=file).first()
    back = materials_href(code, row)
    if found is None:
        return redirect(back)
    if request.method == "POST":
        services.remove_file(row, found.pk)
        messages.success(request, _("已删除 %(name)s。") % {"name": found.name})
        return redirect(back)
    names = {m["key"]: m["name"] for m in row.version.content.get("materials", ())}
    return _confirm(
        request,
        _page(row.version, _("删除文件")),
        fields.Confirm(
            _("删除这个文件？"), request.path, _("删除"), parts.Act(_("不删，回到材料"), back),
            rows=((_("文件"), found.name), (_("材料"), names.get(found.material, ""))), danger=True,
        ),
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, code: str, draft: UUID) -> HttpResponse:
    """Delete a draft; the page after it offers to take that back."""
    row = _open_draft(request, code, draft)
    if request.method == "POST":
        services.remove_draft(row)
        return redirect("hall:apply-step", code=code, draft=row.pk, step=1)
    return _confirm(
        request,
        _page(row.version, _("删除草稿")),
        fields.Confirm(
            _("删除这份草稿？"), request.path, _("删除草稿"),
            parts.Act(_("不删，接着填"), reverse("hall:apply-step", args=[code, row.pk, _last(row)])),
            (_("填的内容和传好的文件一起删除；一天之内可以恢复。"),), danger=True,
        ),
    )  # fmt: skip


@never_cache
@require_POST
def restore(request: HttpRequest, code: str, draft: UUID) -> HttpResponse:
    """Take the deletion of a draft back."""
    row = _draft(request, code, draft)
    services.restore_draft(row)
    messages.success(request, _("草稿已恢复，填的内容和文件都在。"))
    return redirect("hall:apply-step", code=code, draft=row.pk, step=_last(row))


# -- screens -----------------------------------------------------------------------------------------


def _show_who(
    request: HttpRequest, code: str, row: Draft, no: int, step: Step, given: Mapping[str, Any]
) -> HttpResponse:
    error = given.get("error", "")
    return _screen(
        request, code, row, no, "hall/apply/form.html",
        {
            "groups": (fields.FieldGroup(_("谁来申请"), (_who_field(row.version, row.who, error),)),),
            "summary": fields.ErrorSummary((("f-_who", error),), onward=True) if error else None,
        },
    )  # fmt: skip


def _send_who(request: HttpRequest, code: str, row: Draft, no: int, step: Step) -> HttpResponse:
    who = request.POST.get("_who", "")
    if who not in {key for key, _words, _hint in ways_to_apply(row.version.content)}:
        return _show_who(request, code, row, no, step, {"error": _("请选择谁来申请")})
    services.choose_who(row, who)
    return _onwards(request, code, row, no)


def _show_form(
    request: HttpRequest, code: str, row: Draft, no: int, step: Step, given: Mapping[str, Any]
) -> HttpResponse:
    errors = given.get("errors", {})
    known = _known(request, row)
    groups = application_form(row.version.content, row.typed, errors, known, groups=step.groups)
    return _screen(
        request, code, row, no, "hall/apply/form.html",
        {"groups": groups, "summary": error_summary(row.version.content, errors, onward=True)},
    )  # fmt: skip


def _send_form(request: HttpRequest, code: str, row: Draft, no: int, step: Step) -> HttpResponse:
    unknown = services.save_typed(row, step, request.POST)
    if "later" in request.POST:
        return _put_aside(request, code, row)
    if table := row_asked_for(row.version.content, request.POST):  # kept; shown again with a row more or less
        return redirect(f"{request.path}#f-{table}")
    _data, errors = services.answered(account_of(request), row, step.groups)
    if unknown:
        errors[""] = _("提交的内容里有这张表单没有的项，没有收下。请刷新页面再试。")
    if errors:
        return _show_form(request, code, row, no, step, {"errors": errors})
    return _onwards(request, code, row, no)


def _show_materials(
    request: HttpRequest, code: str, row: Draft, no: int, step: Step, given: Mapping[str, Any]
) -> HttpResponse:
    errors: Mapping[str, str] = given.get("errors", {})
    data, _errors = services.answered(account_of(request), row)
    asked = services.wanted(row, data)
    supply = row.purpose == Draft.Purpose.SUPPLY
    have = set(row.files.values_list("material", flat=True))
    later = [m for m in asked if m.later and m.key not in have]
    extra: list[fields.Field] = []
    if later and not supply:
        extra.append(
            fields.Field(
                "_later", _("这些材料现在没有，先提交，以后再补"), "checkbox", row.later,
                _("受理后请在告知的期限内补齐。"), required=False,
                options=tuple(fields.Option(m.key, m.name, str(m.raw.get("fill_note", ""))) for m in later),
            )
        )  # fmt: skip
    if supply:
        extra.append(
            fields.Field("_note", _("补正说明"), "textarea", row.note,
                _("改了什么，一两句话说清楚，方便经办人核对。"), required=False, maxlength=1000,
            )
        )  # fmt: skip
    names, more = {m.key: m.name for m in asked}, request.GET.get("more", "")
    account = account_of(request)
    mine = file_of(account) if account is not None and asked else []
    lines = tuple((f"u-{key}", f"{names.get(key, '')}：{words}") for key, words in errors.items())
    given = handed_in_before(row) if supply else {}
    return _screen(
        request, code, row, no, "hall/apply/materials.html",
        {
            "uploads": fields.Uploads(
                tuple(
                    upload_row(
                        code, row, m, errors.get(m.key, ""), more=more == m.key, mine=mine, given=given.get(m.key, "")
                    )
                    for m in asked
                )
            ),
            "count": len(asked),
            "extra": extra,
            "summary": fields.ErrorSummary(lines, fields.KEPT, onward=True) if lines else None,
            "asked_for": services.asked_of(row) if supply else (),
            "early": early(row),
        },
    )  # fmt: skip


def _send_materials(request: HttpRequest, code: str, row: Draft, no: int, step: Step) -> HttpResponse:
    errors = {key: error for key in request.FILES if (error := take(request, row, key))}
    errors |= take_own(request, row)
    services.save_typed(row, step, request.POST)
    if errors:
        return _show_materials(request, code, row, no, step, {"errors": errors})
    if "later" in request.POST:
        return _put_aside(request, code, row)
    if row.purpose == Draft.Purpose.APPLY:
        data, _errors = services.answered(account_of(request), row)
        lacking = {m.key: lacking_words(m) for m in services.missing(row, data)}
        if lacking and not services.promises_precheck(row):  # what is looked at first may lack something
            return _show_materials(request, code, row, no, step, {"errors": lacking})
    return _onwards(request, code, row, no)


def _show_review(
    request: HttpRequest, code: str, row: Draft, no: int, step: Step, given: Mapping[str, Any]
) -> HttpResponse:
    account, content = account_of(request), row.version.content
    data, errors = services.answered(account, row)
    known = _known(request, row)
    steps = steps_of(row)
    masks = {
        name: filled.shown for name, filled in known.items() if filled.locked and filled.shown != filled.value
    }
    supply = row.purpose == Draft.Purpose.SUPPLY
    lacking = [] if supply else services.missing(row, data)
    at = {
        name: i
        for i, s in enumerate(steps, 1)
        for name in (f["name"] for f in form_fields(content, s.groups))
        if s.kind == "form"
    }
    by_title = {str(g.get("title", "")): g for g in content.get("form", {}).get("groups", ())}
    told = []
    for n, (title, rows) in enumerate(form_told(content, data, masks), 1):
        names = [f["name"] for f in by_title.get(title, {}).get("fields", ())]
        told.append(
            (n, title, parts.Terms(tuple(rows)), step_href(code, row, at.get(names[0], 1) if names else 1))
        )
    summary = error_summary(content, errors)
    lines = [
        (f"go-{at.get(control.removeprefix('f-').partition('.')[0], 1)}", words)
        for control, words in (summary.errors if summary is not None else ())
    ]
    if given or not services.promises_precheck(
        row
    ):  # what is looked at first may lack something: the table says what
        lines += [("go-materials", f"{m.name}：{lacking_words(m)}") for m in lacking]
    if supply:
        lines += [
            (
                "go-materials",
                _("%(item)s：还没有补。请上传材料、改填写内容，或者在补正说明里写清楚") % {"item": item},
            )
            for item in services.undone(account, row, data)
        ]
    lines += given.get("lines", [])
    sure = fields.Field(
        "_sure",
        _("我确认以上内容和材料真实、准确，愿意承担不实的法律责任"),
        "checkbox",
        "",
        error=given.get("sure", ""),
    )
    return _screen(
        request, code, row, no, "hall/apply/review.html",
        {
            "told": told,
            "who": next((w for k, w, _h in ways_to_apply(content) if k == row.who), ""),
            "who_href": step_href(code, row, 1),
            "materials": materials_told(code, row, data, lacking),
            "materials_href": materials_href(code, row),
            "summary": fields.ErrorSummary(tuple(lines), fields.KEPT) if lines else None,
            "wrong": [(n, s.name, step_href(code, row, n)) for n, s in enumerate(steps, 1) if any(i == f"go-{n}" for i, _w in lines)],
            "sure": sure,
            "delivery": ()
            if supply or not delivery.asked(content)
            else fields_for(given.get("wish", Said()), given.get("wrong_wish", {})),
            "ready": not errors and not lacking,
            "nav": sending(row),
            "early": early(row),
            "precheck": looked_at_within(row),
            "login": None if account is not None else _login(request),
            "level": account.real_name_level if account is not None else 0,
            "needs_name": account is not None and account.real_name_level < NAME_CHECKED,
            "note": row.note,
            "supply": supply,
        },
    )  # fmt: skip


def _send_review(request: HttpRequest, code: str, row: Draft, no: int, step: Step) -> HttpResponse:
    account = account_of(request)
    if "later" in request.POST:
        return _put_aside(request, code, row)
    if account is None:
        return HttpResponseRedirect(_login(request))
    if not request.POST.get("_sure"):
        words = _("请先确认内容真实")
        wish, _wrong = delivery.read(request.POST)
        given = {"sure": words, "lines": [("f-_sure", words)], "wish": wish}
        return _show_review(request, code, row, no, step, given)
    wish, wrong = delivery.read(request.POST)
    if wrong:
        lines = [(f"f-{name}", words) for name, words in wrong.items()]
        return _show_review(request, code, row, no, step, {"wish": wish, "wrong_wish": wrong, "lines": lines})
    try:
        if row.purpose == Draft.Purpose.SUPPLY:
            before, formally = early(row), "formally" in request.POST
            outcome = services.send_supply(account, row, formally=formally)
            messages.success(
                request,
                _("补正材料已交，经办人会接着办。")
                if not before
                else _("已正式申请，材料都已带过来。")
                if formally
                else _("已交去再次预审。"),
            )
            return redirect("hall:case", number=outcome.number)
        outcome = services.send_application(account, row, wish, precheck="precheck" in request.POST)
    except Refused as refused:
        if refused.code in ("form_invalid", "materials_missing", "real_name_needed", "nothing_supplied"):
            return _show_review(request, code, row, no, step, _told_by(refused))
        return _show_review(request, code, row, no, step, {"lines": [("main", refused.message)]})
    if outcome.secret:
        request.session[SECRETS] = {**request.session.get(SECRETS, {}), outcome.number: outcome.secret}
    return redirect("hall:receipt", number=outcome.number)


_SHOWN = {"who": _show_who, "form": _show_form, "materials": _show_materials, "review": _show_review}
_STEPS = {"who": _send_who, "form": _send_form, "materials": _send_materials, "review": _send_review}


# -- parts -------------------------------------------------------------------------------------------


def _screen(
    request: HttpRequest, code: str, row: Draft, no: int, template: str, more: Mapping[str, Any]
) -> HttpResponse:
    steps = steps_of(row)
    now = steps[no - 1]
    first = row.purpose == Draft.Purpose.APPLY
    back = parts.Act(_("上一步"), step_href(code, row, no - 1)) if no > 1 else None
    if no == 1 and not first and row.case is not None:
        back = parts.Act(_("回到办件"), reverse("hall:case", args=[row.case.number]))
    submit = _("保存并进入下一步") if now.kind != "review" else _("提交申请") if first else _("提交补正")
    saved = timezone.localtime(row.saved_at)
    return render(
        request,
        template,
        {
            "page": _page(row.version, now.name, supply=not first),
            "draft": row,
            "code": code,
            "steps": fields.Steps(
                tuple(s.name for s in steps), no, tuple(step_href(code, row, n) for n in range(1, no))
            ),
            "nav": fields.FormNav(submit, back, _("保存，稍后再填") if now.kind != "review" else ""),
            "autosave": reverse("hall:apply-save", args=[code, row.pk, no]),
            "saved": parts.Notice(
                "", _("草稿已保存，%(time)s") % {"time": f"{saved:%H:%M}"},
                (
                    _("换设备登录也能接着填，保留到 %(day)s。")
                    if row.account_id
                    else _("保存在这台设备上；登录后换设备也能接着填，保留到 %(day)s。")
                )
                % {"day": cn_date(row.expires_at)}, slim=True,
            ),
            "done": [(s.name, step_href(code, row, n)) for n, s in enumerate(steps, 1) if n < no and s.kind != "review"],
            "remove_href": reverse("hall:apply-remove", args=[code, row.pk]),
            "help": _help(row.version),
            **more,
        },
    )  # fmt: skip


def _told_by(refused: Refused) -> dict[str, Any]:
    """What the engine still misses is told in its words; what the page finds itself needs none."""
    return {"lines": [("go-materials", refused.message)]} if refused.code == "materials_missing" else {}


def _who_field(version: OfferingVersion, value: str, error: str) -> fields.Field:
    options = tuple(fields.Option(key, words, hint) for key, words, hint in ways_to_apply(version.content))
    return fields.Field("_who", _("谁是申请人？"), "radio", value, error=error, options=options)


def _help(version: OfferingVersion) -> parts.AsideList:
    content = version.content
    code = version.offering.implementation_code or content["matter"]["code"]
    return parts.AsideList(
        _("需要帮忙"), "a-help",
        (
            (_("办事指南：条件、材料、时限"), reverse("hall:guide", args=[code]), ""),
            (_("电话 %(phone)s") % {"phone": content.get("phone", "")}, "", content.get("hours", "")),
            (_("也可以到窗口办"), "", content.get("place", "")),
        ),
    )  # fmt: skip


def _page(version: OfferingVersion, here: str, *, supply: bool = False) -> Any:
    code = version.offering.implementation_code or ""
    title = _("补正：%(name)s") % {"name": version.name} if supply else version.name
    crumbs = ((_("政务服务"), reverse("hall:guides")), (version.name, reverse("hall:guide", args=[code])))
    return public_page(f"{title} · {here}", "service", crumbs)


def _confirm(request: HttpRequest, page: Any, confirm: fields.Confirm) -> HttpResponse:
    return render(request, "hall/confirm.html", {"page": page, "confirm": confirm})


def _moved(request: HttpRequest, row: Draft) -> HttpResponse | None:
    """Say so when the guide has a newer version than the draft, and go on with what fits."""
    if row.purpose == Draft.Purpose.SUPPLY:
        return None
    current = registry.guide(row.version.offering_id)
    if current is None:
        return render(
            request,
            "hall/apply/retired.html",
            {"page": _page(row.version, _("已停止办理")), "version": row.version},
            status=410,
        )
    if current.pk == row.version_id:
        return None
    lost = services.move_to_version(row, current)
    code = row.version.offering.implementation_code or ""
    words = _("办事指南换了新版（第 %(no)s 版），您填的内容已带过来。") % {"no": current.no}
    if lost:
        words += _("新版里没有或选项变了、要再看一遍的：%(names)s。") % {"names": "、".join(lost)}
    messages.warning(request, words)
    return redirect("hall:apply-step", code=code, draft=row.pk, step=2)  # fmt: skip


def _onwards(request: HttpRequest, code: str, row: Draft, no: int) -> HttpResponse:
    if "later" in request.POST:
        return _put_aside(request, code, row)
    services.reached(row, no + 1)
    return redirect("hall:apply-step", code=code, draft=row.pk, step=no + 1)


def _put_aside(request: HttpRequest, code: str, row: Draft) -> HttpResponse:
    if account_of(request) is not None:
        messages.success(request, _("草稿已保存，保留到 %(day)s。") % {"day": cn_date(row.expires_at)})
        return redirect("hall:me-drafts")
    messages.success(request, _("草稿已保存在这台设备上。登录后换设备也能接着填。"))
    return redirect("hall:apply", code=code)


def _version(code: str) -> OfferingVersion:
    version = registry.guide(code)
    if version is None or version.content["initiated_by"] != "application":
        raise Http404(_("这个事项不能在网上申请"))
    return version


def _draft(request: HttpRequest, code: str, draft: UUID) -> Draft:
    account = account_of(request)
    row = draft_of(account, visitor_of(request), draft)
    if row is None and account is None and is_somebodys(draft):
        raise SignedOut
    if row is None or row.version.offering.implementation_code != code:
        raise Http404(_("没有这份草稿，或者它已过期"))
    if account is not None and row.account_id is None:
        services.claim_draft(account, row)
    return row


def _open_draft(request: HttpRequest, code: str, draft: UUID) -> Draft:
    row = _draft(request, code, draft)
    if row.sent_at is not None or row.removed_at is not None:
        raise Http404(_("这份草稿已经提交或删除"))
    return row


def _known(request: HttpRequest, row: Draft) -> Mapping[str, Any]:
    return services.known_in(account_of(request), row)


def _last(row: Draft) -> int:
    return min(row.step, len(steps_of(row)))


def _login(request: HttpRequest) -> str:
    return f"{reverse('account_login')}?{urlencode({'next': request.path})}"
