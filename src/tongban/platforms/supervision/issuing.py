"""Cards given: what a finding in a case's chain becomes, in the transaction of the event, one or very many at a time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.db.models import Count

from tongban.engine.kinds import Change
from tongban.engine.state import Task
from tongban.engine.wire import ask, statement
from tongban.platforms.supervision.models import Card, CardStep, Order
from tongban.platforms.supervision.rules import RULES
from tongban.registry.models import Offering

Status = Card.Status
STANDING = frozenset({Status.VALID, Status.EXPLAINED, Status.CONFIRMED})


class Given(NamedTuple):
    """A card as it is written down, but for the names of unit and person on that day."""

    case_id: int
    seq: int
    case_number: str
    case_title: str
    matter_id: int
    secrecy: int
    rule: str
    rule_name: str
    rule_version_id: int | None
    episode: str
    level: int
    words: str
    snapshot: Mapping[str, Any]
    org_id: int
    person_id: int | None
    task: int
    step: str
    issued_at: datetime


def issue_card(change: Change) -> None:
    """Give the card of one `finding.issued` event, in the transaction of that event."""
    card = _card(change, _assisting_orgs([change]))
    if change.along is not None and not _rises(card, change):
        change.along.append((_GIVE, (_told([card]),)))
    else:
        issue_cards([change])


def issue_cards(changes: Iterable[Change]) -> None:
    """Give the cards of `finding.issued` events, unit and person as they are; one already given is left alone.

    For importers of history too: the same event twice gives one card.
    """
    changes = list(changes)
    assisting = _assisting_orgs(changes)
    cards = [_card(change, assisting) for change in changes]
    ask((_GIVE, (_told(cards),)))
    _take_the_place_of_lower([card for card in cards if card.level > 1])


# Unit and person are called as they are called on that day, a unit that is no more as it was called last (tree.as_of).
_GIVE = statement("""
INSERT INTO supervision_card (case_id, seq, case_number, case_title, matter_id, secrecy, rule, rule_name, rule_version_id,
       episode, level, words, snapshot, org_id, org_name, person_id, person_name, task, step, issued_at, status)
SELECT n.case_id, n.seq, n.case_number, n.case_title, n.matter_id, n.secrecy, n.rule, n.rule_name, n.rule_version_id,
       n.episode, n.level, n.words, n.snapshot, n.org_id,
       coalesce((SELECT v.name FROM registry_organisationversion v
         WHERE v.organisation_id = n.org_id AND lower(v.valid) <= (n.issued_at AT TIME ZONE 'Asia/Shanghai')::date
         ORDER BY lower(v.valid) DESC LIMIT 1), ''),
       n.person_id, coalesce((SELECT a.display_name FROM registry_account a WHERE a.id = n.person_id), ''),
       n.task, n.step, n.issued_at, 'valid'
  FROM json_to_recordset($1) AS n(
       case_id bigint, seq int, case_number text, case_title text, matter_id bigint, secrecy smallint, rule text,
       rule_name text, rule_version_id bigint, episode text, level smallint, words text, snapshot jsonb, org_id bigint,
       person_id bigint, task int, step text, issued_at timestamptz)
ON CONFLICT DO NOTHING""")


def _told(cards: Sequence[Given]) -> bytes:
    return orjson.dumps([card._asdict() for card in cards], default=dict)


def _rises(card: Given, change: Change) -> bool:
    """Whether the case carries a card of lower level for the same fault, which this one takes the place of."""
    found = change.facts.state.findings
    return any(f"{card.rule}|{card.episode}|{level}" in found for level in range(1, card.level))


def _card(change: Change, assisting: Mapping[str, int]) -> Given:
    facts, payload = change.facts, change.event.payload
    task = facts.state.task(payload.get("task", 0))
    node = facts.definition.flow.nodes.get(task.node) if task else None
    place = facts.definition.posts.get(task.post) if task else None
    snapshot = payload["inputs"]
    rule = RULES.get(payload["rule"])
    return Given(
        case_id=facts.case_id, seq=change.seq, case_number=facts.number, case_title=facts.title,
        matter_id=facts.matter, secrecy=facts.secrecy, rule=payload["rule"],
        rule_name=rule.name if rule else payload["rule"], rule_version_id=snapshot.get("rule_version"),
        episode=payload["episode"], level=payload["level"], words=payload["words"], snapshot=snapshot,
        org_id=place[1] if place else snapshot.get("org") or _assisting_org(task, assisting) or facts.org,
        person_id=snapshot.get("person"), task=task.no if task else 0,
        step=(node.name or node.key) if node else "", issued_at=change.event.at,
    )  # fmt: skip


def _assisting_org(task: Task | None, assisting: Mapping[str, int]) -> int | None:
    """The unit that a member of a joint case is at: it answers for its silence, not the lead."""
    return None if task is None or task.kind != "subcase" else assisting.get(task.branch)


def _assisting_orgs(changes: Iterable[Change]) -> Mapping[str, int]:
    """The units of all members of joint cases that findings are about, by the implementation codes of their offerings."""
    tasks = (change.facts.state.task(change.event.payload.get("task", 0)) for change in changes)
    codes = {task.branch for task in tasks if task is not None and task.kind == "subcase"}
    if not codes:
        return {}
    rows = Offering.objects.filter(implementation_code__in=codes)
    return {code: org for code, org in rows.values_list("implementation_code", "organisation_id") if code}


def _take_the_place_of_lower(cards: Sequence[Given]) -> None:
    """One fault, one card: those of lower level for the same fault have risen. An open appeal is decided first."""
    if not cards:
        return
    levels: dict[tuple[int, str, str], dict[int, datetime]] = {}
    for card in cards:
        levels.setdefault((card.case_id, card.rule, card.episode), {})[card.level] = card.issued_at
    there = Card.objects.select_for_update().filter(
        case_id__in={case for case, _, _ in levels},
        rule__in={rule for _, rule, _ in levels},
        status__in=STANDING,
    )
    risen: dict[int, tuple[Card, dict[int, datetime]]] = {}
    for row in there.order_by("pk"):
        given = levels.get((row.case_id, row.rule, row.episode), {})
        above = {level: at for level, at in given.items() if level > row.level}
        if above:
            risen[row.pk] = (row, above)
    if not risen:
        return
    Card.objects.filter(pk__in=risen).update(status=Status.RISEN)
    before = dict(
        CardStep.objects.filter(card__in=risen).values_list("card").annotate(Count("no")).order_by()
    )
    CardStep.objects.bulk_create(
        CardStep(
            card=row, no=before.get(pk, 0) + 1, by=None, before=row.status, after=Status.RISEN,
            at=above[min(above)], reason=f"同一问题升为{Card.Level(min(above)).label}",
        )
        for pk, (row, above) in risen.items()
    )  # fmt: skip
    for order in Order.objects.filter(
        card__in=risen, settled_at=None
    ):  # it is about the fault, not about a card
        row, above = risen[order.card_id or 0]
        same = {"case": row.case_id, "rule": row.rule, "episode": row.episode, "level": max(above)}
        order.follow(Card.objects.get(**same))
