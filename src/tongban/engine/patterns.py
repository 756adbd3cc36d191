"""Looks over many cases at once, for studies (研判): who did what for whom how often, what ended how and when.

Whoever asks answers for who gets to see the answer: these queries know no viewer. Nothing personal leaves but digests.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection


class Penalty(NamedTuple):
    """One decision with discretion: the case, its unit and matter, when, by whom, and what was chosen."""

    case: int
    org: int
    matter: int
    at: datetime
    by: int | None
    discretion: dict[str, Any]


class Ties(NamedTuple):
    """How many of an applicant's cases at a unit one person worked on, where colleagues on the post could have."""

    person: int
    org: int
    digest: str
    times: int
    latest: int  # case
    all: int  # of the applicant's cases at the unit in these days


class Done(NamedTuple):
    """One step done by somebody for an applicant."""

    case: int
    task: int
    step: str
    person: int
    org: int
    digest: str


class Tries(NamedTuple):
    """A granted case, and how earlier applications for the same came out."""

    case: int
    org: int
    by: int | None
    results: list[str]


class Ended(NamedTuple):
    """How many cases of a unit ended, and how many of them from an instant on."""

    org: int
    all: int
    late: int


def penalties(begin: datetime, end: datetime, matter: int | None = None) -> list[Penalty]:
    """Decisions with discretion in a stretch of time, oldest first; of one matter where it is said."""
    return [Penalty._make(row) for row in _rows(_PENALTIES, [begin, end, matter, matter])]


def ties(begin: datetime, end: datetime, least: int) -> list[Ties]:
    """People who worked on at least so many cases of one applicant."""
    return [Ties._make(row) for row in _rows(_TIES, [begin, end, end, begin, least])]


def done_for(begin: datetime, end: datetime, people: Sequence[tuple[int, str]]) -> list[Done]:
    """Steps that these people did on cases of the applicants with these digests; pairs of (account, digest)."""
    if not people:
        return []
    asked = [[person for person, _ in people], [digest for _, digest in people], begin, end]
    return [Done._make(row) for row in _rows(_DONE, asked)]


def tries(begin: datetime, end: datetime, days: int) -> list[Tries]:
    """Cases granted in a stretch of time whose applicant had tried the same in the days before."""
    return [Tries._make(row) for row in _rows(_TRIES, [days, begin, end]) if row[3]]


def ended(begin: datetime, end: datetime, late: datetime) -> list[Ended]:
    """Per unit, the cases that ended in a stretch of time, and those of them from `late` on."""
    return [Ended._make(row) for row in _rows(_ENDED, [late, begin, end])]


def org_of(number: str) -> int | None:
    """The unit of the case of that number."""
    found = _rows("SELECT org_id FROM engine_case WHERE number = %s", [number])
    return found[0][0] if found else None


def applicant_of(case_id: int) -> str:
    """The digest of the identity number of a case's applicant; "" where none was given."""
    found = _rows("SELECT applicant_digest FROM engine_case WHERE id = %s", [case_id])
    return str(found[0][0]) if found else ""


_PENALTIES = """
SELECT c.id, c.org_id, c.matter_id, c.decided_at, (s.state->>'decided_by')::bigint, s.state->'decision'->'discretion'
  FROM engine_case c JOIN engine_case_state s ON s.case_id = c.id
 WHERE c.decided_at >= %s AND c.decided_at < %s AND s.state->'decision'->'discretion' IS NOT NULL
   AND (%s::bigint IS NULL OR c.matter_id = %s)
 ORDER BY c.decided_at, c.id"""
_TIES = """
WITH done AS (
  SELECT DISTINCT t.done_by_id AS person, c.id AS case_id, c.org_id, c.applicant_digest
    FROM engine_task t JOIN engine_case c ON c.id = t.case_id
   WHERE t.kind = 'human' AND t.status = 'done' AND t.done_by_id IS NOT NULL AND t.done_at >= %s AND t.done_at < %s
     AND c.applicant_digest <> '' AND (SELECT count(DISTINCT h.account_id) FROM registry_holding h
          WHERE h.post_id = t.post_id AND h.valid @> (t.done_at AT TIME ZONE 'Asia/Shanghai')::date) > 1)
SELECT d.person, d.org_id, d.applicant_digest, count(*), max(d.case_id),
       (SELECT count(*) FROM engine_case o WHERE o.org_id = d.org_id AND o.applicant_digest = d.applicant_digest
           AND o.opened_at < %s AND (o.concluded_at IS NULL OR o.concluded_at >= %s))
  FROM done d GROUP BY d.person, d.org_id, d.applicant_digest HAVING count(*) >= %s
 ORDER BY d.person, d.org_id, d.applicant_digest"""
_DONE = """
SELECT t.case_id, t.no, t.name, t.done_by_id, coalesce(t.org_id, c.org_id), c.applicant_digest
  FROM unnest(%s::bigint[], %s::text[]) AS r(person, digest)
  JOIN engine_task t ON t.done_by_id = r.person JOIN engine_case c ON c.id = t.case_id AND c.applicant_digest = r.digest
 WHERE t.status = 'done' AND t.done_at >= %s AND t.done_at < %s ORDER BY t.case_id, t.no"""
_TRIES = """
SELECT c.id, c.org_id, (s.state->>'decided_by')::bigint,
       (SELECT array_agg(o.result::text ORDER BY o.opened_at) FROM engine_case o
         WHERE o.matter_id = c.matter_id AND o.applicant_digest = c.applicant_digest AND o.id <> c.id
           AND o.result IN ('withdrawn', 'denied', 'refused') AND o.concluded_at <= c.opened_at
           AND o.concluded_at >= c.decided_at - %s * interval '1 day')
  FROM engine_case c JOIN engine_case_state s ON s.case_id = c.id
 WHERE c.decided_at >= %s AND c.decided_at < %s AND c.result IN ('granted', 'partial') AND c.applicant_digest <> ''
 ORDER BY c.id"""
_ENDED = """
SELECT c.org_id, count(*), count(*) FILTER (WHERE c.concluded_at >= %s) FROM engine_case c
 WHERE c.concluded_at >= %s AND c.concluded_at < %s GROUP BY c.org_id ORDER BY c.org_id"""


def _rows(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
