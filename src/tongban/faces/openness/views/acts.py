"""What the page of one request does: each form of it, and the service behind the form."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils.translation import gettext as _

from tongban.base.ui import fields
from tongban.base.ui.format import money
from tongban.engine.errors import Refused
from tongban.platforms.inquiry import services
from tongban.platforms.inquiry.models import Digest, Inquiry, Opinion
from tongban.registry.models import Account

Post = Mapping[str, str]


def carry_out(request: HttpRequest, account: Account, row: Inquiry) -> str:
    """Do what the form asks; answers with what to say. Raises Refused."""
    act = _ACTS.get(request.POST.get("do", ""))
    if act is None:
        raise Refused("missing_field", _("没有这个操作。"))
    return act(account, row, request.POST)


def forms_of(post: Post, row: Inquiry, errors: Mapping[str, str]) -> dict[str, tuple[fields.Field, ...]]:
    """The fields of each form on the page, with what was typed."""

    def one(
        name: str, label: str, type_: fields.FieldType = "text", value: str = "", **more: Any
    ) -> fields.Field:
        return fields.Field(name, label, type_, post.get(name, value), error=errors.get(name, ""), **more)

    letter = (one("document", _("函号"), maxlength=60), one("approver", _("批准人"), maxlength=60))
    silent = _("一行一个；逾期没有答复的，由本机关决定"), _("一行一个；逾期没有答复的，视为同意公开")
    return {
        "confirm": (
            one("confirmed", _("与申请人确认的日期"), "date", required=False, hint=_("不填是今天；答复期限从这一天起算")),
            one("items", _("件数"), "number", "1", hint=_("一件申请要几项内容的，按一事一申请折算"), unit=_("件")),
        ),
        "consult": (
            one("names", _("第三方"), "textarea", rows=2, required=False, hint=silent[0]),
            one("coauthors", _("共同制作机关"), "textarea", rows=2, required=False, hint=silent[1]),
            *letter,
        ),
        "charge": (
            one("by", _("收费方式"), "radio", options=(fields.Option("items", _("按件")), fields.Option("pages", _("按量")))),
            one("pages", _("页数"), "number", required=False, hint=_("按量收费的填写"), unit=_("页")),
        ),
        "reasons": (one("reasons", _("申请人说明的理由"), "textarea", row.reasons, rows=2),),
        "postpone": (one("days", _("延迟的时间"), "number", unit=_("个工作日")), *letter),
        "propose": (
            one("subject", _("公开的申请内容"), "text", row.subject, maxlength=200, wide=True),
            one("answer", _("公开的答复摘要"), "textarea", row.answer, rows=5, hint=_("去掉姓名、电话、证件号码、门牌等个人信息")),
        ),
        "withdraw": (one("why", _("撤下的原因"), maxlength=200),),
    }  # fmt: skip


def day_of(text: str, name: str, *, needed: bool = False) -> date | None:
    """A day as a form tells it. Raises Refused with the field."""
    if not text.strip() and not needed:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused("missing_field", _("这不像一个日期。"), detail={"field": name}) from None


def whole_of(text: str, name: str) -> int:
    """A whole number as a form tells it. Raises Refused with the field."""
    if not text.strip().isdecimal() or len(text) > 9:
        raise Refused("missing_field", _("请填写整数。"), detail={"field": name})
    return int(text)


def command_of(post: Post) -> UUID:
    """The id made with the page: the same form sent twice has one effect."""
    try:
        return UUID(post.get("command_id", ""))
    except ValueError:
        return uuid4()


def _said(post: Post, name: str) -> str:
    return post.get(name, "").strip()[:2000]


def _confirm(account: Account, row: Inquiry, post: Post) -> str:
    day, items = day_of(post.get("confirmed", ""), "confirmed"), whole_of(post.get("items", "1"), "items")
    services.confirm(account, row, confirmed=day, items=items, command_id=command_of(post))
    return _("已登记，答复期限开始计算。")


def _consult(account: Account, row: Inquiry, post: Post) -> str:
    asked = [("third_party", n) for n in _said(post, "names").splitlines()]
    asked += [("coauthor", n) for n in _said(post, "coauthors").splitlines()]
    letter = {"document": _said(post, "document"), "approver": _said(post, "approver")}
    services.consult(account, row, asked, command_id=command_of(post), **letter)
    return _("已发出征求意见，计时暂停。")


def _serve(account: Account, row: Inquiry, post: Post) -> str:
    day = day_of(post.get("received", ""), "received", needed=True)
    services.serve(account, _opinion(row, post), received=day or date.min, command_id=command_of(post))
    return _("已登记收到日期。")


def _note(account: Account, row: Inquiry, post: Post) -> str:
    agrees, said = post.get("agrees") == "1", _said(post, "words")
    services.note_opinion(account, _opinion(row, post), agrees=agrees, said=said, command_id=command_of(post))
    return _("已登记答复。")


def _opinion(row: Inquiry, post: Post) -> Opinion:
    found = row.opinions.filter(pk=whole_of(post.get("opinion", ""), "opinion")).first()
    if found is None:
        raise Refused("missing_field", _("没有这份征求意见。"))
    return found


def _charge(account: Account, row: Inquiry, post: Post) -> str:
    pages = whole_of(post.get("pages") or "0", "pages")
    amount = services.charge(account, row, by=post.get("by", ""), pages=pages, command_id=command_of(post))
    return _("已发收费通知，应缴 %(n)s，计时暂停。") % {"n": money(amount)}


def _ask_reasons(account: Account, row: Inquiry, post: Post) -> str:
    services.ask_reasons(account, row, command_id=command_of(post))
    return _("已要求说明理由。")


def _reasons(account: Account, row: Inquiry, post: Post) -> str:
    services.note_reasons(account, row, _said(post, "reasons"))
    return _("已登记申请人说明的理由。")


def _postpone(account: Account, row: Inquiry, post: Post) -> str:
    letter = {"document": _said(post, "document"), "approver": _said(post, "approver")}
    services.postpone(
        account, row, days=whole_of(post.get("days", ""), "days"), command_id=command_of(post), **letter
    )
    return _("已延迟答复，计时暂停。")


def _sign(account: Account, row: Inquiry, post: Post) -> str:
    services.sign(account, row, command_id=command_of(post))
    return _("已签发，答复书正在制作。")


def _propose(account: Account, row: Inquiry, post: Post) -> str:
    services.propose(account, row, subject=_said(post, "subject"), answer=_said(post, "answer"))
    return _("已提出公开，请另一位同事审核。")


def _release(account: Account, row: Inquiry, post: Post) -> str:
    services.release(account, _digest(row), post.get("seen", ""))
    return _("摘要已经公开。")


def _withdraw(account: Account, row: Inquiry, post: Post) -> str:
    services.withdraw(account, _digest(row), _said(post, "why"))
    return _("摘要已经撤下。")


def _digest(row: Inquiry) -> Digest:
    found = Digest.objects.filter(pk=row.pk).first()
    if found is None:
        raise Refused("missing_field", _("还没有提出公开。"))
    return found


_ACTS: Mapping[str, Callable[[Account, Inquiry, Post], str]] = {
    "confirm": _confirm, "consult": _consult, "serve": _serve, "opinion": _note, "charge": _charge,
    "ask_reasons": _ask_reasons, "reasons": _reasons, "postpone": _postpone, "sign": _sign, "propose": _propose,
    "release": _release, "withdraw": _withdraw,
}  # fmt: skip
