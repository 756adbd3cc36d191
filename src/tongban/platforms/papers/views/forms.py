"""文书格式: the templates that documents are set by: what holds, what held, a preview, and a new version from a day on."""

from datetime import date, datetime, timedelta
from io import BytesIO

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.calendar import CHINA
from tongban.base.typeset import FontsMissing, TypesetError, typeset
from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.platforms.papers.disposal import may_set_rules
from tongban.platforms.papers.models import PaperForm
from tongban.platforms.papers.services import SAMPLE, publish_form
from tongban.registry.access import account_of, staff_only
from tongban.registry.models import Account
from tongban.registry.queries import today

LONGEST = 60_000


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every kind of document with the version in force today."""
    _administrator(request)
    now = {f.key: f for f in PaperForm.objects.filter(valid__contains=today())}
    coming = {f.key: f for f in PaperForm.objects.filter(valid__startswith__gt=today())}
    rows = [
        (
            parts.Cell(f.name.replace("{权力}", "…").replace("{怎样}", "…"), f.basis, reverse("papers:form", args=[f.key])),
            f.word or "–",
            _version(f),
            cn_date(f.valid.lower) if f.supplied is False else _("随系统提供"),
            _("%(day)s起用第 %(n)s 版") % {"day": cn_date(coming[f.key].valid.lower), "n": coming[f.key].no}
            if f.key in coming
            else "",
        )
        for f in sorted(now.values(), key=lambda f: f.name)
    ]  # fmt: skip
    return render(
        request,
        "papers/forms.html",
        {
            "page": workbench(request, _("文书格式"), "forms", subtitle=_("办件用申请当日适用的一版，旧版一直留着。")),
            "table": parts.table(
                (_("文书"), _("文种代字"), _("现用"), _("起用"), _("将要换用")), rows, _("文书格式"), caption_hidden=True
            ),
        },
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, key: str) -> HttpResponseBase:
    """One form: its versions, and a new one. `preview` sets what was typed with made-up data and keeps nothing."""
    account = _administrator(request)
    versions = list(PaperForm.objects.filter(key=key).select_related("by").order_by("-no"))
    if not versions:
        raise Http404(key)
    last = versions[0]
    tomorrow = datetime.now(CHINA).date() + timedelta(days=1)
    typed = {
        "name": last.name, "word": last.word, "basis": last.basis, "starts": tomorrow.isoformat(), "source": last.source,
    }  # fmt: skip
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = {k: request.POST.get(k, "").strip()[:LONGEST] for k in typed}
        typed["source"] = typed["source"].replace("\r\n", "\n")
        if "preview" in request.POST:
            try:
                return _pdf(typed["source"], f"{key}-试排")
            except (TypesetError, FontsMissing) as wrong:
                errors["source"] = _("这个模板排不出来：%(why)s") % {"why": wrong}
        else:
            errors = _publish(account, key, typed)
            if not errors:
                messages.success(
                    request, _("新的一版自 %(day)s 起用，以前申请的办件不变。") % {"day": typed["starts"]}
                )
                return redirect("papers:form", key=key)
    asked = (
        fields.Field("name", _("文书名称"), value=typed["name"], error=errors.get("name", ""), maxlength=60),
        fields.Field("word", _("文种代字"), value=typed["word"], hint=_("接在机关代字后面，空的不另编文号"),
                     required=False, maxlength=6),
        fields.Field("basis", _("依据"), value=typed["basis"], error=errors.get("basis", ""), maxlength=500, wide=True),
        fields.Field("starts", _("起用日期"), "date", typed["starts"], _("那天起申请的办件用新版"), errors.get("starts", "")),
        fields.Field("source", _("模板（Typst）"), "textarea", typed["source"],
                     _("只能读文书自己的数据 d；先试排看效果，再存为新版。"), errors.get("source", ""), rows=20, wide=True),
    )  # fmt: skip
    return render(
        request,
        "papers/form.html",
        {
            "page": workbench(request, last.name.replace("{权力}", "…").replace("{怎样}", "…"), "forms", subtitle=_version(last)),
            "asked": asked,
            "summary": fields.summary_of(asked),
            "history": parts.table(
                (_("版本"), _("适用"), _("名称"), _("发布人"), _("样张")),
                [
                    (
                        _version(f), f"{cn_date(f.valid.lower)} – {cn_date(f.valid.upper) if f.valid.upper else _('至今')}",
                        f.name, f.by.display_name if f.by else _("随系统提供") if f.supplied else "–",
                        parts.Cell("PDF", "", reverse("papers:form_preview", args=[key, f.no])),
                    )
                    for f in versions
                ],
                _("各个版本"), caption_hidden=True,
            ),
        },
        status=422 if errors else 200,
    )  # fmt: skip


@staff_only
@require_safe
def preview(request: HttpRequest, key: str, no: int) -> HttpResponseBase:
    """A version set with made-up data."""
    _administrator(request)
    form = PaperForm.objects.filter(key=key, no=no).first()
    if form is None:
        raise Http404(key)
    try:
        return _pdf(form.source, f"{form.key}-{form.no}-样张")
    except (TypesetError, FontsMissing) as wrong:
        messages.error(request, _("这一版排不出来：%(why)s") % {"why": wrong})
        return redirect("papers:form", key=key)


def _publish(account: Account, key: str, typed: dict[str, str]) -> dict[str, str]:
    """Publish what was typed; what is wrong with it, by field."""
    errors = {k: _("请填写") for k in ("name", "basis", "source") if not typed[k]}
    starts = _day(typed["starts"])
    if starts is None:
        errors["starts"] = _("这不像一个日期")
    if errors or starts is None:
        return errors
    try:
        publish_form(
            key, name=typed["name"], source=typed["source"], basis=typed["basis"], starts=starts, word=typed["word"],
            by=account,
        )  # fmt: skip
    except Refused as refused:
        return {"starts" if refused.code == "form_starts" else "source": refused.message}
    except FontsMissing as missing:
        return {"source": str(missing)}
    return {}


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _pdf(source: str, name: str) -> FileResponse:
    answer = FileResponse(
        BytesIO(typeset(source, SAMPLE)),
        as_attachment=True,
        filename=f"{name}.pdf",
        content_type="application/pdf",
    )
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _version(form: PaperForm) -> str:
    return _("第 %(n)s 版") % {"n": form.no}


def _administrator(request: HttpRequest) -> Account:
    account = account_of(request)
    if not may_set_rules(account):
        raise PermissionDenied
    return account
