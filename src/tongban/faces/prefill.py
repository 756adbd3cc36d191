"""What a form can be filled in with before anybody types (LIB-3 数据带出), and from where.

A field names its source in the form definition (`prefill`); a few names that every form uses have theirs without saying.
Filled in once, at the first opening; what the person types afterwards stands. Only what is the person's own is filled
in: their account, their identity number, what they wrote in their last application.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from tongban.base.codes import CodeError, is_uscc, mask_citizen_id, parse_citizen_id
from tongban.engine.models import Case, CaseData
from tongban.faces.application import Filled, Typed, form_fields
from tongban.registry.models import Account
from tongban.registry.queries import organisation, today

#: Every source: key → words for who designs a form.
SOURCES: Mapping[str, str] = {
    "account.name": "账号：姓名",
    "account.id_type": "账号：证件类型",
    "account.id_number": "账号：证件号码",
    "account.phone": "账号：手机号码",
    "account.address": "上次申请：联系地址",
    "firm.name": "单位：名称（按信用代码）",
    "firm.uscc": "单位：信用代码（上次申请）",
    "firm.legal_name": "单位：法定代表人（上次申请）",
    "id.birth": "证件号码：出生日期",
    "id.sex": "证件号码：性别",
}
#: Fields that every form names alike.
USUAL: Mapping[str, str] = {
    "mobile": "account.phone", "addr": "account.address", "org_name": "firm.name", "uscc": "firm.uscc",
    "legal_name": "firm.legal_name",
}  # fmt: skip
ID_NAMES = {
    "111": "居民身份证",
    "414": "护照",
    "516": "港澳居民来往内地通行证",
    "511": "台湾居民来往大陆通行证",
}
_LOOKED = 20  # of one's latest applications
_SEXES = {"male": "男", "female": "女"}


@dataclass(slots=True)
class Person:
    """Who fills the form in: the account, its checked identity number, whether they apply for themselves."""

    account: Account
    number: str
    oneself: bool
    firm: bool
    typed: Typed
    id_field: str
    uscc_field: str
    earlier: list[Mapping[str, Any]] = field(default_factory=list)


def prefilled(
    account: Account, number: str, content: Mapping[str, Any], typed: Typed, *, oneself: bool, firm: bool
) -> dict[str, Filled]:
    """What goes into which field, to be changed freely. `number` is the account's own, "" where it is not checked."""
    fields = form_fields(content)
    wanted = {f["name"]: str(f.get("prefill") or USUAL.get(f["name"], "")) for f in fields}
    wanted = {name: source for name, source in wanted.items() if source in _FROM}
    if not wanted:
        return {}

    def named(kind: str, usual: str) -> str:
        return next((f["name"] for f in fields if f["type"] == kind and f["name"] == usual), "") or next(
            (f["name"] for f in fields if f["type"] == kind), usual
        )

    who = Person(account, number, oneself, firm, typed, named("idcard", "id_no"), named("uscc", "uscc"))
    if any(source.startswith("firm.") or source == "account.address" for source in wanted.values()):
        who.earlier = _earlier(account)
    filled = {}
    for name, source in wanted.items():
        found = _FROM[source](who)
        if found is not None:
            shown, value, where = found
            filled[name] = Filled(shown, value, _("已自动填写：%(where)s，可以改") % {"where": where})
    return filled


Found = tuple[str, str, str] | None


def _name(who: Person) -> Found:
    name = who.account.display_name if who.oneself and who.number else ""
    return (name, name, _("来自实名信息")) if name else None


def _id_type(who: Person) -> Found:
    kind = ID_NAMES.get(who.account.id_type, "") if who.oneself and who.number else ""
    return (kind, kind, _("来自实名信息")) if kind else None


def _id_number(who: Person) -> Found:
    if not (who.oneself and who.number):
        return None
    return mask_citizen_id(who.number), who.number, _("来自实名信息")


def _phone(who: Person) -> Found:
    phone = who.account.phone
    return (phone, phone, _("来自您的账号")) if phone else None


def _address(who: Person) -> Found:
    return _before(who, "addr") if who.oneself else None


def _firm_name(who: Person) -> Found:
    """By the credit code: a public body's from the register, any other's from one's own earlier application."""
    code = str(who.typed.get(who.uscc_field) or "").strip().upper()
    if not code:
        return _before(who, "org_name") if who.firm else None
    node = organisation(code) if is_uscc(code) else None
    if node is not None:
        return node.name, node.name, _("按信用代码查得")
    return next(
        (
            (str(data["org_name"]), str(data["org_name"]), _("按信用代码从您上次的申请带出"))
            for data in who.earlier
            if str(data.get("uscc", "")).upper() == code and data.get("org_name")
        ),
        None,
    )


def _uscc(who: Person) -> Found:
    return _before(who, "uscc") if who.firm else None


def _legal_name(who: Person) -> Found:
    return _before(who, "legal_name") if who.firm else None


def _birth(who: Person) -> Found:
    day = _of_number(who, lambda number: number.birth)
    return (day.isoformat(), day.isoformat(), _("按证件号码算出")) if isinstance(day, date) else None


def _sex(who: Person) -> Found:
    sex = _SEXES.get(str(_of_number(who, lambda number: number.sex)), "")
    return (sex, sex, _("按证件号码算出")) if sex else None


def _of_number(who: Person, part: Callable[[Any], Any]) -> Any:
    """A part of the identity number in the form: the applicant's own, or the one that was typed."""
    said = str(who.typed.get(who.id_field) or "")
    number = who.number if who.oneself and (not said or "*" in said) else said
    try:
        return part(parse_citizen_id(number, today=today()))
    except CodeError:
        return None


def _before(who: Person, name: str) -> Found:
    value = next((str(d[name]) for d in who.earlier if d.get(name)), "")
    return (value, value, _("来自您上次的申请")) if value else None


def _earlier(account: Account) -> list[Mapping[str, Any]]:
    """The forms of one's own latest applications, newest first."""
    own = Case.objects.visible_to(account).filter(applicant=account).order_by("-opened_at", "-id")
    ids = list(own.values_list("pk", flat=True)[:_LOOKED])
    latest: dict[int, Mapping[str, Any]] = {}
    for row in CaseData.objects.filter(case_id__in=ids).order_by("no"):
        latest[row.case_id] = row.data
    return [latest[pk] for pk in ids if pk in latest]


_FROM: Mapping[str, Callable[[Person], Found]] = {
    "account.name": _name, "account.id_type": _id_type, "account.id_number": _id_number, "account.phone": _phone,
    "account.address": _address, "firm.name": _firm_name, "firm.uscc": _uscc, "firm.legal_name": _legal_name,
    "id.birth": _birth, "id.sex": _sex,
}  # fmt: skip
