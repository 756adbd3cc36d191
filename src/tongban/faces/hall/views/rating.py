"""Rating (评价) the steps of one's case: by a link, without signing in."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.base.codes import is_phone
from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date
from tongban.base.ui.shell import public_page
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.engine.queries import case_row
from tongban.faces.progress import case_name
from tongban.faces.rate import within
from tongban.platforms.rating.book import book
from tongban.platforms.rating.queries import Slot, case_of_token, slots, token
from tongban.platforms.rating.services import give

TRIES = 30


def rating_href(case: Case) -> str:
    """The address under which a case is rated; whoever has it may rate, and sees nothing but steps."""
    return reverse("hall:rate", args=[token(case.pk)])


def to_rate(case: Case, step: str) -> str:
    """The address under which a step of a case is rated; "" where it was not met, was rated, or it is too late."""
    waiting = [s for s in slots(case) if s.step == step and s.open and s.rating is None]
    return f"{rating_href(case)}{step}/{waiting[-1].no}/" if waiting else ""


def invitation(case: Case) -> parts.Notice | None:
    """请您评价: what the applicant met last and has not rated yet, with the way to it; None where nothing waits."""
    waiting = [s for s in slots(case) if s.open and s.rating is None]
    if not waiting:
        return None
    last, href = waiting[-1], rating_href(case)
    one = parts.Act(_("评价%(step)s") % {"step": last.name}, f"{href}{last.step}/{last.no}/", "line", "star")
    acts = [one]
    if len(waiting) > 1:
        acts = [
            parts.Act(_("一页评完 %(n)s 个环节") % {"n": len(waiting)}, href, "line", "star"),
            parts.Act(_("只评%(step)s") % {"step": last.name}, one.href, "text"),
        ]
    return parts.Notice(
        "", _("“%(step)s”办得怎么样？") % {"step": last.name},
        _("点一下就行，不用登录；为您办事的人看不到是谁评的。"), tuple(acts), id="rate-me",
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def steps(request: HttpRequest, token: str) -> HttpResponse:
    """The steps of a case that were met: those not rated yet all at once, and what was said of the others."""
    case = _case(request, token)
    found = slots(case)
    waiting = [s for s in found if s.open and s.rating is None]
    errors: dict[str, str] = {}
    asked, status = _all_at_once(waiting, None, errors), 200
    if request.method == "POST" and waiting:
        if within(request, "rate", TRIES):
            given, errors = _given(case, waiting, request)
            if given and not errors:
                messages.success(request, _("谢谢，%(n)s 个环节的评价已经收到。") % {"n": given})
                return redirect("hall:rate", token=token)
            waiting = [s for s in slots(case) if s.open and s.rating is None]
            if not given and not errors:
                errors = {_name("level", waiting[0]): _("请至少评价一个环节")}
            status = 422
        else:
            errors, status = {_name("level", waiting[0]): _("评价得太多了，请 10 分钟后再来。")}, 429
        asked = _all_at_once(waiting, request, errors)
    others = [s for s in slots(case) if not (s.open and s.rating is None)]
    every = tuple(f for _title, group in asked for f in group)
    return render(
        request,
        "hall/rating/steps.html",
        {
            "page": public_page(_("评价“%(name)s”") % {"name": case_name(case)}, "track", lead=_LEAD),
            "case": case,
            "asked": asked,
            "summary": fields.summary_of(every) if errors else None,
            "table": parts.table(
                (_("环节"), _("日期"), _("您的评价"), parts.Column(_("操作"), hidden_name=True)),
                [(s.name, cn_date(s.at), _said(s), _act(s, token)) for s in others],
                _("评过的环节"), caption_hidden=True,
            )
            if others
            else None,
            "empty": parts.Empty(_("还没有可以评价的环节"), _("受理、补正、决定、送达以后，就可以评价。"), icon="star"),
        },
        status=status,
    )  # fmt: skip


def _name(what: str, slot: Slot) -> str:
    return f"{what}-{slot.step}-{slot.no}"


def _all_at_once(
    waiting: list[Slot], request: HttpRequest | None, errors: dict[str, str]
) -> list[tuple[str, tuple[fields.Field, ...]]]:
    """(“受理 · 11月20日”, its questions) for each step that waits: how it was, and a word where it was bad."""
    rules = book()
    levels = tuple(fields.Option(str(n), rules.levels[n]) for n in sorted(rules.levels, reverse=True))
    bad = tuple(fields.Option(r.key, r.name) for r in rules.reasons.values() if 1 in r.levels)
    groups: list[tuple[str, tuple[fields.Field, ...]]] = []
    for slot in waiting:
        level, reasons, words = (_name(what, slot) for what in ("level", "bad", "words"))
        post = request.POST if request is not None else None
        groups.append(
            (
                f"{slot.name} · {cn_date(slot.at)}",
                (
                    fields.Field(level, _("“%(step)s”办得怎么样？") % {"step": slot.name}, "radio",
                        post.get(level, "") if post is not None else "", error=errors.get(level, ""), required=False, options=levels),
                    fields.Field(reasons, _("不满意在哪里"), "checkbox", post.getlist(reasons) if post is not None else [],
                        required=False, options=bad, error=errors.get(reasons, ""),
                        when=fields.When(level, "3|2|1", said=_("选了不满意的填；不选的请写一句话"))),
                    fields.Field(words, _("想说的话"), "textarea", post.get(words, "") if post is not None else "",
                        _("不公开；只有负责核实和监督的人看得到"), errors.get(words, ""), required=False, rows=2, maxlength=1000,
                        when=fields.When(level, "3|2|1", said=_("愿意写的写一句"))),
                ),
            )
        )  # fmt: skip
    return groups


def _given(case: Case, waiting: list[Slot], request: HttpRequest) -> tuple[int, dict[str, str]]:
    """Take the ratings that were given; how many, and what is wrong with the others, by control."""
    taken, errors = 0, {}
    for slot in waiting:
        said = request.POST.get(_name("level", slot), "")
        if said not in {"1", "2", "3", "4", "5"}:
            continue
        try:
            give(
                case, slot.step, slot.no, level=int(said), reasons=request.POST.getlist(_name("bad", slot)),
                words=request.POST.get(_name("words", slot), "").strip()[:1000], phone="",
            )  # fmt: skip
        except Refused as refused:
            errors[_name(str(refused.detail.get("field", "level")), slot)] = refused.message
        else:
            taken += 1
    return taken, errors


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, token: str, step: str, no: int) -> HttpResponse:
    """Rate one step, or change what was said."""
    case = _case(request, token)
    slot = next((s for s in slots(case) if (s.step, s.no) == (step, no)), None)
    if slot is None or not slot.open:
        if slot is not None:
            messages.error(request, slot.why)
        return redirect("hall:rate", token=token)
    known = slot.rating
    typed = {
        "level": str(known.level) if known else "", "words": known.words if known else "",
        "phone": known.phone if known else "",
    }  # fmt: skip
    reasons = list(known.reasons) if known else []
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        typed = {key: request.POST.get(key, "").strip()[:1000] for key in typed}
        reasons = [*request.POST.getlist("good"), *request.POST.getlist("bad")]
        if typed["phone"] and not is_phone(typed["phone"]):
            errors["phone"] = _("这不像一个电话号码")
        elif not within(request, "rate", TRIES):
            errors["level"], status = _("评价得太多了，请 10 分钟后再来。"), 429
        else:
            level = int(typed["level"]) if typed["level"] in {"1", "2", "3", "4", "5"} else 0
            try:
                rating = give(
                    case, step, no, level=level, reasons=reasons, words=typed["words"], phone=typed["phone"]
                )
            except Refused as refused:
                errors[str(refused.detail.get("field", "level"))] = refused.message
            else:
                back = (
                    _("谢谢，已经收到。会有人核实、整改并回访您。")
                    if rating.callback_id
                    else _("谢谢，评价已经收到。")
                )
                messages.success(request, back)
                return redirect("hall:rate", token=token)
        status = 422 if status == 200 else status
    asked = _fields(typed, reasons, errors)
    return render(
        request,
        "hall/rating/form.html",
        {
            "page": public_page(
                _("评价：%(step)s") % {"step": slot.name}, "track", ((case_name(case), reverse("hall:rate", args=[token])),),
                lead=_LEAD,
            ),
            "asked": asked,
            "summary": fields.summary_of(asked),
            "known": known,
            "back": reverse("hall:rate", args=[token]),
        },
        status=status,
    )  # fmt: skip


_LEAD = "不用登录。为您办事的人看不到是谁评的，也看不到您写的话。"


def _case(request: HttpRequest, text: str) -> Case:
    case_id = case_of_token(text)
    if case_id is None:
        if not within(request, "rate-link", TRIES):
            raise Http404(_("这个链接不对"))
        raise Http404(_("这个评价链接不对，请从办件页面或者消息里打开"))
    return case_row(case_id)


def _said(slot: Slot) -> parts.Chip | str:
    if slot.rating is None:
        return _("还没有评价") if slot.open else slot.why
    level = slot.rating.level
    return parts.Chip("ok" if level > 3 else "warn" if level == 3 else "bad", book().levels[level])


def _act(slot: Slot, token: str) -> parts.Cell | str:
    if not slot.open:
        return ""
    words = (
        _("评价")
        if slot.rating is None
        else _("修改（%(day)s前）") % {"day": cn_date(slot.rating.change_until)}
    )
    return parts.Cell(words, "", reverse("hall:rate-step", args=[token, slot.step, slot.no]))


def _fields(typed: dict[str, str], reasons: list[str], errors: dict[str, str]) -> tuple[fields.Field, ...]:
    rules = book()
    good = tuple(fields.Option(r.key, r.name) for r in rules.reasons.values() if 5 in r.levels)
    bad = tuple(fields.Option(r.key, r.name) for r in rules.reasons.values() if 1 in r.levels)
    return (
        fields.Field("level", _("满意吗"), "radio", typed["level"], error=errors.get("level", ""),
            options=tuple(fields.Option(str(n), rules.levels[n]) for n in sorted(rules.levels, reverse=True)),
        ),
        fields.Field("good", _("满意在哪里"), "checkbox", reasons, required=False, options=good,
            when=fields.When("level", "5|4|3", said=_("选了基本满意以上的填"))),
        fields.Field("bad", _("不满意在哪里"), "checkbox", reasons, required=False, options=bad, error=errors.get("bad", ""),
            when=fields.When("level", "3|2|1", said=_("选了不满意的填；不选的请写一句话"))),
        fields.Field("words", _("想说的话"), "textarea", typed["words"], _("不公开；只有负责核实和监督的人看得到"),
            required=False, rows=4, maxlength=1000),
        fields.Field("phone", _("回访电话"), "mobile", typed["phone"], _("不满意的会打电话核实，并告诉您怎么改的；不填就打办事时留的电话"),
            errors.get("phone", ""), required=False, autocomplete="tel", when=fields.When("level", "2|1")),
    )  # fmt: skip
