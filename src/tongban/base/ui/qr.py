"""QR codes of our own addresses, drawn into the page."""

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_code(address: str) -> SafeString:
    """A QR code (ISO/IEC 18004, level M) as inline SVG."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(border=2, omitsize=True, dark="#16202c")
    return mark_safe(drawn)  # noqa: S308 -- drawn by segno from our own address
