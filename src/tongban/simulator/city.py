"""The city that lives through the year: its matters, posts and people as the database has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tongban.base.calendar import load_calendar
from tongban.base.console import CommandError, ExitCode, Ticker
from tongban.engine.definition import Definition, compile_terms
from tongban.engine.flow import Flow, compile_flow
from tongban.engine.flows import flow_by_sha
from tongban.project.demo import city as demo
from tongban.project.demo import residents
from tongban.project.demo.telling import Staff
from tongban.registry.models import Holding, OfferingVersion, Organisation, Post

#: The cities there are: the demonstration city, whose matters and flows are ordinary packages.
CITIES = ("anlan",)
#: Joint cases have members of their own, and a cancelled matter has none.
LEFT_OUT = frozenset({"canguan", "zszy"})


@dataclass(frozen=True, slots=True)
class Offered:
    """One matter that people apply for."""

    key: str
    version: int
    name: str
    unit: str  # letters of the posts of the unit that handles it
    definition: Definition
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class City:
    """Everything the cases are made from; read once."""

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
        return True
    if not _versions():
        raise CommandError(
            "another_city", f"数据库中的机构不是“{city}”的，不能在其中模拟。",
            "请用 TONGBAN_DATA 或 DATABASE_URL 指定空的数据库。", ExitCode.REFUSED,
        )  # fmt: skip
    return False


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
        first = version.content["steps"][0]["post"]
        offered.append(
            Offered(key, version.pk, version.name, first.rpartition("-")[0], definition, version.content)
        )
    staff: dict[str, list[tuple[int, str]]] = {}
    names: dict[int, str] = {}
    for held in Holding.objects.select_related("post", "account").order_by("account__username"):
        staff.setdefault(held.post.code, []).append((held.account_id, held.account.display_name))
        names[held.account_id] = held.account.display_name
    return City(tuple(offered), staff, names)


def _versions() -> dict[str, OfferingVersion]:
    """Published versions of the city's matters, by the key of their package."""
    keys = {content["offering"]["implementation_code"]: key for key, content, _flow in demo.matters()}
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
