"""What supervision writes: what is done about a card, and how the rules stand from a day on. Cards are given in `issuing`."""

import logging
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from uuid import uuid4

from django.core.cache import cache
from django.db import transaction

from tongban.base import present
from tongban.base.calendar import BeyondHorizon
from tongban.engine.dated import make_room, withdraw
from tongban.engine.errors import Refused
from tongban.engine.queries import open_case_ids
from tongban.engine.services import SYSTEM, perform
from tongban.engine.state import Actor
from tongban.platforms.supervision.issuing import STANDING
from tongban.platforms.supervision.models import Card, CardStep, Order, RuleVersion
from tongban.platforms.supervision.queries import forget_books
from tongban.platforms.supervision.register import anchor_versions
from tongban.platforms.supervision.rules import RULES, thresholds_problem
from tongban.registry import tree
from tongban.registry.grants import scopes_for
from tongban.registry.models import Account, Matter

log = logging.getLogger(__name__)

REMEMBERED = 7  # days back for which a revision that began unseen is still made up for
_LOOKED = "supervision.looked_again.{}"  # in the cache that all processes share

Status = Card.Status
_APPEALED = frozenset({Status.APPEALED})
_VALID = frozenset({Status.VALID, Status.EXPLAINED})


def explain(account: Account, card_id: int, *, reason: str) -> Card:
    """说明: the person carded, or who decides for the unit, says how it came to be; supervision then judges.

    Raises Refused: not_found, not_permitted, card_status, missing_field.
    """
    return _step(
        account, card_id, "explain", Status.EXPLAINED, frozenset({Status.VALID}), reason, _may_appeal
    )


def confirm(account: Account, card_id: int, *, reason: str) -> Card:
    """认定: supervision has verified the fault. Only confirmed cards count in appraisal."""
    return _step(account, card_id, "confirm", Status.CONFIRMED, _VALID, reason, may_supervise)


def appeal(account: Account, card_id: int, *, reason: str) -> Card:
    """申诉: the person carded, or who decides for the unit, objects; the card waits for supervision.

    Once a card. Raises Refused: not_found, not_permitted, card_status, missing_field.
    """
    return _step(account, card_id, "appeal", Status.APPEALED, STANDING, reason, _may_appeal)


def uphold(account: Account, card_id: int, *, reason: str) -> Card:
    """维持: supervision from outside the unit finds the appeal unfounded; the card is confirmed."""
    return _step(account, card_id, "uphold", Status.CONFIRMED, _APPEALED, reason, may_clear)


def revoke(account: Account, card_id: int, *, reason: str) -> Card:
    """撤销: the card was given in error, on appeal or found by supervision from outside the unit. It stays on record as revoked."""
    return _step(account, card_id, "revoke", Status.REVOKED, STANDING | _APPEALED, reason, may_clear)


def mark_corrected(account: Account, card_id: int, *, reason: str) -> Card:
    """已整改: supervision has seen what the unit did about it; `reason` says what."""
    return _step(account, card_id, "mark_corrected", Status.CORRECTED, STANDING, reason, may_supervise)


def deeds_open(account: Account, card: Card) -> tuple[str, ...]:
    """What this account may do about the card now, of `_DEEDS`. The services ask again."""
    supervises, answers = not may_supervise(account, card), not _may_appeal(account, card)
    clears = not may_clear(account, card)
    status = Card.Status(card.status)
    open_ = []
    if answers and status == Status.VALID:
        open_.append("explain")
    if answers and status in STANDING and not _appealed_before(card):
        open_.append("appeal")
    if supervises and status in _VALID:
        open_.append("confirm")
    ordered = card.orders.filter(settled_at=None).first()
    if supervises and status in STANDING and ordered is None:
        open_.append("order")
    if ordered is not None and not may_recall(account, ordered):
        open_.append("recall")
    if clears and status in _APPEALED:
        open_.append("uphold")
    if clears and status in STANDING | _APPEALED:
        open_.append("revoke")
    if supervises and status in STANDING:
        open_.append("mark_corrected")
    return tuple(open_)


def _appealed_before(card: Card) -> bool:
    return card.steps.filter(after=Status.APPEALED).exists()


