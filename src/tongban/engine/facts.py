"""What statistics read of cases: facts, one row for each thing that happened, in columns.

The SQL stands here because nobody outside the engine names its tables; who asks answers for who may see the figures
(`Scope.sql`). Platforms add what is no event of a chain (ratings), or does not stay as its event told it (cards).
"""

from dataclasses import dataclass

#: Events of these types are counted; the others only lead from one to the next. Findings come from supervision, as cards
#: that stand: one may be revoked, or give way to a graver one, long after its event.
TYPES = (
    "case.applied", "case.accepted", "case.deemed_accepted", "case.refused", "case.withdrawn", "case.terminated",
    "case.closed", "case.extended", "case.suspended", "case.resumed", "case.delivered", "correction.requested",
    "correction.supplied", "correction.lapsed", "decision.made", "result.issued", "task.done", "task.urged",
    "fee.charged", "fee.paid",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExtraFacts:
    """A SELECT that gives (case id, type, instant, level, unit, person, step, rule), small enough to be read whole each time.

    All but the first three may be null; without a unit it is the case's.
    """

    name: str
    sql: str


_sources: dict[str, ExtraFacts] = {}


def register_facts(source: ExtraFacts) -> None:
    """Declare a source, once, in `AppConfig.ready`. Raises ValueError when the name is taken by another."""
    if _sources.setdefault(source.name, source) != source:
        raise ValueError(f"facts {source.name!r} are declared already")


def extra_facts() -> tuple[ExtraFacts, ...]:
    """Every source declared."""
    return tuple(_sources.values())


def event_facts_sql(first: int, last: int) -> str:
    """The facts of the events with ids after `first` up to `last`, in the order of their ids.

    Columns: id, case, seq, type, when it happened and was recorded (China's time without zone), unit, matter, offering,
    region, person, channel, kind, secrecy, step, outcome, rule, level, amount, whether the case ended with it, whether
    the limit was kept, since when the time counts, until when, the statutory due, the stretches that stood still. What ended without
    having been applied for (预受理) is left out.
    """
    return _EVENTS % (int(first), int(last), ",".join(f"'{t}'" for t in TYPES))


def extra_facts_sql(source: ExtraFacts) -> str:
    """The facts of another source, in the same columns; their id is 0."""
    return _EXTRA % source.sql


# Of what has ended the limits as they stood when it did: their clocks do not move any more. An end is the decision, or,
# where nothing was decided, the closing.
_EVENTS = """
SELECT e.id, e.case_id, e.seq, e.type, e.occurred_at AT TIME ZONE 'Asia/Shanghai', e.recorded_at AT TIME ZONE 'Asia/Shanghai',
       c.org_id, c.matter_id, c.offering_id, g.region_id,
       coalesce((e.payload -> 'inputs' ->> 'person')::bigint, e.actor_id), c.channel, c.kind, c.secrecy, t.name,
       coalesce(e.payload ->> 'outcome', e.payload ->> 'result'), e.payload ->> 'rule', (e.payload ->> 'level')::int,
       CASE WHEN e.type LIKE 'fee.%%' THEN (e.payload ->> 'amount')::numeric END, x.ended,
       CASE WHEN x.ended THEN k.kept WHEN e.type = 'task.done' AND t.due_at IS NOT NULL THEN t.done_at < t.due_at END,
       CASE WHEN x.ended THEN c.accepted_at AT TIME ZONE 'Asia/Shanghai'
            WHEN e.type = 'task.done' AND t.opened_at IS NOT NULL THEN t.opened_at AT TIME ZONE 'Asia/Shanghai' END,
       e.occurred_at AT TIME ZONE 'Asia/Shanghai',
       CASE WHEN x.ended THEN (k.law - interval '1 microsecond') AT TIME ZONE 'Asia/Shanghai' END,
       CASE WHEN x.ended OR e.type = 'task.done' THEN p.pauses END
  FROM engine_event e
  JOIN engine_case c ON c.id = e.case_id
  JOIN registry_organisation g ON g.id = c.org_id
  LEFT JOIN engine_task t ON t.case_id = e.case_id AND t.no = (e.payload ->> 'task')::int
  CROSS JOIN LATERAL (SELECT (e.type = 'decision.made' OR e.type = 'case.closed') AND NOT EXISTS (
       SELECT 1 FROM engine_event d WHERE d.case_id = e.case_id AND d.seq < e.seq AND d.type = 'decision.made') AS ended) x
  LEFT JOIN engine_case_state s ON s.case_id = e.case_id AND (x.ended OR e.type = 'task.done')
  LEFT JOIN LATERAL (
       SELECT bool_and(z.due IS NULL OR z.stopped < z.due) FILTER (WHERE z.purpose = 'promised' AND z.stopped IS NOT NULL) AS kept,
              max(z.due) FILTER (WHERE z.purpose = 'statutory') AS law
         FROM json_to_recordset(s.state -> 'clocks') AS z(purpose text, due timestamptz, stopped timestamptz)) k ON x.ended
  LEFT JOIN LATERAL (
       SELECT string_agg((q.start AT TIME ZONE 'Asia/Shanghai')::date || '/'
                         || (coalesce(q."end", e.occurred_at) AT TIME ZONE 'Asia/Shanghai')::date, ' ') AS pauses
         FROM json_to_recordset(s.state -> 'pauses') AS q(start timestamptz, "end" timestamptz)) p ON true
 WHERE e.id > %s AND e.id <= %s AND e.type IN (%s) AND e.payload -> 'precheck' IS NULL
 ORDER BY e.id"""

_EXTRA = """
SELECT 0, c.id, 0, f.type, f.at AT TIME ZONE 'Asia/Shanghai', f.at AT TIME ZONE 'Asia/Shanghai', g.id, c.matter_id,
       c.offering_id, g.region_id, f.person_id, c.channel, c.kind, c.secrecy, f.step, NULL::text, f.rule, f.level,
       NULL::numeric, false, NULL::boolean, NULL::timestamp, NULL::timestamp, NULL::timestamp, NULL::text
  FROM (%s) AS f(case_id, type, at, level, org_id, person_id, step, rule) JOIN engine_case c ON c.id = f.case_id
  JOIN registry_organisation g ON g.id = coalesce(f.org_id, c.org_id)"""
