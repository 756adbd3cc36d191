"""Supervision orders (督办单): from a card to verification, answer, review and what then becomes of the card.

An order is a case of its own kind with a flow of its own (`data/order.json`), so its limits, its trail and its lateness are
those of any case. A returned answer may be given anew twice; then it is settled or escalated.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import structlog
from django.db import transaction
from django.db.models import Count, Q

from tongban.base import present
from tongban.base.calendar import CHINA
from tongban.engine import codec
from tongban.engine.errors import Refused
from tongban.engine.house import establish
from tongban.engine.kinds import Change, Effect, Facts
from tongban.engine.models import TaskRow
from tongban.engine.queries import case_row
from tongban.engine.services import Applicant, open_case, perform
from tongban.engine.state import Actor, Command, State
from tongban.platforms.supervision.complaints import complaints_of
from tongban.platforms.supervision.models import Card, Complaint, Order, OrderQuerySet
from tongban.platforms.supervision.register import record
from tongban.platforms.supervision.services import (
    confirm,
    mark_corrected,
    may_recall,
    may_supervise,
    outside,
    revoke,
)
from tongban.registry.grants import scopes_for
from tongban.registry.models import Account, OfferingVersion, Organisation, Post
from tongban.registry.queries import as_of

log = structlog.get_logger("tongban.supervision")

FOUNDED = (Complaint.Verdict.FOUNDED, Complaint.Verdict.PARTLY)
ORDERABLE = ("valid", "explained", "confirmed")
#: What the last word of an order means for the card.
ENDINGS = {"unfounded": revoke, "upheld": revoke, "settled": mark_corrected, "escalated": confirm}
ENDING_WORDS = {
    "settled": "销号", "unfounded": "核实不属实", "upheld": "申诉成立", "escalated": "升级处理", "recalled": "收回",
}  # fmt: skip
RECALLED = "recalled"
_WATCHING = ("monitor", "supervisor")  # roles of posts that watch over orders: of the centre, of a unit
#: How far an order is (`OrderQuerySet.told`), as its lists say it.
ORDER_STATES = {
    "verify": "待核实",
    "answer": "待反馈",
    "review": "待复核",
    "escalate": "升级中",
    "done": "已办结",
}
#: Steps at which the unit has the word: a limit it lets pass there is its own lateness.
ANSWERING = frozenset({"sign", "answer_yellow", "answer_red", "answer2", "answer3"})


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
    count = Order.objects.filter(card=card).count()
    return _open(
        account,
        Asked(
            Order.Issuer.SUPERVISION, card.case_id, card.case_number, card.org_id, card.org_name, card.level,
            card.words, demand, f"{card.rule} {card.rule_name}", card.person_name, card.rule_name,
            watcher=watcher_of(account, card.org_id),
        ),
        f"{card.pk}:{count}", card,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What an order says: about which case, to which unit, what is wrong and what is asked for."""

    issuer: str
    case: int
    number: str
    org: int
    org_name: str
    level: int
    problem: str
    demand: str
    ground: str  # what it rests on, shown on the order: the card, the file review
    person: str = ""
    title: str = ""
    word: str = "督办"  # what the order is called
    watcher: str = ""  # the post that watches over it; "" the unit's own supervisor


def watcher_of(account: Account, org: int) -> str:
    """The post that watches over an order of supervision: who orders from outside the unit verifies and reviews it too."""
    held = scopes_for(account)
    if not outside(account, org):
        return ""
    posts = Post.objects.filter(code__in=held.posts, role__in=_WATCHING, abolished_on=None)
    return posts.order_by("code").values_list("code", flat=True).first() or ""


@transaction.atomic
def recall(account: Account, card_id: int, *, reason: str) -> Order:
    """收回督办: the open order of a card is taken back, and the card stays as it is.

    Raises Refused: not_found, not_permitted, no_order, missing_field.
    """
    card = Card.objects.visible_to(account).filter(pk=card_id).first()
    if card is None:
        raise Refused("not_found", "没有这张牌，或者您无权查看。")
    order = Order.objects.select_for_update(of=("self",)).filter(card=card, settled_at=None).first()
    if order is None:
        raise Refused("no_order", "这张牌没有正在办的督办单。")
    if refusal := may_recall(account, order):
        raise Refused("not_permitted", refusal)
    if not reason.strip():
        raise Refused("missing_field", "请写明收回的理由。", detail={"field": "reason"})
    perform(_opener(account), order.case_id, "withdraw", command_id=uuid4(), reason=reason.strip()[:500])
    order.close(RECALLED)
    return order


def only_issuers_recall(command: Command, facts: Facts) -> None:
    """A guard: an order is taken back by `recall` and not by who takes in applications for the unit it is against."""
    if command.type == "withdraw" and "supervise" not in command.actor.verbs:
        raise Refused("not_permitted", "督办单由下发的人或者上级监察人员收回。")


