"""零办件 and 办理深度: counted live, opened to the list behind, exported only by who may, shown to everybody as shares."""

import csv
from io import StringIO

from django.test import Client

from tests.db.engine.city import ALWAYS, City
from tests.web.desk.conftest import SignIn
from tongban.base.sheets import csv_response
from tongban.engine.figures import Run
from tongban.platforms.power import coverage
from tongban.registry.models import Grant, Offering
from tongban.registry.queries import today


def span() -> coverage.Span:
    return coverage.span_of("year", today())


def a_run(**more: object) -> Run:
    said: dict[str, object] = {
        "offering_id": 1, "matter_id": 1, "org_id": 1, "code": "X", "name": "事项", "kind": "01", "version_id": 1,
        "depth": 4, "applied_for": True, "described": True, "opened": 0, "accepted": 0, "web": 0, "ended": 0, "whole": 0,
    }  # fmt: skip
    return Run(**(said | more))  # type: ignore[arg-type]


def test_a_matter_leaves_the_zero_list_with_its_first_accepted_case(city: City, as_: SignIn) -> None:
    client = as_("head")
    rows = coverage.runs_for(city.person("head"), span())
    name = next(r.name for r in coverage.idle_matters(rows))
    assert name in client.get("/desk/coverage/zero/").content.decode()
    case = city.apply()
    assert name in client.get("/desk/coverage/zero/").content.decode()  # received is not accepted
    city.do("clerk", case, "accept")
    assert not [
        r for r in coverage.idle_matters(coverage.runs_for(city.person("head"), span())) if r.name == name
    ]
    assert "没有零办件" in client.get("/desk/coverage/zero/").content.decode()
    assert "没有零办件单位" in client.get("/desk/coverage/zero/?by=unit").content.decode()


def test_it_is_one_query(city: City, django_assert_num_queries: object) -> None:
    head = city.person("head")
    coverage.runs_for(head, span())
    with django_assert_num_queries(3):  # type: ignore[operator]  # permissions' generation, the offerings, the figures
        coverage.runs_for(head, span())


def test_only_the_units_one_looks_at_are_listed(city: City, as_: SignIn) -> None:
    mine = {r.offering_id for r in coverage.runs_for(city.person("head"), span())}
    assert mine
    assert not coverage.runs_for(city.person("stranger"), span())
    own = set(Offering.objects.values_list("pk", flat=True))
    assert mine <= own


def test_depth_counts_what_is_offered_and_what_was_done(city: City) -> None:
    case = city.apply()
    city.do("clerk", case, "accept")
    d = coverage.depth_of(coverage.runs_for(city.person("head"), span()))
    assert (d.opened, d.web) == (1, 1)
    rows = [
        a_run(), a_run(depth=2), a_run(depth=1), a_run(applied_for=False, described=False),
        a_run(version_id=None, depth=0, applied_for=False, described=False),
    ]  # fmt: skip
    d = coverage.depth_of(rows)
    assert (d.matters, d.look, d.download, d.applied_for, d.apply, d.whole) == (5, 4, 3, 3, 2, 1)
    assert (d.look_share, d.apply_share) == (80.0, 66.7)
    assert [coverage.reach_of(r) for r in rows] == ["whole", "apply", "download", "look", ""]


def test_a_case_touched_at_the_counter_is_not_wholly_online(city: City) -> None:
    from uuid import uuid4

    from tongban.engine.services import perform

    def carried(channel: str) -> None:
        case = city.apply()
        perform(city.person("clerk"), case.case_id, "refuse", command_id=uuid4(), channel=channel,
                data={"reason": "不属于本机关职权", "remedy": "可以复议"})  # fmt: skip

    carried("desk")
    carried("counter")
    d = coverage.depth_of(coverage.runs_for(city.person("head"), span()))
    assert (d.web, d.ended, d.wholly) == (2, 2, 1)


def test_export_only_for_who_may(city: City, as_: SignIn) -> None:
    client = as_("head")
    Grant.objects.filter(verb="export").delete()
    assert client.get("/desk/coverage/zero/?export=csv").headers["Content-Type"].startswith("text/html")
    Grant.objects.create(role="leader", verb="export", reach=Grant.Reach.EVERYTHING, valid=ALWAYS)
    sent = client.get("/desk/coverage/zero/?export=csv")
    assert sent.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.reader(StringIO(sent.content.decode("utf-8-sig"))))
    assert lines[0][0] == "事项"
    assert len(lines) == 1 + len(coverage.idle_matters(coverage.runs_for(city.person("head"), span())))
    assert client.get("/desk/coverage/depth/?export=xlsx").content[:2] == b"PK"


def test_a_text_never_becomes_a_formula_in_csv() -> None:
    sent = csv_response("x", ("a", "b"), [("=1+1", -3), ("普通", None)])
    assert list(csv.reader(StringIO(sent.content.decode("utf-8-sig")))) == [
        ["a", "b"],
        ["'=1+1", "-3"],
        ["普通", ""],
    ]


def test_everybody_sees_the_shares(city: City) -> None:
    page = Client().get("/depth/").content.decode()
    assert "可查询" in page
    assert "目标 90%" in page
    unit = next(iter(coverage.public_runs(span()))).org_id
    from tongban.registry.queries import as_of

    assert Client().get(f"/depth/?org={as_of().nodes[unit].code}").status_code == 200
    assert Client().get("/depth/?org=nobody").status_code == 404
