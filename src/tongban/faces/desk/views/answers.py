"""Answers for the public (公开答复): proposed by one person, without personal data, released by another."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.platforms.consultation import services
from tongban.platforms.consultation.models import Consultation, PublicAnswer
from tongban.platforms.consultation.queries import answered_for
from tongban.registry.access import account_of, staff_only

PAGE = 30


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Answered questions of one's units, and how far each is on its way to the public."""
    found = Paginator(answered_for(account_of(request)), PAGE).get_page(request.GET.get("page"))
    rows = [
        (
            parts.Cell(c.question, c.number, reverse("desk:answer", args=[c.number])),
            c.about.name if c.about else _("其他"),
            cn_date(c.answered_at),
            _chip(c),
        )
        for c in found
    ]
    return render(
        request,
        "desk/answers.html",
        {
            "page": workbench(request, _("公开答复"), "answers", subtitle=_("答得好的去掉个人信息，两个人看过以后公开。")),
            "table": parts.table(
                (_("问题"), _("事项"), _("答复"), _("公开")), rows, _("已答复的咨询"), caption_hidden=True,
                empty=_("还没有答复过的咨询。"),
            ),
            "found": found,
        },
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One answer: propose the public words, release what a colleague proposed, take down."""
    account = account_of(request)
    row = answered_for(account).filter(number=number.upper()).first()
    if row is None:
        raise Http404(_("没有这条咨询，或者不归您的单位答复"))
    public = PublicAnswer.objects.filter(pk=row.pk).first()
    typed = {
        "question": public.question if public else row.question,
        "answer": public.answer if public else row.answer,
        "why": "",
    }
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = {key: request.POST.get(key, "").strip()[:4000] for key in typed}
        try:
            match request.POST.get("deed"):
                case "propose":
                    services.propose(account, row, question=typed["question"], answer=typed["answer"])
                    messages.success(request, _("已提出公开，请另一位同事审核。"))
                case "release" if public is not None:
                    services.release(account, public, request.POST.get("seen", ""))
                    messages.success(request, _("已经公开。"))
                case "withdraw" if public is not None:
                    services.withdraw(account, public, typed["why"])
                    messages.success(request, _("已经撤下。"))
            return redirect("desk:answer", number=row.number)
        except Refused as refused:
            errors[str(refused.detail.get("field", "answer"))] = refused.message
    live = public is not None and public.released_at is not None and public.withdrawn_at is None
    waiting = public is not None and public.released_at is None
    asked = (
        fields.Field("question", _("公开的问题"), value=typed["question"], error=errors.get("question", ""), maxlength=100, wide=True),
        fields.Field("answer", _("公开的答复"), "textarea", typed["answer"],
            _("去掉姓名、电话、证件号码、门牌等个人信息"), errors.get("answer", ""), rows=8,
        ),
    )  # fmt: skip
    why = fields.Field("why", _("撤下的原因"), value=typed["why"], error=errors.get("why", ""), maxlength=200)
    return render(
        request,
        "desk/answer.html",
        {
            "page": workbench(request, row.question, "answers"),
            "row": row, "public": public, "live": live, "waiting": waiting,
            "own": public is not None and public.proposed_by_id == account.pk,
            "asked": asked, "why": why, "summary": fields.summary_of((*asked, why)), "chip": _chip(row),
        },
        status=200 if not errors else 422,
    )  # fmt: skip


def _chip(row: Consultation) -> parts.Chip:
    public = PublicAnswer.objects.filter(pk=row.pk).first()
    if public is None:
        return parts.Chip("", _("没有公开"))
    if public.withdrawn_at is not None:
        return parts.Chip("hold", _("已撤下"))
    return parts.Chip("ok", _("已公开")) if public.released_at else parts.Chip("warn", _("待审核"))