@transaction.atomic
def order_on_complaint(account: Account, number: str, *, demand: str) -> Order:
    """督办 of a complaint that was found true: the unit complained of answers as it does for a yellow card.

    One open order a complaint. Raises Refused: not_found, not_permitted, nothing_found, order_open, missing_field,
    nobody_answers.
    """
    rows = complaints_of(account).select_for_update(of=("self",)).select_related("about")
    complaint = rows.filter(number=number).first()
    if complaint is None:
        raise Refused("not_found", "没有这件投诉，或者您无权查看。")
    if refusal := may_order(account, complaint):
        raise refusal
    if not demand.strip():
        raise Refused("missing_field", "请写明督办的要求。", detail={"field": "demand"})
    about, topic = complaint.about, complaint.get_topic_display()
    asked = Asked(
        Order.Issuer.SUPERVISION, about.pk, about.number, complaint.org_id, complaint.org_name, Card.Level.YELLOW,
        f"投诉{complaint.get_verdict_display()}：{topic}。{complaint.answer}", demand, f"投诉 {complaint.number}",
        title=f"投诉{complaint.get_verdict_display()}，{topic}", watcher=watcher_of(account, complaint.org_id),
    )  # fmt: skip
    order = _open(account, asked, f"complaint:{complaint.pk}:{complaint.orders.count()}", None)
    order.complaint = complaint
    order.save(update_fields=["complaint"])
    return order


def may_order(account: Account, complaint: Complaint) -> Refused | None:
    """Why no order can be issued on a complaint; None when one can."""
    about = complaint.about
    if not scopes_for(account).of("supervise").admits(complaint.org_id, about.matter_id, about.secrecy):
        return Refused("not_permitted", "您没有对被投诉单位的监察权限。")
    if complaint.verdict not in FOUNDED:
        return Refused("nothing_found", "属实或者部分属实的投诉才能督办。")
    if complaint.orders.filter(settled_at=None).exists():
        return Refused("order_open", "这件投诉已经在督办。")
    return None


def open_correction(account: Account, asked: Asked, key: str) -> Order:
    """责令整改: an order without a card, by the legal office. Who may was asked before. `key` names its cause, once.

    Raises Refused: missing_field, nobody_answers.
    """
    if not asked.demand.strip():
        raise Refused("missing_field", "请写明整改的要求。", detail={"field": "demand"})
    return _open(account, asked, key, None)


def _open(account: Account, asked: Asked, key: str, card: Card | None) -> Order:
    version = _taken_by(asked)
    if version is None:
        raise Refused("nobody_answers", "这个单位和上级单位都没有监察员和负责人岗位，不能下发督办单。")
    issuer = Order.Issuer(asked.issuer)
    outcome = open_case(
        _opener(account), offering_version=version.pk, kind="order", channel="counter",
        command_id=uuid5(NAMESPACE_URL, f"{issuer}:order:{key}"),
        title=f"{asked.word}：{asked.title}（{asked.number}）"[:200],
        posts={"watcher": asked.watcher} if asked.watcher else {},
        applicant=Applicant(issuer.label, "organisation"),
        data={
            "level": str(asked.level), "card": asked.ground, "case": asked.number,
            "unit": asked.org_name or "未注明", "person": asked.person, "problem": asked.problem,
            "demand": asked.demand.strip()[:2000],
        },
    )  # fmt: skip
    return Order.objects.create(
        issuer=issuer, card=card, about_id=asked.case, about_number=asked.number, org_id=asked.org,
        org_name=asked.org_name, level=asked.level, problem=asked.problem, case_id=outcome.case_id, opened_by=account,
        opened_at=present.now(),
    )  # fmt: skip


def note_lateness(change: Change) -> None:
    """In the transaction of a finding on an order: a limit passed while the unit had the word is the unit's lateness."""
    payload, state = change.event.payload, change.facts.state
    task = state.task(int(payload.get("task", 0)))
    if payload["rule"] == "T04" and task is not None and task.node in ANSWERING:
        Order.objects.filter(case_id=change.facts.case_id, late_at=None).update(late_at=change.event.at)


def raise_cards_of_late_orders() -> int:
    """A yellow card whose order is not answered in time becomes red (督办逾期升牌). For the worker; returns how many.

    One under appeal waits until the appeal is decided. Every order is answered for once.
    """
    raised = 0
    for order in Order.objects.filter(late_at__isnull=False, raised_at=None).select_related("card", "case"):
        with transaction.atomic():
            card = Card.objects.select_for_update().filter(pk=order.card_id or 0).first()
            if card is not None and card.status == Card.Status.APPEALED:
                continue
            if card is not None and card.level == Card.Level.YELLOW and card.status in ORDERABLE:
                record(card.case_id, [_graver(card, order)])
                raised += 1
            Order.objects.filter(pk=order.pk).update(raised_at=present.now())
    return raised


