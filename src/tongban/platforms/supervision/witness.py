"""What `ledger verify` asks of supervision: cards, what was done about them and rule versions are as the chain says."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from tongban.engine.ledger.verify import Misfit
from tongban.engine.queries import case_numbers
from tongban.platforms.supervision.models import CardStep, RuleVersion
from tongban.platforms.supervision.register import RULE_VERSIONS, version_digest

_CARDS = """
SELECT e.case_id, e.seq, e.payload->>'rule', c.id IS NULL
  FROM engine_event e
  LEFT JOIN supervision_card c ON c.case_id = e.case_id AND c.seq = e.seq
 WHERE e.type = 'finding.issued' AND (c.id IS NULL
       OR (c.rule, c.level, c.episode, c.words) IS DISTINCT FROM
           (e.payload->>'rule', (e.payload->>'level')::int, e.payload->>'episode', e.payload->>'words')
       OR c.snapshot IS DISTINCT FROM (e.payload->'inputs')::jsonb OR c.issued_at <> e.occurred_at)
       {only} ORDER BY e.case_id, e.seq"""
_LOOSE = """
SELECT c.case_id, c.seq, c.rule FROM supervision_card c
  LEFT JOIN engine_event e ON e.case_id = c.case_id AND e.seq = c.seq AND e.type = 'finding.issued'
 WHERE e.case_id IS NULL {only} ORDER BY c.id"""
_STATUS = """
SELECT c.case_id, c.seq, c.rule FROM supervision_card c
  LEFT JOIN LATERAL (SELECT s.after FROM supervision_cardstep s WHERE s.card_id = c.id ORDER BY s.no DESC LIMIT 1) last ON true
 WHERE c.status <> coalesce(last.after, 'valid') {only} ORDER BY c.id"""
_HANDLED = """
SELECT e.case_id, e.seq, e.payload->>'rule', s.id IS NULL
  FROM engine_event e
  LEFT JOIN supervision_card c ON c.case_id = e.case_id AND c.rule = e.payload->>'rule'
       AND c.episode = e.payload->>'episode' AND c.level = (e.payload->>'level')::int
  LEFT JOIN supervision_cardstep s ON s.card_id = c.id AND s.seq = e.seq
 WHERE e.type = 'finding.handled' AND (s.id IS NULL OR s.by_id IS DISTINCT FROM e.actor_id
       OR (s.before, s.after, s.reason) IS DISTINCT FROM (e.payload->>'before', e.payload->>'after', e.payload->>'reason'))
       {only} ORDER BY e.case_id, e.seq"""
_ANCHORS = """
SELECT DISTINCT ON (e.payload->>'key') e.payload->>'key', e.payload->>'sha256' FROM engine_event e
 WHERE e.type = 'record.anchored' AND e.payload->>'table' = %s ORDER BY e.payload->>'key', e.id DESC"""


def cards_fit(only: Sequence[int] | None) -> Iterator[Misfit]:
    """Cards against the events that gave them, and what was done about them against the events that say so."""
    for case, seq, rule, gone in _asked(_CARDS, "e.case_id", only):
        yield _misfit("record_missing" if gone else "record_altered", case, seq, f"监察牌 {rule}")
    for case, seq, rule in _asked(_LOOSE, "c.case_id", only):
        yield _misfit("record_extra", case, seq, f"监察牌 {rule}")
    for case, seq, rule, gone in _asked(_HANDLED, "e.case_id", only):
        yield _misfit("record_missing" if gone else "record_altered", case, seq, f"监察牌 {rule} 的处理")
    for case, seq, rule in _asked(_STATUS, "c.case_id", only):
        yield _misfit("record_altered", case, seq, f"监察牌 {rule} 的状态")
    if only is None:
        loose = CardStep.objects.filter(by__isnull=False, seq=None).select_related("card")
        for step in loose.iterator():
            yield Misfit("record_extra", step.card.case_number, detail=f"监察牌 {step.card.rule} 的处理")


def versions_fit(only: Sequence[int] | None) -> Iterator[Misfit]:
    """Rule versions against the digests in the register. Of some cases only: not asked."""
    if only is not None:
        return
    anchored = anchored_digests(RULE_VERSIONS)
    for version in RuleVersion.objects.order_by("pk").iterator():
        kept = anchored.pop(str(version.pk), "")
        named = f"规则 {version.rule} 的参数，自 {version.valid.lower} 起"
        if not kept:
            yield Misfit("record_extra", detail=named)
        elif kept != version_digest(version):
            yield Misfit("record_altered", expected=kept, found=version_digest(version), detail=named)
    for key, kept in sorted(anchored.items()):
        if kept:
            yield Misfit("record_missing", expected=kept, detail=f"规则参数第 {key} 号")


def anchored_digests(table: str) -> dict[str, str]:
    """What the register says of the rows of a table: key → the last digest bound into the chain, "" where it was taken back."""
    with connection.cursor() as cursor:
        cursor.execute(_ANCHORS, [table])
        return dict(cursor.fetchall())


def _misfit(kind: str, case: int, seq: int, detail: str) -> Misfit:
    return Misfit(kind, case_numbers([case]).get(case, f"内部编号 {case}"), seq, detail=detail)


def _asked(sql: str, column: str, only: Sequence[int] | None) -> Iterator[tuple[Any, ...]]:
    narrowed = sql.format(only="" if only is None else f"AND {column} = ANY(%s)")
    with connection.cursor() as cursor:
        cursor.execute(narrowed, [] if only is None else [list(only)])
        yield from cursor.fetchall()
