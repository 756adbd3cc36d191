"""A unit with its people and a draft, for the tests of releases."""

from uuid import uuid4

from tests.town import Town, build_town
from tongban.engine.services import perform
from tongban.platforms.disclosure import services
from tongban.platforms.disclosure.models import Record
from tongban.platforms.disclosure.rules import checklist
from tongban.platforms.disclosure.services.releasing import takes_releases
from tongban.registry.models import Organisation


def build() -> Town:
    """The town, its unit releasing documents already: setting that up takes longer than a release."""
    town = build_town()
    takes_releases(Organisation.objects.get(key="scjg"))
    return town


ALL = [str(n) for n in range(1, len(checklist()) + 1)]


class Unit:
    """The market supervision bureau with a draft of its clerk."""

    def __init__(self, town):
        self.town, self.org = town, Organisation.objects.get(key="scjg")

    def draft(self, by="clerk", **more):
        said = {"title": "关于检查的通知", "body": "联系 13800138000。", **more}
        return services.create_record(self.town.people[by], self.org, said)

    def submitted(self, record=None, by="clerk", **more):
        return services.submit(self.town.people[by], record or self.draft(), source="与原件一致", **more)

    def do(self, who, record, outcome, **data):
        perform(
            self.town.people[who],
            record.case_id,
            "complete",
            command_id=uuid4(),
            data={"outcome": outcome, **data},
        )
        return Record.objects.get(pk=record.pk)

    def passed(self, record, who="section_head", **data):
        return self.do(who, record, "passed", opinion="可以公开", checklist=ALL, **data)
