"""Live figures over cases for public pages and boards, read from what the engine keeps. Counts, never names.

Work is what is done about matters: cases of the house's own kinds (`kinds.house_kinds`) are in no figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from tongban.base.calendar import CHINA
from tongban.engine.kinds import house_kinds
from tongban.engine.people import scopes
from tongban.registry.models import HOUSE_FLOWS, Account, Offering


@dataclass(frozen=True, slots=True)
class Day:
    """Cases received and closed in each hour of a day; index = hour."""

    received: tuple[int, ...]
    closed: tuple[int, ...]


def hours_of(day: date) -> Day:
    """Cases received and closed on a day, by hour in China time."""
    begin = datetime(day.year, day.month, day.day, tzinfo=CHINA)
    received, closed = [0] * 24, [0] * 24
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, {"begin": begin, "end": begin + timedelta(days=1), "house": house_kinds()})
        for what, hour, count in cursor.fetchall():
            (received if what == "received" else closed)[hour] = count
    return Day(tuple(received), tuple(closed))


@dataclass(frozen=True, slots=True)
class OnTime:
    """Decided or closed cases of a day that had a promised limit, and how many of them kept it."""

    day: date
    ended: int
    kept: int


def on_time(first: date, last: date, orgs: Sequence[int] | None = None) -> tuple[OnTime, ...]:
    """How many promised limits ended on each day of a stretch, and how many were kept.

    A limit ends with the decision, or with the end of the case where nothing is decided. Days on which none ended are
    left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _ON_TIME,
            {
                "begin": datetime(first.year, first.month, first.day, tzinfo=CHINA),
                "end": datetime(last.year, last.month, last.day, tzinfo=CHINA) + timedelta(days=1),
                "orgs": None if orgs is None else list(orgs),
                "house": house_kinds(),
            },
        )
        return tuple(OnTime(*row) for row in cursor.fetchall())


def most_applied(since: date, limit: int) -> tuple[int, ...]:
    """Offerings with the most applications since a day, most first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT offering_id FROM engine_case WHERE opened_at >= %s AND phase <> 'precheck' GROUP BY 1"
            " ORDER BY count(*) DESC, 1 LIMIT %s",
            [datetime(since.year, since.month, since.day, tzinfo=CHINA), limit],
        )
        return tuple(row[0] for row in cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Published:
    """A result of an organisation, as it is published (双公示). Never a natural person."""

    number: str
    title: str
    holder: str
    certificate: str
    org_id: int
    decided_at: datetime


def published_results(limit: int) -> tuple[Published, ...]:
    """The latest permits (行政许可) granted to organisations, newest first. Persons are never published here."""
    with connection.cursor() as cursor:
        cursor.execute(_PUBLISHED, {"limit": limit})
        return tuple(Published(*row) for row in cursor.fetchall())


def usual_days(offering: int, since: date) -> tuple[int, float] | None:
    """How many cases of an offering were decided since a day and how many calendar days that took on average."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), avg(extract(epoch FROM decided_at - accepted_at) / 86400)::float8 FROM engine_case"
            " WHERE offering_id = %s AND decided_at >= %s AND accepted_at IS NOT NULL",
            [offering, datetime(since.year, since.month, since.day, tzinfo=CHINA)],
        )
        count, days = cursor.fetchone()
    return (count, days) if count else None


@dataclass(frozen=True, slots=True)
class Run:
    """One offering of a matter in use, how far its version in force goes online, and what was done in a period.

    `depth` is 0 and `version_id` None where no version is in force. `web`: applications made online; `whole`: of the
    cases that ended, those applied for online and never touched at a counter.
    """

    offering_id: int
    matter_id: int
    org_id: int
    code: str
    name: str
    kind: str
    version_id: int | None
    depth: int
    applied_for: bool
    described: bool  # its version lists materials: there is something to download
    opened: int
    accepted: int
    web: int
    ended: int
    whole: int


def runs(begin: datetime, end: datetime, on: date, offerings: Sequence[int] | None = None) -> tuple[Run, ...]:
    """Every offering of a matter in use, with what its cases did from `begin` up to `end`; those without a case too.

    `on` is the day whose versions count. `offerings` narrows to those somebody may see; None is everything.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _RUNS,
            {
                "begin": begin, "end": end, "on": on, "house": f"{HOUSE_FLOWS}%",
                "offerings": None if offerings is None else list(offerings),
            },
        )  # fmt: skip
        return tuple(Run(*row) for row in cursor.fetchall())


def runs_for(account: Account, begin: datetime, end: datetime, on: date) -> tuple[Run, ...]:
    """The same of the units this person supervises, else looks at."""
    held = scopes(account)
    scope = held.of("supervise") or held.of("view")
    if not scope:
        return ()
    own = Offering.objects.filter(scope.q("organisation_id", "matter_id", None))
    return runs(begin, end, on, list(own.order_by().values_list("pk", flat=True)))


def idle_units(rows: Sequence[Run]) -> list[tuple[int, int]]:
    """Units with matters in force and not one case accepted in the period (零办件单位): (unit, matters)."""
    found: dict[int, list[int]] = {}
    for r in rows:
        if r.version_id is not None:
            found.setdefault(r.org_id, []).append(r.accepted)
    return [(org, len(own)) for org, own in found.items() if not any(own)]


_HOURS = """
SELECT 'received', extract(hour FROM opened_at AT TIME ZONE 'Asia/Shanghai')::int, count(*)
  FROM engine_case WHERE opened_at >= %(begin)s AND opened_at < %(end)s AND phase <> 'precheck' AND kind <> ALL (%(house)s) GROUP BY 2
