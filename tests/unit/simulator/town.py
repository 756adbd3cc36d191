"""The demonstration city as the simulator reads it, without a database: packages, flows, posts and their holders."""

from functools import cache

from tongban.base.calendar import load_calendar
from tongban.engine.definition import Definition, compile_terms
from tongban.engine.flow import compile_flow
from tongban.project.demo.tables import table
from tongban.simulator.city import LEFT_OUT, City, Offered, all_matters


@cache
def anlan() -> City:
    calendar = load_calendar()
    rows = table("posts.json")["posts"]
    posts = {p["code"]: (no, 1) for no, p in enumerate(rows, 1)}
    staff, names = {}, {}
    for p in rows:
        for holder in p.get("holders", []):
            account = len(names) + 1
            names[account] = holder["display_name"]
            staff.setdefault(p["code"], []).append((account, holder["display_name"]))
    offered = tuple(
        Offered(
            key, no, content["matter"]["name"], content["steps"][0]["post"].rpartition("-")[0],
            Definition(compile_flow(flow), compile_terms(content, no), calendar, posts), content,
        )
        for no, (key, content, flow) in enumerate(all_matters(), 1)
        if key not in LEFT_OUT
    )  # fmt: skip
    return City(offered, staff, names)
