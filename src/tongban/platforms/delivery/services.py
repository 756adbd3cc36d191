"""Reading and keeping an applicant's choice of delivery."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tongban.base.codes import CodeError, parse_phone
from tongban.platforms.delivery.models import Wish

NAMES = ("_way", "_to_name", "_to_phone", "_to_address")


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


def choose(case_id: int, said: Said) -> None:
    """Keep it with the case, in the transaction that opens it. What was chosen first stays."""
    if said.way:
        express = said.way == Wish.Way.EXPRESS
        Wish.objects.get_or_create(
            case_id=case_id,
            defaults={
                "way": said.way,
                **({"name": said.name, "phone": said.phone, "address": said.address} if express else {}),
            },
        )


def wish_of(case_id: int) -> Wish | None:
    """What was chosen for a case that one may see."""
    return Wish.objects.filter(pk=case_id).first()
