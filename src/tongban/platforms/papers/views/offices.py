"""机关用语: what a unit's documents say of it, by date; kept by who administers the unit."""

from datetime import date, datetime, timedelta
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
from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.papers.agencies import LONGEST_WORD, administered, agency_text, give_word, say
from tongban.platforms.papers.content import REMEDY
from tongban.platforms.papers.models import AgencyText, AgencyWord
from tongban.registry.access import account_of, staff_only
from tongban.registry.queries import as_of, organisation_name, today

PAGE = 50


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The units this person administers, with what their documents say of them today."""
    account = account_of(request)
    if not scopes(account).of("administer"):
        raise PermissionDenied
    names = {pk: n.name for pk, n in as_of().nodes.items()}
    said = request.GET.get("q", "").strip()[:60]
    mine = [
        pk
        for pk in administered(account).order_by("pk").values_list("pk", flat=True)
        if said in names.get(pk, "")
    ]
    found = Paginator(mine, PAGE).get_page(request.GET.get("page"))
    words = dict(
        AgencyWord.objects.filter(organisation__in=list(found)).values_list("organisation_id", "word")
    )
    rows = []
    for pk in found:
        text = agency_text(pk, today())
        rows.append(
            (
                parts.Cell(
                    text.title or names.get(pk, str(pk)), text.address, reverse("papers:office", args=[pk])
                ),
                words.get(pk, _("第一份文书时按简称起")),
                _("自定") if text.remedy else _("通用"),
            )
        )
    return render(
        request,
        "papers/offices.html",
        {
            "page": workbench(request, _("机关用语"), "offices", subtitle=_("文书上的落款名称、地址和救济告知，按起用日期换用。")),
            "asked": fields.Field("q", _("单位名称"), value=said, required=False, maxlength=60),
            "table": parts.table(
                (_("单位"), _("机关代字"), _("救济告知")), rows, _("机关用语"), caption_hidden=True, empty=_("没有找到单位。")
            ),
            "found": found,
            "kept": urlencode({"q": said}) if said else "",
        },
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, org_id: int) -> HttpResponse:
    """One unit: its word, what its documents say, and new words from a day on."""
    account = account_of(request)
    organisation = administered(account).filter(pk=org_id).first()
    if organisation is None:
        raise Http404(str(org_id))
    now = agency_text(org_id, today())
    word = AgencyWord.objects.filter(organisation=organisation).first()
    tomorrow = datetime.now(CHINA).date() + timedelta(days=1)
    typed = {
        "word": "", "title": now.title, "address": now.address, "remedy": now.remedy, "valid_from": tomorrow.isoformat(), "note": "",
    }  # fmt: skip
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = {k: request.POST.get(k, "").strip()[:1000] for k in typed}
        try:
            if "give" in request.POST:
                give_word(account, organisation, typed["word"])
                done = _("机关代字已启用。")
            else:
                begins = date.fromisoformat(typed["valid_from"])
                say(
                    account, organisation, title=typed["title"][:100], address=typed["address"][:200], remedy=typed["remedy"],
                    valid_from=begins, note=typed["note"][:200],
                )  # fmt: skip
                done = _("新的用语自 %(day)s 起用。") % {"day": cn_date(begins)}
        except ValueError:
            errors["valid_from"] = _("这不像一个日期")
        except Refused as refused:
            errors[str(refused.detail.get("field", "note"))] = refused.message
        else:
            messages.success(request, done)
            return redirect("papers:office", org_id=org_id)
    name = organisation_name(org_id)
    asked = (
        fields.Field("title", _("落款名称"), value=typed["title"], hint=_("空着用机构名称：%(name)s") % {"name": name},
                     required=False, maxlength=100, wide=True),
        fields.Field("address", _("地址"), value=typed["address"], required=False, maxlength=200, wide=True),
        fields.Field("remedy", _("救济告知"), "textarea", typed["remedy"], _("空着用通用告知：%(words)s") % {"words": REMEDY},
                     required=False, rows=4, maxlength=1000),
        fields.Field("valid_from", _("起用日期"), "date", typed["valid_from"], error=errors.get("valid_from", "")),
        fields.Field("note", _("修改说明"), value=typed["note"], error=errors.get("note", ""), maxlength=200, wide=True),
    )  # fmt: skip
    asked_word = fields.Field(
        "word", _("机关代字"), value=typed["word"], maxlength=LONGEST_WORD, error=errors.get("word", ""),
        hint=_("文号以它开头，例如 安市监；启用后不能再改"),
    )  # fmt: skip
    return render(
        request,
        "papers/office.html",
        {
            "page": workbench(request, name, "offices", subtitle=_("机关代字：%(word)s") % {"word": word.word if word else _("还没有")}),
            "asked": asked,
            "asked_word": None if word else asked_word,
            "summary": fields.summary_of((*asked, *(() if word else (asked_word,)))),
            "history": parts.table(
                (_("版本"), _("起用"), _("落款名称"), _("地址"), _("说明"), _("修改人")),
                [
                    (str(t.no), cn_date(t.valid_from), t.title or name, t.address or "–", t.note, t.by.display_name)
                    for t in AgencyText.objects.filter(organisation=organisation).select_related("by")[:50]
                ],
                _("各个版本"), caption_hidden=True, empty=_("还没有改过，用机构名称和通用告知。"),
            ),
        },
        status=422 if errors else 200,
    )  # fmt: skip
