"""Supervision orders (督办单): from a card to verification, answer, review and what then becomes of the card.

An order is a case of its own kind with a flow of its own (`data/order.json`), so its limits, its trail and its lateness are
those of any case. A returned answer may be given anew twice; then it is settled or escalated.
"""

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import structlog
from django.db import transaction

from tongban.engine import codec
from tongban.engine.errors import Refused
from tongban.engine.house import establish
from tongban.engine.kinds import Effect
from tongban.engine.queries import case_row
from tongban.engine.services import Applicant, open_case
from tongban.engine.state import Actor, State
from tongban.platforms.supervision.models import Card, Order
from tongban.platforms.supervision.services import confirm, mark_corrected, may_supervise, revoke
from tongban.registry.grants import scopes_for
from tongban.registry.models import Account, OfferingVersion, Organisation
from tongban.registry.queries import as_of

log = structlog.get_logger("tongban.supervision")

ORDERABLE = ("valid", "explained", "confirmed")
#: What the last word of an order means for the card.
ENDINGS = {"unfounded": revoke, "upheld": revoke, "settled": mark_corrected, "escalated": confirm}


@transaction.atomic
def open_order(account: Account, card_id: int, *, demand: str) -> Order:
    """督办: order the unit to answer for a card. The order goes to the unit, or the nearest above it that has the posts.

    One open order a card. Raises Refused: not_found, not_permitted, card_status, missing_field, order_open, nobody_answers.
    """
    card = Card.objects.visible_to(account).select_for_update(of=("self",)).filter(pk=card_id).first()
    if card is None:
        raise Refused("not_found", "没有这张牌，或者您无权查看。")
    if refusal := may_supervise(account, card):
        raise Refused("not_permitted", refusal)
    if card.status not in ORDERABLE:
        raise Refused("card_status", f"这张牌现在是“{card.get_status_display()}”，不能督办。")
    if not demand.strip():
        raise Refused("missing_field", "请写明督办的要求。", detail={"field": "reason"})
    if Order.objects.filter(card=card, settled_at=None).exists():
        raise Refused("order_open", "这张牌已经在督办。")
    version = _taken_by(card.org_id)
    if version is None:
        raise Refused("nobody_answers", "这个单位和上级单位都没有监察员和负责人岗位，不能下发督办单。")
    count = Order.objects.filter(card=card).count()
    outcome = open_case(
        _opener(account), offering_version=version.pk, kind="order", channel="counter",
        command_id=uuid5(NAMESPACE_URL, f"supervision:order:{card.pk}:{count}"),
        title=f"督办：{card.rule_name}（{card.case_number}）"[:200], applicant=Applicant("电子监察", "organisation"),
        data={
            "level": str(card.level), "card": f"{card.rule} {card.rule_name}", "case": card.case_number,
            "unit": card.org_name or "未注明", "person": card.person_name, "problem": card.words,
            "demand": demand.strip()[:2000],
        },
    )  # fmt: skip
    return Order.objects.create(card=card, case_id=outcome.case_id, opened_by=account)


def settle(effect: Effect) -> None:
    """After an order has ended: what it came to is done to the card, in the name of who reviewed it."""
    order = Order.objects.select_related("card").filter(case_id=effect.case_id, settled_at=None).first()
    if order is None:
        return
    word, by, opinion = _last_word(codec.load(case_row(effect.case_id).state))
    deed, person = ENDINGS.get(word), Account.objects.filter(pk=by or 0).first()
    if deed is not None and person is not None:
        try:
            deed(person, order.card_id, reason=f"督办单 {case_row(effect.case_id).number}：{opinion}")
        except Refused as refusal:  # risen or revoked meanwhile: the order's own trail says what was found
            log.info("order_left_card", order=order.pk, card=order.card_id, why=refusal.code)
    order.close(word)


def orders_of(card: Card) -> list[Order]:
    """The orders about a card, oldest first."""
    return list(Order.objects.filter(card=card).select_related("case", "opened_by").order_by("pk"))


def _last_word(state: State) -> tuple[str, int | None, str]:
    names = {
        "issued": "属实",
        "unfounded": "核实不属实",
        "settled": "整改到位",
        "upheld": "申诉成立",
        "escalated": "升级处理",
    }
    for task in reversed(state.tasks):
        if task.status == "done" and task.outcome in ENDINGS:
            return task.outcome, task.by, names[task.outcome]
    return "", None, ""


def _opener(account: Account) -> Actor:
    """Who opens it, as supervision presents them: that they may was asked here."""
    held = scopes_for(account)
    org = min((org for _, org in held.posts.values()), default=None)
    verbs = frozenset({"accept", "handle"})
    return Actor("staff", account.pk, account.display_name, org, frozenset(held.posts), verbs)


def _taken_by(org_id: int) -> OfferingVersion | None:
    template, nodes, at = _template(), as_of().nodes, org_id
    while at in nodes:
        version = establish(
            "order", Organisation.objects.get(pk=at), template["content"], template["flow"], template["roles"],
            template["permits"],
        )  # fmt: skip
        if version is not None:
            return version
        at = nodes[at].parent_id or 0
    return None


@lru_cache(maxsize=1)
def _template() -> dict[str, Any]:
    path = files("tongban.platforms.supervision").joinpath("data/order.json")
    template: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return template
