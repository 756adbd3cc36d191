"""The city that lives through the year: its matters, posts and people, as the database has them or as they stand on paper."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tongban.base.calendar import load_calendar
from tongban.base.console import CommandError, ExitCode, Ticker
from tongban.engine.definition import Definition, compile_terms
from tongban.engine.flow import Flow, compile_flow
from tongban.engine.flows import flow_by_sha, publish_flow, save_flow_draft
from tongban.project.demo import city as demo
from tongban.project.demo import residents
from tongban.project.demo.tables import table
from tongban.project.demo.telling import Staff
from tongban.registry.models import Account, Holding, OfferingVersion, Organisation, Post
from tongban.registry.services.matters import draft_version, pass_review, publish, submit_for_review
from tongban.simulator import variants

#: The cities there are: the demonstration city, whose matters and flows are ordinary packages.
CITIES = ("anlan",)
#: Cancelled before the first year that can be simulated.
LEFT_OUT = frozenset({"zszy"})
#: Nobody applies for these in the ordinary run of things: only where a course wants them (`faults`).
APART = frozenset({"canguan", *(v.key for v in variants.VARIANTS)})


@dataclass(frozen=True, slots=True)
class Offered:
    """One matter that people apply for."""

    key: str
    version: int
    name: str
    unit: str  # letters of the posts of the unit that handles it
    definition: Definition
    content: Mapping[str, Any]
    org: int
    matter: int
    offering: int

    @property
    def apart(self) -> bool:
        """Whether it is applied for only where a course wants it."""
        return self.key in APART


@dataclass(frozen=True, slots=True)
class City:
    """Everything the cases are made from; read once. `names` are those of the accounts that hold a post."""

    offered: tuple[Offered, ...]
    staff: Staff
    names: Mapping[int, str]


def found(city: str, ticker: Ticker | None = None) -> bool:
    """Bring the city's organisations, people and matters into an empty database; False when they are there.

    Raises CommandError when another city is there.
    """
    if not Organisation.objects.exists():
        demo.bring_in_organisations()
        residents.open_staff_accounts()
        demo.bring_in_matters(ticker or _Quiet())
        _bring_in_variants()
        return True
    if not _versions():
        raise CommandError(
            "another_city", f"数据库中的机构不是“{city}”的，不能在其中模拟。",
            "请用 TONGBAN_DATA 或 DATABASE_URL 指定空的数据库。", ExitCode.REFUSED,
        )  # fmt: skip
    _bring_in_variants()
    return False


def _bring_in_variants() -> None:
    """Publish the matters that only the simulated city has, where they are not there yet, by those who publish all others."""
    there = set(_versions())
    names = (demo.DRAFTER, demo.REVIEWER, demo.PUBLISHER)
    people = {a.username: a for a in Account.objects.filter(username__in=names)}
    drafter, reviewer, publisher = (people[name] for name in names)
    for key, content, document in variants.matters():
        if key in there:
            continue
        flow = publish_flow(publisher, save_flow_draft(drafter, key=key, document=document))
        version = submit_for_review(drafter, draft_version(drafter, content, change_note="模拟用事项"))
        version = pass_review(reviewer, version, opinion="模拟用，同意发布。")
        publish(publisher, version, starts=demo.IN_FORCE, flow_sha256=bytes.fromhex(flow.sha256))


def read() -> City:
    """The city as the database has it now."""
    calendar = load_calendar()
    posts = {p.code: (p.pk, p.organisation_id) for p in Post.objects.all()}
    flows: dict[bytes, Flow] = {}
    offered = []
    for key, version in sorted(_versions().items()):
        if key in LEFT_OUT or version.flow_sha256 is None:
            continue
        sha = bytes(version.flow_sha256)
        if sha not in flows:
            flows[sha] = compile_flow(flow_by_sha(sha).document)
        definition = Definition(flows[sha], compile_terms(version.content, version.pk), calendar, posts)
        offering = version.offering
        offered.append(
            Offered(
                key, version.pk, version.name, _unit(version.content), definition, version.content,
                offering.organisation_id, offering.matter_id, offering.pk,
            )
        )  # fmt: skip
    staff: dict[str, list[tuple[int, str]]] = {}
    names: dict[int, str] = {}
    for held in Holding.objects.select_related("post", "account").order_by("account__username"):
        staff.setdefault(held.post.code, []).append((held.account_id, held.account.display_name))
        names[held.account_id] = held.account.display_name
    return City(tuple(offered), staff, names)


@cache
def on_paper() -> City:
    """The same city out of its packages, without a database: alike in everything but the numbers that a database gives."""
    calendar, rows = load_calendar(), table("posts.json")["posts"]
    orgs = {row["key"]: no for no, row in enumerate(table("organisations.json")["organisations"], 1)}
    codes = {row["code"]: orgs[row["key"]] for row in table("organisations.json")["organisations"]}
    posts = {row["code"]: (no, orgs[row["organisation"]]) for no, row in enumerate(rows, 1)}
    people = {h["username"]: h["display_name"] for row in rows for h in row.get("holders", ())}
    accounts = {username: no for no, username in enumerate(sorted(people), 1)}
    held = {row["code"]: sorted(h["username"] for h in row.get("holders", ())) for row in rows}
    offered = tuple(
        Offered(
            key, no, content["matter"]["name"], _unit(content),
            Definition(compile_flow(flow), compile_terms(content, no), calendar, posts), content,
            codes[content["offering"]["org_code"]], no, no,
        )
        for no, (key, content, flow) in enumerate(sorted(all_matters(), key=lambda m: m[0]), 1)
        if key not in LEFT_OUT
    )  # fmt: skip
    staff = {
        post: [(accounts[u], people[u]) for u in usernames] for post, usernames in held.items() if usernames
    }
    return City(offered, staff, {accounts[u]: name for u, name in people.items()})


def all_matters() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every matter of the simulated city: its key, its package, its flow."""
    yield from demo.matters()
    yield from variants.matters()


def _unit(content: Mapping[str, Any]) -> str:
    """The letters of the unit whose posts handle it."""
    post: str = content["steps"][0]["post"]
    return post.rpartition("-")[0]


def _versions() -> dict[str, OfferingVersion]:
    """Published versions of the city's matters, by the key of their package."""
    keys = {content["offering"]["implementation_code"]: key for key, content, _flow in all_matters()}
    rows = OfferingVersion.objects.filter(status=OfferingVersion.Status.PUBLISHED).select_related("offering")
    found: dict[str, OfferingVersion] = {}
    for row in rows:
        key = keys.get(row.offering.implementation_code or "")
        if key is not None:
            found[key] = row
    return found


class _Quiet:
    def advance(self, n: int = 1) -> None:
        """Nobody watches."""

    def say(self, text: str) -> None:
        """Nobody listens."""
