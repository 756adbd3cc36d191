"""Authenticity of a result (证照核验): anyone may ask, by its number and its holder; nothing personal is told.

Only of what was issued. How a case stands is told to who has its secret (`track`), never here.
"""

from datetime import date
from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date
from tongban.base.ui.shell import public_page
from tongban.engine import codec, kinds
from tongban.engine.ledger.errors import LedgerError
from tongban.engine.ledger.proof import make_proof
from tongban.engine.models import Case, Checkpoint, LedgerLeaf
from tongban.engine.people import mask_name
from tongban.engine.queries import who_is_erased
from tongban.engine.state import Certificate
from tongban.faces.progress import RESULTS, case_name
from tongban.faces.rate import within
from tongban.platforms.papers.queries import Validity, cases_of_result, validity
from tongban.registry.access import record_access
from tongban.registry.queries import organisation_name, today

if TYPE_CHECKING:
    from tongban.base.ui.component import Shown

LASTING = "长期"
TRIES = 20  # in ten minutes, for one address
SEEN = "hall_checked"  # in the session: numbers whose proof may be downloaded


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Ask by the number on a certificate and its holder's name. One answer for every pair that does not fit."""
    post = request.method == "POST"
    number = (request.POST if post else request.GET).get("number", "").strip().upper()[:100]
    holder = request.POST.get("holder", "").strip()[:200] if post else ""
    found, error, status = None, "", 200
    if post:
        if not within(request, "check", TRIES):
            error, status = _("查得太多了，请 10 分钟后再查，或者拨打政务服务热线核实。"), 429
        elif not number or not holder:
            error = _("编号和持有人都要填")
        else:
            found = _fitting(number, holder)
    asked = (
        fields.Field("number", _("证照或文书编号"), value=number, hint=_("在证照上，或者扫证照上的二维码自动填好"), maxlength=100),
        fields.Field("holder", _("持有人"), value=holder, error=error, hint=_("个人填姓名，单位填全称"), maxlength=200),
    )  # fmt: skip
    certificate = codec.load(found.state).certificate if found is not None else None
    if found is not None:
        request.session[SEEN] = [*request.session.get(SEEN, [])[-20:], found.number]
    return render(
        request,
        "hall/check/check.html",
        {
            "page": public_page(_("证照核验"), "check", lead=_("查一份结果是不是真的，不用登录。")),
            "asked": asked,
            "summary": fields.ErrorSummary((("f-holder", error),), _("编号已保留。")) if error else None,
            "answer": _said(found, certificate) if found is not None and certificate is not None else None,
            "unknown": post and certificate is None and not error,
            "number": number,
            "ledger": _sealed(found) if found is not None else None,
        },
        status=status,
    )


@never_cache
@require_GET
def proof(request: HttpRequest, number: str) -> HttpResponse:
    """The public proof of a case just checked in this browser: what the result says, hashes of the rest, the signed tree."""
    if number not in request.session.get(SEEN, []):
        raise Http404(_("请先核验，再下载存证证明"))
    if not within(request, "proof", TRIES):
        return HttpResponse(
            _("下载得太多了，请 10 分钟后再试。"), status=429, content_type="text/plain; charset=utf-8"
        )
    try:
        made = make_proof(number, public=True)
    except (LookupError, LedgerError):
        raise Http404(_("这件办件还没有存证，请明天再来下载")) from None
    record_access(None, "proof", number, public=True)
    response = JsonResponse(made, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="{number}.proof.json"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _fitting(number: str, holder: str) -> Case | None:
    """The case of an issued result, if its holder is named so. A number of a case is not a number of a result.

    A second result of the same number, wherever it came from, hides nobody's own.
    """
    asked = "".join(holder.split())
    fitting = [
        case
        for case in cases_of_result(number)
        if not case.secrecy and kinds.kind(case.kind).public and asked == "".join(case.applicant_name.split())
    ]
    return fitting[0] if len(fitting) == 1 else None


def _said(case: Case, certificate: Certificate) -> tuple[parts.Notice, parts.Terms]:
    """What may be told of it: the verdict, and what stands on the result itself."""
    asked = timezone.localtime()
    when = f"{cn_date(asked)} {asked:%H:%M}"
    last = _last_day(certificate.valid_until)
    expired = last is not None and last < today()
    stands = validity(certificate)
    if stands.status in ("ended", "replaced"):
        return ended_words(stands, when), parts.Terms(result_rows(case, certificate))
    rows = result_rows(case, certificate)
    text = _("%(when)s 查询。本平台没有撤销、注销的登记。") % {"when": when}
    if who_is_erased(case.pk):
        text += _("本平台保存的文书内容已依法清除，只保留编号和摘要。")
    if last is None and certificate.valid_until not in (
        "",
        LASTING,
    ):  # written by hand, before it had to be a date
        title = _("是真的，有效期以证照上写的为准")
    else:
        title = _("是真的，但有效期已过") if expired else _("是真的，在有效期内")
    return parts.Notice("warn" if expired else "ok", title, text), parts.Terms(rows)


def ended_words(stands: Validity, when: str) -> parts.Notice:
    """That a result is no longer in force: since when, and why."""
    said = {"when": when, "day": cn_date(stands.since), "reason": stands.reason, "by": stands.replaced_by}
    text = _("%(when)s 查询。自 %(day)s 起失效。") % said
    if stands.reason:
        text += _("理由：%(reason)s。") % said
    if stands.replaced_by:
        text += _("新证编号：%(by)s。") % said
    return parts.Notice("bad", _("是本市发的，但%(how)s") % {"how": stands.words}, text)


def masked_holder(case: Case) -> str:
    """Whose result it is, as anybody may know: of a person the surname only."""
    return mask_name(case.applicant_name, case.applicant_kind)


def result_rows(case: Case, certificate: Certificate) -> "tuple[tuple[str, Shown], ...]":
    """What stands on a result, with the holder masked."""
    last = _last_day(certificate.valid_until)
    return (
        (_("名称"), certificate.name),
        (_("编号"), certificate.number),
        (_("持有人"), masked_holder(case)),
        (_("事项"), case_name(case)),
        (_("机关"), organisation_name(case.org_id)),
        (_("决定"), RESULTS.get(case.result, "")),
        (_("发证日期"), cn_date(certificate.issued)),
        (_("有效期至"), cn_date(last) if last is not None else certificate.valid_until or _("长期")),
    )


def _last_day(written: str) -> date | None:
    """The last day of validity; None where it is lasting, or imported as words that are no date."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _sealed(case: Case) -> dict[str, object]:
    """What the ledger holds of the case: how many of its events are under a signed checkpoint, and which."""
    head = Checkpoint.objects.select_related("key").order_by("-no").first()
    sealed = LedgerLeaf.objects.filter(case_id=case.pk, index__lt=head.tree_size).count() if head else 0
    return {
        "events": case.seq,
        "sealed": sealed,
        "head": head,
        "root": bytes(head.root).hex() if head else "",
        "href": reverse("hall:proof", args=[case.number]) if sealed else "",
    }