def _graver(card: Card, order: Order) -> dict[str, Any]:
    late = TaskRow.objects.filter(case_id=order.case_id, node__in=ANSWERING, due_at__lte=order.late_at)
    step = late.order_by("-no")[0]
    number = order.case.number
    words = f"{card.words.rstrip('。')}；督办单{number}的“{step.name}”逾期，升为红牌。"
    said = {
        "order": number, "step": step.name, "due": _instant(step.due_at),
        "at": _instant(order.late_at),
    }  # fmt: skip
    return {
        "rule": card.rule, "episode": card.episode, "level": int(Card.Level.RED), "words": words, "task": card.task,
        "inputs": {**card.snapshot, "org": card.org_id, "raised": said},
    }  # fmt: skip


def _instant(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(CHINA).isoformat()


def sums(orders: OrderQuerySet, first: datetime, end: datetime) -> dict[str, int]:
    """Of the orders issued from `first` on and before `end`: how many, settled (not recalled), these without lateness, …"""
    rows = orders.filter(opened_at__gte=first, opened_at__lt=end).order_by()
    ended = Q(settled_at__isnull=False) & ~Q(ending=RECALLED)
    found: dict[str, int] = rows.aggregate(
        issued=Count("pk"),
        settled=Count("pk", filter=ended),
        kept=Count("pk", filter=ended & Q(late_at=None)),
        late=Count("pk", filter=Q(late_at__isnull=False)),
        escalated=Count("pk", filter=Q(ending="escalated")),
    )
    return found | {"returned": rows.told().filter(Q(returned__gt=0)).count()}


def settle(effect: Effect) -> None:
    """After an order has ended: what it came to is done to the card, in the name of who reviewed it."""
    order = Order.objects.select_related("card").filter(case_id=effect.case_id, settled_at=None).first()
    if order is None:
        return
    word, by, opinion = _last_word(codec.load(case_row(effect.case_id).state))
    deed, person = ENDINGS.get(word), Account.objects.filter(pk=by or 0).first()
    if deed is not None and person is not None and order.card_id is not None:
        try:
            deed(person, order.card_id, reason=f"督办单 {case_row(effect.case_id).number}：{opinion}")
        except Refused as refusal:  # risen or revoked meanwhile: the order's own trail says what was found
            log.info("order_left_card", order=order.pk, card=order.card_id, why=refusal.code)
    order.close(word)


def orders_of(card: Card, account: Account) -> list[Order]:
    """The orders about a card that the account may open, oldest first."""
    return list(Order.objects.visible_to(account).filter(card=card).select_related("case").order_by("pk"))


def _last_word(state: State) -> tuple[str, int | None, str]:
    for task in reversed(state.tasks):
        if task.status == "done" and task.outcome in ENDINGS:
            return task.outcome, task.by, ENDING_WORDS[task.outcome]
    return "", None, ""


def _opener(account: Account) -> Actor:
    """Who opens it, as supervision presents them: that they may was asked here."""
    held = scopes_for(account)
    org = min((org for _, org in held.posts.values()), default=None)
    verbs = frozenset({"accept", "handle", "supervise"})
    return Actor("staff", account.pk, account.display_name, org, frozenset(held.posts), verbs)


def _taken_by(asked: Asked) -> OfferingVersion | None:
    nodes, at = as_of().nodes, asked.org
    template = _template()
    roles, kind = dict(template["roles"]), "order"
    permits, said = dict(template["permits"]), {"code": "992099004000", "matter": "监察督办"}
    if asked.issuer == Order.Issuer.LEGAL:
        del roles["watcher"]
        kind = "correction"
        permits = {"legal": permits["supervisor"], "leader": permits["leader"]}
        said = {"code": "992099005000", "matter": "法制监督整改", "watcher": asked.watcher}
    while at in nodes:
        version = establish(
            kind,
            Organisation.objects.get(pk=at),
            template["content"],
            template["flow"],
            roles,
            permits,
            also=said,
        )
        if version is not None:
            return version
        at = nodes[at].parent_id or 0
    return None


def days_of(step: str) -> int:
    """Working days that a step of an order has, as its flow (`data/order.json`) says. Raises KeyError: no such step."""
    amounts = {n["key"]: n["limit"]["amount"] for n in _template()["flow"]["nodes"] if "limit" in n}
    return int(amounts[step])


@lru_cache(maxsize=1)
def _template() -> dict[str, Any]:
    path = files("tongban.platforms.supervision").joinpath("data/order.json")
    template: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return template
