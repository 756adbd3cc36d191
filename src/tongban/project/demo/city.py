"""Bringing the demo city in by the services an operator would use: organisations, posts, matters, flows."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from tongban.base.console import Ticker
from tongban.engine.flows import publish_flow, save_flow_draft
from tongban.project.demo.tables import names, read, table
from tongban.registry.actors import INSTALLATION
from tongban.registry.models import Account, OfferingVersion
from tongban.registry.reports import Report
from tongban.registry.services.matters import (
    cancel_matter,
    draft_version,
    known_here,
    pass_review,
    publish,
    submit_for_review,
)
from tongban.registry.services.organisations import import_organisations
from tongban.registry.services.posts import import_posts

#: From when the published versions hold; the cases of the last weeks fall well after it.
IN_FORCE = date(2025, 1, 1)
#: The one matter that is history: in force until the fee became a tax (水资源费改税).
CANCELLED_FROM, CANCELLED_ON = date(2015, 1, 1), date(2024, 12, 1)
#: Who drafts, reviews and publishes the matters: the approval bureau, the legal office, the approval bureau.
DRAFTER, REVIEWER, PUBLISHER = "xsj-kz-01", "sfj-fz-01", "xsj-xx-01"


class DemoRefused(Exception):
    """The demo city's own data was refused: a fault of this package, not of the operator."""


def matters() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every matter: its key, its package, its flow."""
    for key in names("matters"):
        yield key, json.loads(read(f"matters/{key}.json")), json.loads(read(f"flows/{key}.json"))


def bring_in_organisations() -> None:
    """Regions, 71 organisations, their posts and the people who hold them."""
    _taken(import_organisations(INSTALLATION, table("organisations.json")))
    _taken(import_posts(INSTALLATION, _posts(lambda grant: grant["matter"] is None)))


def bring_in_matters(ticker: Ticker) -> dict[str, OfferingVersion]:
    """Publish every flow and every matter, drafted, reviewed and put in force by the three who may. Key → version."""
    people = {a.username: a for a in Account.objects.filter(username__in=(DRAFTER, REVIEWER, PUBLISHER))}
    drafter, reviewer, publisher = people[DRAFTER], people[REVIEWER], people[PUBLISHER]
    known = known_here()
    published: dict[str, OfferingVersion] = {}
    cancelled: list[OfferingVersion] = []
    for key, content, document in matters():
        ticker.say(f"发布事项：{content['matter']['name']}")
        flow = publish_flow(publisher, save_flow_draft(drafter, key=key, document=document))
        gone = content["matter"]["status"] == "cancelled"
        content["matter"]["status"] = "active"
        version = draft_version(drafter, content, change_note="首次编制入库", known=known)
        version = submit_for_review(drafter, version, known=known)
        version = pass_review(
            reviewer, version, opinion="设定依据、条件、材料、时限和裁量内容合法，同意发布。"
        )
        starts = CANCELLED_FROM if gone else IN_FORCE
        version = publish(
            publisher, version, starts=starts, flow_sha256=bytes.fromhex(flow.sha256), known=known
        )
        published[key] = version
        if gone:
            cancelled.append(version)
        ticker.advance()
    for version in cancelled:
        cancel_matter(
            INSTALLATION, version.offering.matter, reason="水资源费改征水资源税，停止征收。", on=CANCELLED_ON
        )
    _taken(import_posts(INSTALLATION, _posts(lambda grant: grant["matter"] is not None, only_granted=True)))
    return published


def _posts(wanted: Any, *, only_granted: bool = False) -> dict[str, Any]:
    """posts.json with the grants of grants.json that are wanted, put on their posts."""
    grants: dict[str, list[Mapping[str, Any]]] = {}
    for grant in table("grants.json")["grants"]:
        if wanted(grant):
            grants.setdefault(grant["post"], []).append({k: v for k, v in grant.items() if k != "post"})
    posts = table("posts.json")["posts"]
    return {
        "schema": 1,
        "posts": [
            {**p, "grants": grants.get(p["code"], [])}
            for p in posts
            if not only_granted or p["code"] in grants
        ],
    }


def _taken(report: Report) -> None:
    refused = [v for v in report.verdicts if v.outcome == "refused"]
    if refused:
        first = refused[0]
        raise DemoRefused(f"{first.subject} {first.key}: {first.problems}")
