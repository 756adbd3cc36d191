"""Reading and keeping an applicant's choice of delivery."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tongban.base.codes import CodeError, parse_phone
from tongban.platforms.delivery.models import Wish

NAMES = ("_way", "_to_name", "_to_phone", "_to_address")
#: The field by which a matter's own form asks; where it has it, the page does not ask a second time.
OWN_FIELD, OWN_EXPRESS = "delivery", "邮寄送达"
#: What a form's answer means at the delivery step.
_METHODS = {"窗口领取": "窗口领取", OWN_EXPRESS: "邮寄", "电子证照": "电子送达"}


@dataclass(frozen=True, slots=True)
class Said:
    """What was chosen on a page: `way` "" where nothing was asked."""

    way: str = ""
    name: str = ""
    phone: str = ""
    address: str = ""


def read(post: Mapping[str, str]) -> tuple[Said, dict[str, str]]:
    """The choice of a form, and what is wrong with it by field."""
    way, name, phone, address = (str(post.get(n, "")).strip() for n in NAMES)
    said = Said(way if way in Wish.Way.values else "", name[:60], phone[:30], address[:200])
    errors: dict[str, str] = {}
    if said.way == Wish.Way.EXPRESS:
        if not said.name:
            errors["_to_name"] = _("请填写收件人")
        if len(said.address) < 6:
            errors["_to_address"] = _("请填写能送到的详细地址")
        try:
            parse_phone(said.phone)
        except CodeError as error:
            errors["_to_phone"] = error.message
    return said, errors


def asked(content: Mapping[str, Any]) -> bool:
    """Whether the page asks: the matter gives a result, and its own form does not ask how it is to come."""
    groups = (content.get("form") or {}).get("groups", ())
    own = any(f.get("name") == OWN_FIELD for g in groups for f in g.get("fields", ()))
    return bool(content.get("results")) and not own


def told(data: Mapping[str, Any]) -> Said:
    """What a matter's own form says of delivery, from the answers that forms name alike."""
    way = str(data.get(OWN_FIELD, ""))
    if way == Wish.Way.PICK_UP:
        return Said(way)
    name = str(data.get("app_name") or data.get("org_name") or "")
    phone, address = str(data.get("mobile") or data.get("phone") or ""), str(data.get("post_addr") or "")
    if way == OWN_EXPRESS and name and phone and address:
        return Said(str(Wish.Way.EXPRESS), name[:60], phone[:30], address[:200])
    return Said()


def choose(case_id: int, said: Said, form: Mapping[str, Any] | None = None) -> None:
    """Keep it with the case, in the transaction that opens it; else what its `form` says. What was chosen first stays."""
    if not said.way:
        said = told(form or {})
    if said.way:
        express = said.way == Wish.Way.EXPRESS
        Wish.objects.get_or_create(
            case_id=case_id,
            defaults={
                "way": said.way,
                **({"name": said.name, "phone": said.phone, "address": said.address} if express else {}),
            },
        )


def done_by_post(case_id: int, said: Said) -> None:
    """Where the parcel went, as the clerk was told it; it takes the place of what was chosen."""
    sent = {"way": Wish.Way.EXPRESS, "name": said.name, "phone": said.phone, "address": said.address}
    Wish.objects.update_or_create(case_id=case_id, defaults=sent)


def method_of(wish: Wish | None, form: Mapping[str, Any]) -> str:
    """The method, in the words of the delivery step, that the applicant chose with the page or the form; "" for none."""
    return str(wish.way) if wish is not None else _METHODS.get(str(form.get(OWN_FIELD, "")), "")


def wish_of(case_id: int) -> Wish | None:
    """What was chosen for a case that one may see."""
    return Wish.objects.filter(pk=case_id).first()
