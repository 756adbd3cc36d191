"""What goes wrong outside the cases of a year: departments' systems, a guide that rests on a dead law, a record somebody altered.

P10 体外循环 and N02 必填要素缺失 are broken by two departments whose systems report permits through the very service that takes
reports in, and compare days with it; by turns one reports well and the other badly. N05 is broken by a matter of the simulated
city (`variants`). N06 is broken for as long as the study is asked (`altered`), after which the ledger is whole again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from tongban.base.calendar import CHINA, load_calendar
from tongban.platforms.reporting.clients import create_client
from tongban.platforms.reporting.models import Client
from tongban.platforms.reporting.services import compare_with, digest_of, take_batch
from tongban.registry.models import OfferingVersion, Organisation
from tongban.simulator.city import City, Offered
from tongban.simulator.people import Town
from tongban.simulator.recount import Expected
from tongban.simulator.variants import REPEALED, REPEALED_ON
from tongban.simulator.year import Plan

RULES = ("N02", "N05", "N06", "P10")
#: Permits that a department's system reports in a month, of four objects each: N02 asks for a hundred objects at least.
PERMITS = 30
#: How many objects come without a mandatory field: one in a hundred is a fault (N02), fewer is none.
MANY_EMPTY, FEW_EMPTY = 3, 1
MONTHS = 3
PEOPLE = 2_000_000  # their numbers begin here, beyond the town's and those of companies
ALTERED = 2  # cases whose record somebody alters


def report(plan: Plan, city: City) -> Expected:
    """Let the departments report and compare; gives what P10 and N02 must find. A second time changes nothing."""
    due: Expected = {}
    town = Town(plan.seed, plan.cases)
    for turn, offered in enumerate(_departments(city)):
        client = _client(plan, offered)
        for n, day in enumerate(_days(plan)):
            badly = (turn + n) % 2 == 0
            objects = _objects(plan, offered, town, day, first=(turn * MONTHS + n) * PERMITS)
            lacking = _without_method(objects, MANY_EMPTY if badly else FEW_EMPTY)
            take_batch(client, [*objects, *lacking], now=datetime.combine(day, time(18), CHINA))
            held = {o["key"]: (1, digest_of(o).hex()) for o in objects if o["type"] == "delivery"}
            if badly:  # one that the department never reported
                held["unreported"] = (1, digest_of(day.isoformat()).hex())
                due["P10", str(offered.org), f"{day}:delivery"] = 3
                due["N02", str(offered.org), f"month:{day:%Y-%m}"] = 1
            compare_with(client, day, "delivery", held)
    return due


def dead_laws(plan: Plan) -> Expected:
    """What N05 must find: the guides whose law has ended by the last day."""
    if plan.last < date.fromisoformat(REPEALED_ON):
        return {}
    rows = OfferingVersion.objects.filter(status=OfferingVersion.Status.PUBLISHED, name=REPEALED)
    return {
        ("N05", str(org), f"version:{pk}"): 1 for pk, org in rows.values_list("pk", "offering__organisation")
    }


@contextmanager
def altered(plan: Plan) -> Iterator[Expected]:
    """Somebody who owns the tables changes what was recorded on the last day; on leaving, everything is as it was.

    Gives what N06 must find.
    """
    with transaction.atomic():
        due: Expected = {}
        with connection.cursor() as cursor:
            cursor.execute(_RECORDED, [f"{plan.mark}%", plan.last, plan.last + timedelta(days=1), ALTERED])
            rows = cursor.fetchall()
            cursor.execute("ALTER TABLE engine_event DISABLE TRIGGER engine_event_no_change")
            for case, seq, number, org in rows:
                cursor.execute(_ALTER, [case, seq])
                due["N06", str(org), f"altered:{number}:{seq}"] = 3
        yield due
        transaction.set_rollback(True)


_RECORDED = """
SELECT DISTINCT ON (c.id) c.id, e.seq, c.number, c.org_id FROM engine_case c JOIN engine_event e ON e.case_id = c.id
 WHERE c.number LIKE %s AND e.recorded_at >= %s AND e.recorded_at < %s ORDER BY c.id, e.seq DESC LIMIT %s"""
_ALTER = """UPDATE engine_event SET payload = payload || '{"shade": 1}' WHERE case_id = %s AND seq = %s"""


# departments and their systems


def _departments(city: City) -> list[Offered]:
    """Two matters of two units that are done on the spot: accepted, decided, handed over."""
    found: dict[int, Offered] = {}
    for offered in city.offered:
        defn = offered.definition
        duties = {node.duty for node in defn.flow.nodes.values() if node.kind == "human"}
        if defn.terms.instant and not offered.apart and duties == {"accept", "decide", "deliver"}:
            found.setdefault(offered.org, offered)
    return list(found.values())[:2]


def _client(plan: Plan, offered: Offered) -> Client:
    """The department's system, made when it is first needed."""
    name = f"业务系统（模拟 {plan.mark}）"
    there = Client.objects.filter(name=name, organisation=offered.org).first()
    if there is not None:
        return there
    return create_client(name, Organisation.objects.get(pk=offered.org).key)[0]


def _days(plan: Plan) -> list[date]:
    """The first working day from the tenth on of each of the first months of the year, as far as it is told."""
    calendar, found = load_calendar(), list[date]()
    month = plan.first.replace(day=1)
    while len(found) < MONTHS and month <= plan.last:
        day = month.replace(day=10)
        if not calendar.is_workday(day):
            day = calendar.D(calendar.W(day) + 1)
        if plan.first <= day <= plan.last:
            found.append(day)
        month = (month + timedelta(days=31)).replace(day=1)
    return found


def _objects(plan: Plan, offered: Offered, town: Town, day: date, first: int) -> list[dict[str, Any]]:
    """The permits of one day as the department's system tells them: applied for, accepted, granted, handed over."""
    materials = {
        key: "supplied" for key, m in offered.definition.terms.materials.items() if m.necessity == "required"
    }
    matter = offered.content["offering"]["implementation_code"]
    objects: list[dict[str, Any]] = []
    for n in range(first, first + PERMITS):
        who, case = town.person(PEOPLE + n), f"{plan.mark}{n:06d}"
        told: list[dict[str, Any]] = [
            {"type": "application", "applicant": who.name, "id_type": "111", "id_number": who.id_number, "materials": materials},
            {"type": "acceptance"},
            {"type": "decision", "outcome": "granted"},
            {"type": "delivery", "method": "窗口领取"},
        ]  # fmt: skip
        begun = datetime.combine(day, time(9), CHINA) + timedelta(minutes=(n - first) * 5)
        objects += [
            {
                **said, "case": case, "matter": matter, "key": f"{case}:{no}", "version": 1, "no": no,
                "occurred_at": (begun + timedelta(minutes=4 * no)).isoformat(),
            }
            for no, said in enumerate(told, 1)
        ]  # fmt: skip
    return objects


def _without_method(objects: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """So many deliveries told once more, as other objects, and without saying how it was handed over."""
    delivered = [o for o in objects if o["type"] == "delivery"][:count]
    return [{**o, "key": f"{o['key']}x", "method": ""} for o in delivered]
