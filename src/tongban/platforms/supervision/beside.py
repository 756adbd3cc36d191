"""What supervision puts beside a case at the desk: what it is about, what is about it, and how like cases were decided."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from tongban.base.ui import parts
from tongban.engine.definition import Definition
from tongban.engine.models import Case
from tongban.platforms.supervision.discretion import Likes, decided_alike, likes
from tongban.platforms.supervision.models import Card, Complaint, Order
from tongban.platforms.supervision.orders import may_order
from tongban.registry.models import Account

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from tongban.base.ui.component import Shown

SHOWN = 6


def about(account: Account, case: Case) -> parts.Terms | None:
    """Cards, orders, complaints and cases that this case is about or that are about it, as far as the account sees them."""
    rows: list[tuple[str, Shown]] = []
    order = Order.objects.filter(case=case).first() if case.kind == "order" else None
    complaint = Complaint.objects.filter(case=case).first() if case.kind == "complaint" else None
    if order is not None:
        card = Card.objects.visible_to(account).filter(pk=order.card_id or 0).first()
        if card is not None:
            words = f"{card.get_level_display()} {card.rule} {card.rule_name}"
            rows.append((_("牌"), _link(reverse("supervision:card", args=[card.pk]), words)))
        rows += _case(account, order.about_id)
    elif complaint is not None:
        rows += _case(account, complaint.about_id)
        rows += _orders(account, complaint.orders.all())
        if may_order(account, complaint) is None:
            rows.append(
                (
                    _("督办"),
                    _link(reverse("supervision:complaint_order", args=[case.number]), _("下发督办单")),
                )
            )
    else:
        rows += _orders(account, Order.objects.filter(about=case))
    return parts.Terms(tuple(rows)) if rows else None


def discretion(case: Case, definition: Definition, now: datetime) -> dict[str, Any] | None:
    """The benchmark of a case with discretion, and what like cases came to in the twelve months before."""
    terms = definition.terms.discretion
    if not terms.get("bands"):
        return None
    found = likes(decided_alike(case.matter_id, now))
    return {
        "bands": bands_table(terms),
        "likes": likes_table(found[:SHOWN], str(terms.get("unit", "元"))),
        "count": sum(x.count for x in found),
    }


def bands_table(terms: Mapping[str, Any]) -> parts.Table:
    """裁量基准: each band with its circumstances and range."""
    unit = terms.get("unit", "元")
    return parts.table(
        (_("阶次"), _("适用情节"), _("幅度")),
        [
            (band["level"], "；".join(band.get("circumstances", ())) or "—",
             parts.Cell(between(band["min"], band["max"], str(unit)), str(band.get("penalty", "")), number=True))
            for band in terms["bands"]
        ],
        _("裁量基准"), caption_hidden=True, dense=True,
    )  # fmt: skip


def between(least: object, most: object, unit: str) -> str:
    """A band's range as people read it: one amount where both ends are the same, no fine where that is nothing."""
    low, high = plain(least), plain(most)
    if low == high:
        return _("不罚款") if low == "0" else f"{low} {unit}"
    return f"{low}–{high} {unit}"


def plain(amount: object) -> str:
    """An amount without the noughts behind its point; what is no number as it stands."""
    try:
        return f"{Decimal(str(amount)).normalize():f}"
    except ArithmeticError:
        return str(amount)


def likes_table(found: list[Likes], unit: str) -> parts.Table:
    """同类案件: what was decided of the same band and circumstances."""
    return parts.table(
        (_("阶次和情节"), parts.Column(_("件"), right=True), parts.Column(_("最低"), right=True), parts.Column(_("平均"), right=True),
         parts.Column(_("最高"), right=True), parts.Column(_("偏离"), right=True)),
        [
            (
                parts.Cell(x.band, "；".join(x.circumstances)), parts.Cell(str(x.count), number=True),
                parts.Cell(f"{plain(x.least)} {unit}", number=True), parts.Cell(f"{plain(x.mean)} {unit}", number=True),
                parts.Cell(f"{plain(x.most)} {unit}", number=True), parts.Cell(str(x.left) if x.left else "–", number=True),
            )
            for x in found
        ],
        _("近十二个月的同类案件"), caption_hidden=True, dense=True, empty=_("近十二个月没有同类案件。"),
    )  # fmt: skip


def _orders(account: Account, orders: "QuerySet[Order]") -> list[tuple[str, "Shown"]]:
    seen = (
        orders.filter(pk__in=Order.objects.visible_to(account).values("pk"))
        .select_related("case")
        .order_by("-pk")
    )
    return [
        (o.get_issuer_display(), _link(reverse("desk:case", args=[o.case.number]), o.case.number))
        for o in seen[:SHOWN]
    ]


def _case(account: Account, case_id: int) -> list[tuple[str, "Shown"]]:
    found = Case.objects.visible_to(account).filter(pk=case_id).first()
    return (
        [] if found is None else [(_("办件"), _link(reverse("desk:case", args=[found.number]), found.number))]
    )


def _link(href: str, words: str) -> "Shown":
    return format_html('<a href="{}">{}</a>', href, words)
