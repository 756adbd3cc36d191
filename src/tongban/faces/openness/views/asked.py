"""The application form (条例第二十九条) as fields, and what was typed into it: the same for the public and the counter."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from tongban.base.ui import fields
from tongban.platforms.inquiry.rules import APPLICANTS, MEDIA, WAYS
from tongban.platforms.inquiry.services import Asked, faults
from tongban.registry.models import Organisation
from tongban.registry.models.organisations import Level

_ORGANISATIONS = "|".join(k for k in APPLICANTS if k != "person")
_BODIES = frozenset((Organisation.Nature.INSTITUTION, Organisation.Nature.ENTERPRISE))
NAMES = (
    "applicant_type", "name", "id_number", "contact", "phone", "address", "email", "subject", "document", "features", "way",
    "medium",
)  # fmt: skip


def typed_in(post: Mapping[str, str]) -> dict[str, str]:
    """What was typed, cut to what a form holds."""
    return {name: post.get(name, "").strip()[:2000] for name in NAMES}


def asked_of(typed: Mapping[str, str]) -> Asked:
    """The request as the services take it."""
    return Asked(**{name: typed[name] for name in NAMES})


def wrong_in(typed: Mapping[str, str], channel: str = "web") -> dict[str, str]:
    """What is wrong in a form, in words by field; empty where the request can be taken."""
    return {str(fault.detail["field"]): fault.message for fault in reversed(faults(asked_of(typed), channel))}


def units(taking: Iterable[tuple[Organisation, str]]) -> tuple[fields.Option, ...]:
    """Whom one can ask, under headings: organs by level (行使层级) from the highest down, then other bodies (条例第五十四、五十五条)."""
    ordered = sorted(taking, key=lambda one: (one[0].nature in _BODIES, one[0].level))
    return tuple(fields.Option(org.code, name, group=_heading(org)) for org, name in ordered)


def _heading(org: Organisation) -> str:
    if org.nature in _BODIES:
        return _("企业、事业单位")
    return str(Level(org.level).label)


def options(said: Iterable[tuple[str, str]]) -> tuple[fields.Option, ...]:
    """What one chooses from: (value, words)."""
    return tuple(fields.Option(key, name) for key, name in said)


def groups(
    typed: Mapping[str, str], errors: Mapping[str, str]
) -> tuple[tuple[str, tuple[fields.Field, ...]], ...]:
    """The form in its groups: who asks, what, and how they want it."""

    def one(
        name: str, label: str, type_: fields.FieldType = "text", hint: str = "", **more: object
    ) -> fields.Field:
        return fields.Field(name, label, type_, typed.get(name, ""), hint, errors.get(name, ""), **more)  # type: ignore[arg-type]

    who = (
        one("applicant_type", _("申请人类型"), "radio", options=options(APPLICANTS.items())),
        one("name", _("姓名或者单位名称"), maxlength=60, autocomplete="name"),
        one("id_number", _("证件号码"), "text", _("公民填身份证号码，单位填统一社会信用代码；没有的请当面或者寄信申请"), maxlength=30),
        one("contact", _("联系人"), "text", "", required=False, maxlength=60,
            when=fields.When("applicant_type", _ORGANISATIONS, said=_("单位申请的填写"))),
        one("phone", _("联系电话"), "mobile", autocomplete="tel"),
        one("address", _("通信地址"), "text", _("选择邮寄的必填"), required=False, maxlength=200),
        one("email", _("电子邮箱"), "email", _("选择电子邮件的必填"), required=False, maxlength=100),
    )  # fmt: skip
    what = (
        one("subject", _("所需信息的名称"), "text", _("一份申请写一项内容，例如“2023年某地块的征收补偿方案”"), maxlength=200, wide=True),
        one("document", _("文号"), "text", _("知道的填写"), required=False, maxlength=100),
        one("features", _("便于查询的其他特征"), "textarea", _("时间、地点、涉及的单位等"), required=False, rows=3, maxlength=2000),
    )  # fmt: skip
    how = (
        one("way", _("获取信息的方式"), "radio", options=options(WAYS.items())),
        one("medium", _("载体形式"), "radio", options=options(MEDIA.items())),
    )
    return (_("申请人"), who), (_("所需信息"), what), (_("怎样提供"), how)
