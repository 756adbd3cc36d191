"""Reading a number at the counter (证件号、信用代码): what the number itself says, and whom this unit knows by it.

Somebody known is shown only for the exact number, only from cases the clerk may accept, and each look is written down.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from tongban.base.codes import CodeError, parse_citizen_id, parse_uscc
from tongban.base.ui.format import cn_date
from tongban.engine.models import Case
from tongban.engine.queries import case_data
from tongban.faces.application import form_fields, typed_of
from tongban.registry.access import record_access
from tongban.registry.identity import id_digest
from tongban.registry.models import Account, OfferingVersion, Region
from tongban.registry.queries import today

#: What is taken over from an earlier case of the same person or firm, where the form asks for it.
KNOWN = ("app_name", "org_name", "legal_name", "mobile", "phone", "addr", "email")
FIRMS = frozenset({"91", "92", "93"})  # begin a credit code (工商登记); no province has these digits
SEX = {"male": "男", "female": "女"}


@dataclass(frozen=True, slots=True)
class Found:
    """What a number gave: values by form field, and the sentence that says where they come from. `error`: it is wrong."""

    values: Mapping[str, str | list[str]] = field(default_factory=dict)
    said: str = ""
    error: str = ""
    known: bool = False


def look_up(account: Account, version: OfferingVersion, number: str) -> Found:
    """Read a number that was typed, or came from a card reader."""
    number = "".join(number.split()).upper()
    fields = {f["name"]: f for f in form_fields(version.content)}
    kind = "uscc" if any(c.isalpha() for c in number[:17]) or number[:2] in FIRMS else "111"
    try:
        values, said = _firm(number) if kind == "uscc" else _person(number, version.content)
    except CodeError as error:
        name = "uscc" if kind == "uscc" else "id_no"
        return Found({name: number} if name in fields else {}, error=error.message)
    earlier = _earlier(account, kind, number)
    if earlier is not None:
        values |= {k: v for k, v in earlier.items() if k in KNOWN}
        said += _("本单位受理过，姓名和联系方式取自上次办件，请当面核对。")
    options = {n: [str(o) for o in f.get("options") or ()] for n, f in fields.items()}
    fit = {n: v for n, v in values.items() if n in fields and (not options[n] or v in options[n])}
    return Found(fit, said, known=earlier is not None)


def _firm(number: str) -> tuple[dict[str, str | list[str]], str]:
    values: dict[str, str | list[str]] = {"app_type": "法人或其他组织", "uscc": parse_uscc(number).text}
    return values, _("统一社会信用代码校验无误。")


def _person(number: str, content: Mapping[str, Any]) -> tuple[dict[str, str | list[str]], str]:
    read = parse_citizen_id(number, today=today())
    values: dict[str, str | list[str]] = {
        "app_type": "自然人", "id_type": "居民身份证", "id_no": read.text,
    }  # fmt: skip
    beside = {
        f["name"]: f
        for g in content.get("form", {}).get("groups", ())
        if any(f["name"] == "id_no" for f in g.get("fields", ()))
        for f in g["fields"]
    }  # a date of birth elsewhere in the form may be somebody else's, a child's
    if "birth" in beside:
        values["birth"] = read.birth.isoformat()
    if "sex" in beside:
        values["sex"] = SEX[read.sex]
    region = Region.objects.filter(pk=read.region).values_list("name", flat=True).first() or read.region
    said = _("校验无误：%(birth)s生，%(sex)s，%(age)s 岁，首次登记地 %(region)s。") % {
        "birth": cn_date(read.birth), "sex": SEX[read.sex], "age": read.age(today()), "region": region,
    }  # fmt: skip
    return values, said


def _earlier(account: Account, kind: str, number: str) -> Mapping[str, str | list[str]] | None:
    """The form of the latest case of this number that the account may accept, and the look written down."""
    case = (
        Case.objects.visible_to(account, "accept")
        .filter(applicant_digest=id_digest(kind, number))
        .order_by("-opened_at")
        .first()
    )
    record_access(account, "lookup", case.number if case else "", found=case is not None)
    if case is None:
        return None
    shown = case_data(account, case)
    return typed_of(shown.data) if shown is not None else {}
