"""What pages draw themselves: QR codes."""

import segno
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _


def qr(address: str) -> SafeString:
    """The QR code of an address, as a picture with its name."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(
        border=2, omitsize=True, title=_("二维码：%(address)s") % {"address": address}, dark="#16202c"
    )
    return mark_safe(drawn)  # noqa: S308 -- drawn by segno, which escapes the title