UNION ALL
SELECT 'closed', extract(hour FROM concluded_at AT TIME ZONE 'Asia/Shanghai')::int, count(*)
  FROM engine_case WHERE concluded_at >= %(begin)s AND concluded_at < %(end)s AND kind <> ALL (%(house)s) GROUP BY 2
"""

_ON_TIME = """
SELECT (stopped AT TIME ZONE 'Asia/Shanghai')::date, count(*), count(*) FILTER (WHERE due IS NULL OR stopped < due)
  FROM (SELECT (c ->> 'stopped')::timestamptz AS stopped, (c ->> 'due')::timestamptz AS due
          FROM engine_case k JOIN engine_case_state s ON s.case_id = k.id, json_array_elements(s.state -> 'clocks') c
         WHERE coalesce(k.decided_at, k.concluded_at) >= %(begin)s AND coalesce(k.decided_at, k.concluded_at) < %(end)s
           AND c ->> 'purpose' = 'promised' AND c ->> 'stopped' IS NOT NULL
           AND k.kind <> ALL (%(house)s) AND (%(orgs)s::bigint[] IS NULL OR k.org_id = ANY (%(orgs)s::bigint[]))) t
 GROUP BY 1 ORDER BY 1
"""

_PUBLISHED = """
SELECT number, title, applicant_name, coalesce(state -> 'certificate' ->> 'name', ''), org_id, decided_at
  FROM engine_case JOIN engine_case_state s ON s.case_id = id
 WHERE decided_at IS NOT NULL AND result = 'granted' AND applicant_kind = 'organisation' AND secrecy = 0
   AND state -> 'certificate' IS NOT NULL AND kind = 'licence'
   AND EXISTS (SELECT 1 FROM registry_matter m WHERE m.id = matter_id AND m.kind = '01')
 ORDER BY decided_at DESC LIMIT %(limit)s
"""

# One pass over the cases of the period; the counter is asked about only for those that came by the web and ended.
_RUNS = """
WITH done AS (
    SELECT c.offering_id,
           count(*) FILTER (WHERE c.opened_at >= %(begin)s AND c.opened_at < %(end)s AND c.phase <> 'precheck') AS opened,
           count(*) FILTER (WHERE c.accepted_at >= %(begin)s AND c.accepted_at < %(end)s) AS accepted,
           count(*) FILTER (WHERE c.opened_at >= %(begin)s AND c.opened_at < %(end)s AND c.channel = 'web'
               AND c.phase <> 'precheck') AS web,
           count(*) FILTER (WHERE c.concluded_at >= %(begin)s AND c.concluded_at < %(end)s) AS ended,
           count(*) FILTER (WHERE c.concluded_at >= %(begin)s AND c.concluded_at < %(end)s AND c.channel = 'web'
               AND NOT EXISTS (SELECT 1 FROM engine_event e WHERE e.case_id = c.id AND e.channel = 'counter')) AS whole
      FROM engine_case c
     WHERE (c.opened_at >= %(begin)s AND c.opened_at < %(end)s) OR (c.accepted_at >= %(begin)s AND c.accepted_at < %(end)s)
        OR (c.concluded_at >= %(begin)s AND c.concluded_at < %(end)s)
     GROUP BY 1
)
SELECT o.id, o.matter_id, o.organisation_id, coalesce(o.implementation_code, m.code), coalesce(v.name, m.name), m.kind,
       v.id, coalesce(v.online_depth, 0), coalesce(v.initiated_by = 'application', false),
       EXISTS (SELECT 1 FROM registry_material x WHERE x.version_id = v.id),
       coalesce(d.opened, 0), coalesce(d.accepted, 0), coalesce(d.web, 0), coalesce(d.ended, 0), coalesce(d.whole, 0)
  FROM registry_offering o
  JOIN registry_matter m ON m.id = o.matter_id
  LEFT JOIN registry_offeringversion v
    ON v.offering_id = o.id AND v.status IN ('published', 'retired') AND v.valid @> %(on)s::date
  LEFT JOIN done d ON d.offering_id = o.id
 WHERE m.status = 'active' AND (%(offerings)s::bigint[] IS NULL OR o.id = ANY (%(offerings)s::bigint[]))
   AND NOT EXISTS (SELECT 1 FROM registry_offeringversion h WHERE h.offering_id = o.id AND h.flow_key LIKE %(house)s)
 ORDER BY o.organisation_id, m.code, o.id
"""
