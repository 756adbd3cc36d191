"""The question on both faces: fetched, or sent by express, and where to."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from tongban.base.ui.fields import Field, Option, When
from tongban.platforms.delivery.models import Wish
from tongban.platforms.delivery.services import Said


def fields_for(said: Said, errors: Mapping[str, str]) -> tuple[Field, ...]:
    """The fields; the address is asked when it is to be sent."""
    sent = When("_way", Wish.Way.EXPRESS, said=_("只在选“邮寄”时填。"))
    options = (
        Option(Wish.Way.PICK_UP, _("到窗口领取")),
        Option(Wish.Way.EXPRESS, _("邮寄"), _("寄到填写的地址，单号在进度里能查")),
    )
    return (
        Field("_way", _("结果怎么送达"), "radio", said.way or Wish.Way.PICK_UP, options=options),
        Field("_to_name", _("收件人"), value=said.name, error=errors.get("_to_name", ""), when=sent, maxlength=60),
        Field("_to_phone", _("收件电话"), "mobile", value=said.phone, error=errors.get("_to_phone", ""), when=sent),
        Field(
            "_to_address", _("收件地址"), value=said.address, error=errors.get("_to_address", ""), when=sent,
            maxlength=200, wide=True,
        ),
    )  # fmt: skip