@transaction.atomic
def revise_rule(
    account: Account,
    rule_id: str,
    *,
    thresholds: Mapping[str, int],
    enabled: bool = True,
    begins: date,
    until: date | None = None,
    org: int | None = None,
    matter: int | None = None,
    basis: str,
) -> RuleVersion:
    """How a rule stands from a later day on, up to and with `until`; for everybody, or for a unit, a matter, or both.

    The version of that scope in force ends there; a planned one of that day is replaced. A change begins tomorrow at the
    earliest: nobody is carded by a rule that was not known before. Every version is bound into the ledger.
    Raises Refused: not_permitted, rule_unknown, thresholds_invalid, begins_too_early, too_far_ahead, later_version_planned,
    missing_field, ends_before_beginning, organisation_unknown, matter_unknown, nothing_changed.
    """
    _revises(account)
    rule = RULES.get(rule_id)
    if rule is None:
        raise Refused("rule_unknown", f"没有规则 {rule_id}。")
    problem = thresholds_problem(rule, thresholds)
    if problem:
        raise Refused("thresholds_invalid", problem)
    if not basis.strip():
        raise Refused("missing_field", "请填写调整的依据。", detail={"field": "basis"})
    _known_scope(org, matter)
    scope = RuleVersion.objects.filter(rule=rule_id, org=org, matter=matter)
    held = scope.filter(valid__contains=begins).first()
    stands = (held.thresholds, held.enabled) if held is not None else (dict(rule.defaults), True)
    room = make_room(scope, begins, until)
    if (held is not None or (org is None and matter is None)) and stands == (dict(thresholds), enabled):
        raise Refused("nothing_changed", "那一天起的参数本来就是这样，不用再定。")
    made = RuleVersion.objects.create(
        rule=rule_id, thresholds=dict(thresholds), enabled=enabled, basis=basis.strip(), made_by=account, org_id=org,
        matter_id=matter, valid=room.valid,
    )  # fmt: skip
    anchor_versions([*room.changed, made], room.removed)
    transaction.on_commit(forget_books)
    return made


@transaction.atomic
def withdraw_version(account: Account, rule_id: str, version_id: int) -> None:
    """Take back a version that has not begun; what holds until then goes on. Bound into the ledger like every change.

    Raises Refused: not_permitted, not_found, begun_already.
    """
    _revises(account)
    found = RuleVersion.objects.filter(rule=rule_id, pk=version_id).first()
    if found is None:
        raise Refused("not_found", "没有这一版，或者已经撤回。")
    scope = RuleVersion.objects.filter(rule=rule_id, org=found.org_id, matter=found.matter_id)
    room = withdraw(scope, version_id)
    anchor_versions(room.changed, room.removed)
    transaction.on_commit(forget_books)


def _revises(account: Account) -> None:
    if not scopes_for(account).of("supervise").admits(None):
        raise Refused("not_permitted", "只有对全部单位有监察权限的人员可以调整监察规则。")


def _known_scope(org: int | None, matter: int | None) -> None:
    if org is not None and org not in tree.as_of(present.now().date()):
        raise Refused("organisation_unknown", "没有这个单位。", detail={"field": "org"})
    if matter is not None and not Matter.objects.filter(pk=matter).exists():
        raise Refused("matter_unknown", "没有这个事项。", detail={"field": "matter"})


def look_again(limit: int | None = None, after: int = 0) -> int:
    """Ask the rules anew of every open case; for the morning on which a revision begins. Returns how many were asked.

    A watch was set by the thresholds of its time: a stricter rule would otherwise find a waiting case too late.
    """
    asked = 0
    open_cases = open_case_ids(after)
    for case_id in open_cases[:limit] if limit else open_cases.iterator():
        try:
            perform(SYSTEM, case_id, "tick", command_id=uuid4(), channel="system")
        except (Refused, BeyondHorizon) as refusal:
            log.warning("case %s was not looked at again: %s", case_id, refusal)
            continue
        asked += 1
    return asked


