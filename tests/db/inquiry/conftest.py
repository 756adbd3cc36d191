"""The town, and an agency in it that takes requests."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from tests.town import CODES, Town
from tongban.platforms.inquiry import services
from tongban.platforms.inquiry.models import Inquiry
from tongban.registry.models import Organisation


class Office:
    """The market supervision bureau and its people, who answer what is asked of them."""

    def __init__(self, town: Town) -> None:
        self.town, self.org = town, Organisation.objects.get(code=CODES["scjg"])

    def asked(self, who: str | None = "owner", **more: Any) -> Inquiry:
        """Somebody asks on the web."""
        said: dict[str, Any] = {
            "applicant_type": "person", "name": "王小芳", "id_number": "110101199003070775", "phone": "13900001111",
            "subject": "2023年食品抽检结果", "way": "web", "medium": "digital",
        }  # fmt: skip
        account = self.town.people[who] if who else None
        outcome = services.apply(account, self.org, services.Asked(**(said | more)), command_id=uuid4())
        return Inquiry.objects.get(pk=outcome.case_id)

    def registered(self, **more: Any) -> Inquiry:
        """A request whose receipt was confirmed today."""
        row = self.asked(**more)
        services.confirm(self.town.people["clerk"], row, command_id=uuid4())
        return self.fresh(row)

    def do(self, who: str, row: Inquiry, type_: str, **data: Any) -> Inquiry:
        """Somebody does something to it."""
        from tongban.engine.services import perform

        perform(self.town.people[who], row.pk, type_, command_id=uuid4(), data=data)
        return self.fresh(row)

    def answered(self, outcome: str = "open", row: Inquiry | None = None, **more: Any) -> Inquiry:
        """Drafted, checked, signed and delivered."""
        row = row or self.registered(**more)
        said = {} if outcome == "open" else {"reason": "依法判断。"}
        row = self.do("reviewer", row, "complete", outcome=outcome, opinion="答复如下。", **said)
        row = self.do("section_head", row, "complete", outcome="pass")
        services.sign(self.town.people["leader"], row, command_id=uuid4())
        return self.do("clerk", row, "complete", method="电子送达")

    def fresh(self, row: Inquiry) -> Inquiry:
        return Inquiry.objects.select_related("case").get(pk=row.pk)


@pytest.fixture(scope="module")
def bureau(town_as_built: Town, django_db_blocker: Any) -> Iterator[Town]:
    """The town, whose bureau takes requests already: to bring that about takes longer than what most tests do."""
    with django_db_blocker.unblock(), transaction.atomic():
        services.take_requests(Organisation.objects.get(code=CODES["scjg"]))
        yield town_as_built
        transaction.set_rollback(True)


@pytest.fixture
def office(bureau: Town, db: None) -> Office:
    return Office(bureau)
