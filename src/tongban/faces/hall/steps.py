"""The screens of a draft in order, and what is known of the applicant before they type."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _

from tongban.base.codes import mask_citizen_id
from tongban.faces.application import Filled, Typed, form_fields, typed_of
from tongban.faces.hall.models import Draft
from tongban.faces.prefill import ID_NAMES, prefilled
from tongban.registry.identity import open_id_number
from tongban.registry.models import Account

PERSON, FIRM = "自然人", "法人或其他组织"
ID_CODES = {name: code for code, name in ID_NAMES.items()}
NOTHING_TYPED: Typed = {}
_OWN = ("app_type", "by_agent", "app_name", "id_type", "id_no")  # who a person that applies for themselves is
_FIRMS = ("app_type", "by_agent", "org_name", "company_name", "uscc")  # and which firm
NAME_CHECKED = 1  # real-name level from which name and number of an account are the person's own


@dataclass(frozen=True, slots=True)
class Step:
    """One screen. `groups` are the places of its question groups in the form."""

    kind: Literal["who", "form", "materials", "review"]
    name: str
    groups: tuple[int, ...] = ()


def steps_of(draft: Draft) -> tuple[Step, ...]:
    """The screens of this draft. A form asks one group a screen; the answer to a notice asks for papers first."""
    content = draft.version.content
    groups = [
        (i, str(g.get("title", "")))
        for i, g in enumerate(content.get("form", {}).get("groups", ()))
        if g.get("fields")
    ]
    if draft.purpose == Draft.Purpose.SUPPLY:
        form = (Step("form", _("改填写内容"), tuple(i for i, _title in groups)),) if groups else ()
        return (Step("materials", _("补交材料")), *form, Step("review", _("核对并提交")))
    materials = (Step("materials", _("上传材料")),) if content.get("materials") else ()
    return (
        Step("who", _("谁来申请")),
        *(Step("form", title, (i,)) for i, title in groups),
        *materials,
        Step("review", _("核对并提交")),
    )


def ways_to_apply(content: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """Who may apply for a matter: (key, words, hint), by whom it serves and what its form asks."""
    fields = {f["name"]: f for f in form_fields(content)}
    types = [str(o) for o in fields.get("app_type", {}).get("options") or ()]
    serves = set(content.get("service_objects", ()))
    person = PERSON in types if types else "1" in serves or not serves
    firm = FIRM in types if types else bool(serves - {"1"})
    ways = []
    if person:
        ways.append((Draft.Who.SELF.value, _("我本人"), _("姓名和证件号码从实名信息带入，不用再填")))
    if firm:
        ways.append((Draft.Who.FIRM.value, _("我代表的单位"), _("企业、个体工商户、社会组织等，由您经办")))
    if "by_agent" in fields:
        ways.append((Draft.Who.AGENT.value, _("我替别人办"), _("需要上传授权委托书和您的身份证")))
    return tuple(ways) or ((Draft.Who.SELF.value, _("我本人"), ""),)


def known_of(
    account: Account | None, who: str, content: Mapping[str, Any], typed: Typed = NOTHING_TYPED
) -> dict[str, Filled]:
    """What is filled in before the person types: who applies, the checked name and number, and what `prefill` brings."""
    fields = {f["name"] for f in form_fields(content)}
    known: dict[str, Filled] = {}
    chosen = _("按您选的申请方式填好")
    if who == Draft.Who.SELF:
        known["app_type"] = Filled(PERSON, PERSON, chosen, locked=True)
        known["by_agent"] = Filled("否", "否", chosen, locked=True)
    elif who == Draft.Who.FIRM:
        known["app_type"] = Filled(FIRM, FIRM, chosen, locked=True)
    else:
        known["by_agent"] = Filled("是", "是", chosen, locked=True)
    if account is not None:
        number = open_id_number(account) if account.real_name_level >= NAME_CHECKED else ""
        own, firm = who == Draft.Who.SELF, who == Draft.Who.FIRM
        known = prefilled(account, number, content, typed, oneself=own, firm=firm) | known
        if own and number:
            said = _("来自您的实名信息")
            kind = ID_NAMES.get(account.id_type, "居民身份证")
            known["app_name"] = Filled(account.display_name, account.display_name, said, locked=True)
            known["id_type"] = Filled(kind, kind, said, locked=True)
            known["id_no"] = Filled(mask_citizen_id(number), number, said, locked=True)
    return {name: filled for name, filled in known.items() if name in fields}


def fixed_in_supply(kind: str, before: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Filled]:
    """What the answer to a notice (补正) cannot change: who applies, as it stands in the case's form.

    `kind` is the case's kind of applicant. Of somebody applied for by another only that: their name was typed.
    """
    names = _FIRMS if kind == "organisation" else _OWN if before.get("by_agent") != "是" else ("by_agent",)
    fields = {f["name"] for f in form_fields(content)}
    typed, said = typed_of(before), _("申请人的身份信息，补正时不能改")
    return {
        name: Filled(mask_citizen_id(value) if name == "id_no" else value, value, said, locked=True)
        for name in names
        if name in fields and isinstance(value := typed.get(name), str) and value
    }