def look_again_after_revisions() -> int:
    """Look again where a revised rule has begun and its first day was not yet worked through. Returns how many were asked.

    For the worker, every hour: the first after midnight does it, the others find it done. After an outage of up to
    `REMEMBERED` days it is made up for. One that fails half-way is done again in whole; a card is given once.
    """
    day = present.now().date()
    begun = RuleVersion.objects.filter(
        valid__startswith__lte=day, valid__startswith__gt=day - timedelta(days=REMEMBERED)
    )
    days = sorted({f"{v.valid.lower.isoformat()}" for v in begun})
    left = [d for d in days if cache.add(_LOOKED.format(d), value=True, timeout=2 * REMEMBERED * 86400)]
    if not left:
        return 0
    forget_books()
    try:
        return look_again()
    except BaseException:
        cache.delete_many([_LOOKED.format(d) for d in left])
        raise


def _may_appeal(account: Account, card: Card) -> str:
    if card.person_id == account.pk:
        return ""
    verbs = scopes_for(account).verbs_on(card.org_id, card.matter_id, card.secrecy)
    return "" if verbs & {"approve", "assign", "decide"} else "只有责任人本人或其单位负责人可以申诉。"


def may_supervise(account: Account, card: Card) -> str:
    """Why the account may not judge the card; "" when it may."""
    if card.person_id == account.pk:
        return "本人的牌应由其他监察人员处理。"
    admitted = scopes_for(account).of("supervise").admits(card.org_id, card.matter_id, card.secrecy)
    return "" if admitted else "您没有对这个单位的监察权限。"


def may_clear(account: Account, card: Card) -> str:
    """Why the account may not take a card off a unit nor decide its appeal; "" when it may: no unit clears itself."""
    refusal = may_supervise(account, card)
    return refusal or ("" if outside(account, card.org_id) else "本单位的牌由上级监察人员复核和撤销。")


def may_recall(account: Account, order: Order) -> str:
    """Why the account may not take an order back; "" when it may: who issued it, or supervision from outside the unit."""
    if order.opened_by_id == account.pk:
        return ""
    about = order.about
    admitted = scopes_for(account).of("supervise").admits(order.org_id, about.matter_id, about.secrecy)
    own = order.issuer == Order.Issuer.SUPERVISION and admitted and outside(account, order.org_id)
    return "" if own else "督办单由下发的人或者上级监察人员收回。"


def outside(account: Account, org: int) -> bool:
    """Whether somebody who supervises a unit is not of it: holds no post there, or supervises everybody."""
    held = scopes_for(account)
    return org not in held.org_ids or held.of("supervise").admits(None)


@transaction.atomic
def _step(
    account: Account,
    card_id: int,
    deed: str,
    after: Card.Status,
    before: frozenset[Card.Status],
    reason: str,
    why_not: Callable[[Account, Card], str],
) -> Card:
    card = Card.objects.visible_to(account).select_for_update().filter(pk=card_id).first()
    if card is None:
        raise Refused("not_found", "没有这张牌，或者您无权查看。")
    refusal = why_not(account, card)
    if refusal:
        raise Refused("not_permitted", refusal)
    if card.status not in before:
        raise Refused("card_status", f"这张牌现在是“{card.get_status_display()}”，不能这样处理。")
    if deed == "appeal" and _appealed_before(card):
        raise Refused("card_status", "这张牌已经申诉过一次，申诉只能一次。")
    if not reason.strip():
        raise Refused("missing_field", "请填写理由。", detail={"field": "reason"})
    risen = deed == "uphold" and Card.objects.filter(
        case_id=card.case_id, rule=card.rule, episode=card.episode, level__gt=card.level
    )
    if risen and risen.exists():  # decided late: the graver card for the same fault is there already
        after = Status.RISEN
    was, card.status = card.status, after
    outcome = perform(
        _hand(account), card.case_id, "handle_finding", command_id=uuid4(),
        data={
            "rule": card.rule, "episode": card.episode, "level": card.level, "deed": deed, "before": str(was),
            "after": str(after), "reason": reason.strip(),
        },
    )  # fmt: skip
    card.save(update_fields=["status"])
    CardStep.objects.create(
        card=card,
        at=present.now(),
        no=card.steps.count() + 1,
        by=account,
        seq=outcome.seq,
        before=was,
        after=after,
        reason=reason.strip(),
    )
    return card


def _hand(account: Account) -> Actor:
    """Who acts, as supervision presents them to the engine: what they may do was asked here."""
    held = scopes_for(account)
    org = min((org for _, org in held.posts.values()), default=None)
    return Actor("staff", account.pk, account.display_name, org, frozenset(), frozenset({"findings"}))
