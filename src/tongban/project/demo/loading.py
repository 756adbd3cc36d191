"""What the cases of the demo city are made from, and one case written after its story."""

import io
from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any

from tongban.base.calendar import load_calendar
from tongban.base.files.store import store_upload
from tongban.base.models import StoredFile
from tongban.engine.definition import Definition, compile_terms
from tongban.engine.flow import compile_flow
from tongban.engine.flows import flow_by_sha
from tongban.engine.services import Applicant
from tongban.project.demo import (
    forms,
    history,
    papers,
    residents,
    stories,
)
from tongban.project.demo.people import Firm, Person, Population
from tongban.project.demo.plots import PLOTS
from tongban.project.demo.tables import table
from tongban.project.demo.telling import Tale, tell
from tongban.registry.models import Account, Holding, OfferingVersion, Post

SEED = 20261121
RESIDENTS = 90


class Loading:
    """What the cases are made from: definitions, people, papers, and one source of chance."""

    def __init__(self, versions: Mapping[str, OfferingVersion], present: datetime) -> None:
        self.present, self.versions = present, versions
        self.rng = Random(SEED)  # noqa: S311 -- a story, not a secret
        self.town = Population(self.rng)
        self.staff, self.people = _staff()
        posts = {p.code: (p.pk, p.organisation_id) for p in Post.objects.all()}
        self.flows = {k: flow_by_sha(v.flow_sha256 or b"") for k, v in versions.items()}
        calendar = load_calendar()
        self.definitions = {
            k: Definition(
                compile_flow(self.flows[k].document), compile_terms(v.content, v.pk), calendar, posts
            )
            for k, v in versions.items()
        }
        self._papers: dict[str, StoredFile] = {}
        self._residents = self._open_residents()

    def record(self, story: stories.Story) -> history.Record:
        """One story told to the present."""
        version = self.versions[story.matter]
        who, firm, account = self._applicant(story, version.content)
        form = self.fill(version.content, who, firm, story.start)
        handed = self.hand_in(story.matter, form)
        tale = self.tale(story.matter, form, handed, account, firm, story.channel, story.start)
        tell(tale, PLOTS[story.plot].tell)
        return self.written(tale, version, who, firm, account)

    def tale(
        self, matter: str, form: Mapping[str, Any], handed: Mapping[str, str], account: Account | None,
        firm: Firm | None, channel: str, start: datetime, kind: str = "",
    ) -> Tale:  # fmt: skip
        """A tale about to begin."""
        first = self.versions[matter].content["steps"][0]["post"]
        return Tale(
            defn=self.definitions[matter], form=form, materials=handed, applicant=account.pk if account else None,
            applicant_kind="organisation" if firm else "person", matter=matter, unit=first.rpartition("-")[0],
            channel=channel, kind=kind or ("office" if self.definitions[matter].terms.by_office else "licence"),
            staff=self.staff, rng=self.rng, start=start, present=self.present,
        )  # fmt: skip

    def written(
        self, tale: Tale, version: OfferingVersion, who: Person, firm: Firm | None, account: Account | None
    ) -> history.Record:
        """What is handed to the engine of a tale that has been told."""
        applicant = Applicant(
            name=firm.name if firm else who.name, kind="organisation" if firm else "person",
            id_type="uscc" if firm else "111", id_number=firm.code if firm else who.id_number,
            phone=who.phone, account=account,
        )  # fmt: skip
        files = {
            k: self.paper(version.content, k) for k, status in tale.materials.items() if status == "supplied"
        }
        return history.Record(
            version,
            self.flows[tale.matter].pk,
            tale.form,
            applicant,
            tale.kind,
            tale.channel,
            version.name,
            files,
            tale.deeds,
        )

    def fill(
        self,
        content: Mapping[str, Any],
        who: Person,
        firm: Firm | None,
        day: datetime,
        given: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The form of a matter filled in (empty where the office begins)."""
        return forms.fill(content, who, firm, self.town, self.rng, day.date(), given)

    def hand_in(self, matter: str, form: Mapping[str, Any]) -> dict[str, str]:
        """Which materials come with the application: everything necessary, some of it shared by other departments."""
        handed: dict[str, str] = {}
        terms = self.definitions[matter].terms
        sources = {m["key"]: m["source"] for m in self.versions[matter].content["materials"]}
        for key, material in terms.materials.items():
            needed = material.necessity == "required" or (
                material.when is not None and material.when.test({"form": form})
            )
            if needed:
                shared = sources[key] == "政府部门核发" and self.rng.random() < 0.4
                handed[key] = "shared" if shared else "supplied"
            elif material.necessity == "later":
                handed[key] = "later"
        return handed

    def paper(self, content: Mapping[str, Any], key: str) -> StoredFile:
        """A small file for a material; the same for every case that hands it in."""
        name: str = next(m["name"] for m in content["materials"] if m["key"] == key)
        kept = self._papers.get(name)
        if kept is None:
            drawn = "图" in name
            body = (
                papers.floor_plan(3 + len(name) % 4)
                if drawn
                else papers.pdf_page(name, table("words.json")["paper"])
            )
            kept = store_upload(io.BytesIO(body), f"{key}.{'png' if drawn else 'pdf'}")
            self._papers[name] = kept
        return kept

    def _applicant(
        self, story: stories.Story, content: Mapping[str, Any]
    ) -> tuple[Person, Firm | None, Account | None]:
        objects = set(content["service_objects"])
        firms_may = bool(objects & {"2", "6"})
        by_firm = firms_may and ("1" not in objects or self.rng.random() < 0.35)
        if story.owner:
            who, firm, account = self._residents[story.owner]
            return who, firm if firms_may else None, account
        if story.channel != "web":
            office = content["initiated_by"] == "office"
            firm = self.town.firm(sole=office) if by_firm or office else None
            return firm.legal if firm else self.town.person(), firm, None
        who, firm, account = self._residents[f"resident-{self.rng.randrange(RESIDENTS):03d}"]
        return who, firm if by_firm else None, account

    def _open_residents(self) -> dict[str, tuple[Person, Firm | None, Account]]:
        opened: dict[str, tuple[Person, Firm | None, Account]] = {}
        zhang = self.town.person(name="张思远", born=(1990, 1994))
        li = self.town.firm(trade="餐饮管理")
        agent = self.town.person(name="李若涵", born=(1990, 1996))
        shiwei = Firm("安澜市拾味餐饮管理有限公司", li.code, agent, li.address)
        known = {"zhangyuan": (zhang, None), "shiwei": (agent, shiwei)}
        for username, (who, firm) in known.items():
            opened[username] = (who, firm, residents.open_resident(username, who, firm, signs_in=True))
        for no in range(RESIDENTS):
            firm = self.town.firm(sole=self.rng.random() < 0.4)
            username = f"resident-{no:03d}"
            opened[username] = (firm.legal, firm, residents.open_resident(username, firm.legal))
        self.people |= {account.pk: account for _, _, account in opened.values()}
        return opened

    def resident(self, username: str) -> tuple[Person, Firm | None, Account]:
        """A resident of the town with the firm they may act for."""
        return self._residents[username]


def _staff() -> tuple[dict[str, list[tuple[int, str]]], dict[int, Account]]:
    staff: dict[str, list[tuple[int, str]]] = {}
    people: dict[int, Account] = {}
    for held in Holding.objects.select_related("post", "account").order_by("account__username"):
        staff.setdefault(held.post.code, []).append((held.account_id, held.account.display_name))
        people[held.account_id] = held.account
    return staff, people
