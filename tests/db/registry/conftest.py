"""A small government, set up through the services, and people to act in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tests.unit.registry.packages import ORG, package
from tongban.registry.actors import INSTALLATION
from tongban.registry.models import Account, OfferingVersion, Organisation, Post
from tongban.registry.services import (
    draft_version,
    import_organisations,
    import_posts,
    pass_review,
    publish,
    submit_for_review,
)

SINCE = "2020-01-01"
CITY, DISTRICT, BUREAU, TOWN = "city", "district", "bureau", "town"
CODES = {CITY: "119901009900000172", DISTRICT: "11990100990000025W", BUREAU: ORG, TOWN: "11990100990000033P"}


def organisation(key: str, parent: str | None, level: str, name: str) -> dict[str, Any]:
    return {
        "key": key,
        "code": CODES[key],
        "region": "990100" if level == "3" else "990102",
        "level": level,
        "nature": "机关",
        "versions": [{"name": name, "short_name": name, "parent": parent, "from": SINCE}],
    }


def post(code: str, unit: str, role: str, *holders: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": code,
        "organisation": unit,
        "role": role,
        "holders": [{"username": h, "display_name": h, "from": SINCE} for h in holders],
        **more,
    }


def organisations() -> dict[str, Any]:
    return {
        "schema": 1,
        "regions": [
            {"code": "990102", "name": "江北区", "parent": "990100", "from": SINCE},
            {"code": "990100", "name": "安澜市", "parent": None, "from": SINCE},
        ],
        "organisations": [
            organisation(BUREAU, DISTRICT, "4", "江北区市场监督管理局"),
            organisation(CITY, None, "3", "安澜市人民政府"),
            organisation(DISTRICT, CITY, "4", "江北区人民政府"),
            organisation(TOWN, DISTRICT, "5", "江北区滨江街道办事处"),
        ],
    }


def posts() -> dict[str, Any]:
    return {
        "schema": 1,
        "posts": [
            post("JBSC-CK", BUREAU, "acceptor", "clerk"),
            post("JBSC-SC", BUREAU, "examiner", "examiner"),
            post("JBSC-SH", BUREAU, "reviewer", "drafter"),
            post("JBSC-FG", BUREAU, "approver", "chief"),
            post("JBSC-FZ", BUREAU, "legal", "lawyer"),
            post("JBSC-XX", BUREAU, "publisher", "publisher"),
            post("CITY-LD", CITY, "leader", "mayor", serves_as=["responsible_leader"]),
            post("CITY-XT", CITY, "system_admin", "system-admin", serves_as=["administrator"]),
            post("CITY-AQ", CITY, "security_admin", "security-admin"),
            post("CITY-SJ", CITY, "audit_admin", "audit-admin"),
            post("TOWN-CK", TOWN, "acceptor", "town-clerk"),
        ],
    }


@dataclass
class Government:
    """The little government; people by user name, posts by code, organisations by key."""

    people: dict[str, Account] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    orgs: dict[str, Organisation] = field(default_factory=dict)

    def refresh(self) -> "Government":
        self.people = {a.username: a for a in Account.objects.all()}
        self.posts = {p.code: p for p in Post.objects.all()}
        self.orgs = {o.key: o for o in Organisation.objects.all()}
        return self


def set_up() -> Government:
    assert import_organisations(INSTALLATION, organisations()).ok
    assert import_posts(INSTALLATION, posts()).ok
    Account.objects.create(username="resident", kind=Account.Kind.RESIDENT, display_name="张三")
    return Government().refresh()


@pytest.fixture(scope="module")
def set_up_once(django_db_setup: None, django_db_blocker: Any, own_files: Path) -> Iterator[None]:
    """The little government stands for the whole module that asks for it, and is undone at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        set_up()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def government(request: pytest.FixtureRequest, db: None) -> Government:
    return Government().refresh() if "set_up_once" in request.fixturenames else set_up()


Publisher = Callable[..., OfferingVersion]


@pytest.fixture
def published(government: Government) -> Publisher:
    """Draft, review and publish a package by the three people whose work that is."""

    def do(starts: date | None = None, **changes: Any) -> OfferingVersion:
        people = government.people
        version = draft_version(people["drafter"], package(**changes), change_note="依法调整")
        submit_for_review(people["drafter"], version)
        pass_review(people["lawyer"], version, opinion="合法，同意")
        return publish(people["publisher"], version, starts=starts)

    return do
