"""What supervision writes: cards from findings, what is done about a card, and how the rules stand from a day on."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from uuid import uuid4

from django.core.cache import cache
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from tongban.base.calendar import CHINA, BeyondHorizon
from tongban.engine.errors import Refused
from tongban.engine.kinds import Change
from tongban.engine.queries import open_case_ids
from tongban.engine.services import SYSTEM, perform
from tongban.engine.state import Task
from tongban.platforms.supervision.models import Card, CardStep, RuleVersion
from tongban.platforms.supervision.queries import forget_books
from tongban.platforms.supervision.rules import RULES, thresholds_problem
from tongban.registry import tree
from tongban.registry.grants import scopes_for
from tongban.registry.models import Account, Offering

log = logging.getLogger(__name__)

REMEMBERED = 7  # days back for which a revision that began unseen is still made up for
_LOOKED = "supervision.looked_again.{}"  # in the cache that all processes share

Status = Card.Status
_VALID, _APPEALED = frozenset({Status.VALID}), frozenset({Status.APPEALED})


def issue_card(change: Change) -> None:
    """Give the card of one `finding.issued` event, in the transaction of that event."""
    issue_cards([change])


def issue_cards(changes: Iterable[Change]) -> None:
    """Give the cards of `finding.issued` events, unit and person as they are; one already given is left alone.

    For importers of history too: the same event twice gives one card.
    """
    cards = [_card(change) for change in changes]
    names = dict(
        Account.objects.filter(pk__in={c.person_id for c in cards}).values_list("pk", "display_name")
    )
    for card in cards:
        card.org_name = _org_name(card.org_id, card.issued_at.astimezone(CHINA).date())
        card.person_name = names.get(card.person_id or 0, "")
    Card.objects.bulk_create(cards, ignore_conflicts=True)


def appeal(account: Account, card_id: int, *, reason: str) -> Card:
    """申诉: the person carded, or who decides for the unit, objects; the card waits for supervision.

    Raises Refused: not_found, not_permitted, card_status, missing_field.
    """
    return _step(account, card_id, Status.APPEALED, _VALID, reason, _may_appeal)


def uphold(account: Account, card_id: int, *, reason: str) -> Card:
    """维持: supervision finds the appeal unfounded; the card stands."""
    return _step(account, card_id, Status.VALID, _APPEALED, reason, _may_supervise)


def revoke(account: Account, card_id: int, *, reason: str) -> Card:
    """撤销: the card was given in error, on appeal or found by supervision itself. It stays on record as revoked."""
    return _step(account, card_id, Status.REVOKED, _VALID | _APPEALED, reason, _may_supervise)


def mark_corrected(account: Account, card_id: int, *, reason: str) -> Card:
    """已整改: supervision has seen what the unit did about it; `reason` says what."""
    return _step(account, card_id, Status.CORRECTED, _VALID, reason, _may_supervise)


def deeds_open(account: Account, card: Card) -> tuple[str, ...]:
    """What this account may do about the card now: appeal, uphold, revoke, mark_corrected. The services ask again."""
    supervises, status = not _may_supervise(account, card), Card.Status(card.status)
    open_ = []
    if status in _VALID and not _may_appeal(account, card):
        open_.append("appeal")
    if supervises and status in _APPEALED:
        open_.append("uphold")
    if supervises and status in _VALID | _APPEALED:
        open_.append("revoke")
    if supervises and status in _VALID:
        open_.append("mark_corrected")
    return tuple(open_)


@transaction.atomic
def revise_rule(
    account: Account,
    rule_id: str,
    *,
    thresholds: Mapping[str, int],
    enabled: bool = True,
    begins: date,
    basis: str,
) -> RuleVersion:
    """How a rule stands from a later day on. The version in force ends there; a planned one of that day is replaced.

    A change begins tomorrow at the earliest: nobody is carded by a rule that was not known before.
    Raises Refused: not_permitted, rule_unknown, thresholds_invalid, begins_too_early, later_version_planned,
    missing_field.
    """
    if not scopes_for(account).of("supervise").admits(None):
        raise Refused("not_permitted", "只有对全部单位有监察权限的人员可以调整监察规则。")
    rule = RULES.get(rule_id)
    if rule is None:
        raise Refused("rule_unknown", f"没有规则 {rule_id}。")
    problem = thresholds_problem(rule, thresholds)
    if problem:
        raise Refused("thresholds_invalid", problem)
    if not basis.strip():
        raise Refused("missing_field", "请填写调整的依据。", detail={"field": "basis"})
    if begins <= datetime.now(CHINA).date():
        raise Refused("begins_too_early", "规则的调整最早从明天起生效。", detail={"field": "begins"})
    versions = RuleVersion.objects.select_for_update().filter(rule=rule_id)
    versions.filter(valid__startswith=begins).delete()
    if versions.filter(valid__startswith__gt=begins).exists():
        raise Refused("later_version_planned", "这条规则在更晚的日期已有计划中的调整，请先调整那一版。")
    for current in versions.filter(valid__contains=begins):
        current.valid = DateRange(current.valid.lower, begins)
        current.save(update_fields=["valid"])
    made = RuleVersion.objects.create(
        rule=rule_id, thresholds=dict(thresholds), enabled=enabled, basis=basis.strip(), made_by=account,
        valid=DateRange(begins, None),
    )  # fmt: skip
    transaction.on_commit(forget_books)
    return made


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
    day = datetime.now(CHINA).date()
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


def _card(change: Change) -> Card:
    facts, payload = change.facts, change.event.payload
    task = facts.state.task(payload.get("task", 0))
    node = facts.definition.flow.nodes.get(task.node) if task else None
    place = facts.definition.posts.get(task.post) if task else None
    snapshot = payload["inputs"]
    rule = RULES.get(payload["rule"])
    return Card(
        case_id=facts.case_id, seq=change.seq, case_number=facts.number, case_title=facts.title,
        matter_id=facts.matter, secrecy=facts.secrecy, rule=payload["rule"],
        rule_name=rule.name if rule else payload["rule"], rule_version_id=snapshot.get("rule_version"),
        episode=payload["episode"], level=payload["level"], words=payload["words"], snapshot=snapshot,
        org_id=place[1] if place else _assisting_org(task) or facts.org,
        person_id=snapshot.get("person"), task=task.no if task else 0,
        step=(node.name or node.key) if node else "", issued_at=change.event.at,
    )  # fmt: skip


def _assisting_org(task: Task | None) -> int | None:
    """The unit that a member of a joint case is at: it answers for its silence, not the lead."""
    if task is None or task.kind != "subcase":
        return None
    found = Offering.objects.filter(implementation_code=task.branch).values_list("organisation_id", flat=True)
    return found.first()


def _org_name(org_id: int, on: date) -> str:
    known = tree.as_of(on)
    return known[org_id].name if org_id in known.nodes else ""


def _may_appeal(account: Account, card: Card) -> str:
    if card.person_id == account.pk:
        return ""
    verbs = scopes_for(account).verbs_on(card.org_id, card.matter_id, card.secrecy)
    return "" if verbs & {"approve", "assign", "decide"} else "只有责任人本人或其单位负责人可以申诉。"


def _may_supervise(account: Account, card: Card) -> str:
    if card.person_id == account.pk:
        return "本人的牌应由其他监察人员处理。"
    admitted = scopes_for(account).of("supervise").admits(card.org_id, card.matter_id, card.secrecy)
    return "" if admitted else "您没有对这个单位的监察权限。"


@transaction.atomic
def _step(
    account: Account,
    card_id: int,
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
    if not reason.strip():
        raise Refused("missing_field", "请填写理由。", detail={"field": "reason"})
    was, card.status = card.status, after
    card.save(update_fields=["status"])
    CardStep.objects.create(
        card=card, no=card.steps.count() + 1, by=account, before=was, after=after, reason=reason.strip()
    )
    return card
