"""What people of the loaded city do before its pages are looked at, so that no page stands empty."""

import io
from datetime import date, timedelta
from uuid import uuid4

import orjson

from tongban.engine.ledger.sealing import seal_and_checkpoint
from tongban.engine.models import Case, EventRow, PartyInvitation
from tongban.engine.services import perform
from tongban.faces.authoring.campaigns import open_campaign
from tongban.faces.authoring.services import begin_empty, begin_revision, hand_in
from tongban.faces.catalogue.services import judge_file
from tongban.faces.hall.services import begin_draft
from tongban.platforms.consultation import services as consultation
from tongban.platforms.consultation.models import Consultation
from tongban.platforms.papers import filing
from tongban.platforms.papers.services import issue
from tongban.registry.identity import open_id_number
from tongban.registry.models import Account, OfferingVersion, Organisation

FOOD = "食品经营许可（新办）"
QUESTION, ANSWER = "二楼的店面能办食品经营许可吗", "可以，场所符合条件即可；请先看指南里的“能不能办”。"


def run_errands(today: date) -> dict[str, str]:
    """Begin what is begun at a desk: a draft, two manuscripts, a campaign, an import, an answer, an archive.

    Answers with the addresses to which people are led by what they did, and who they are.
    """
    live = OfferingVersion.objects.get(name=FOOD, status="published")
    unit = live.offering.organisation
    author, legal = _who("jbsc-kz-01"), _who("sfj-fz-01")
    begin_draft(_who("zhangyuan"), "", version=live, who="self")
    begin_empty(author, organisation=unit, name="流动餐车备案", kind=live.kind)
    in_review = begin_revision(author, live)
    hand_in(author, in_review)
    open_campaign(
        legal, title="2026年事项清理", basis="市政府办公室2026年工作安排", starts=today,
        ends=today + timedelta(days=30), organisations=[unit],
    )  # fmt: skip
    workbook = judge_file(author, io.BytesIO(orjson.dumps([live.content])), "事项.json")
    _answer_a_question(live, unit)
    asked = _ask_to_take_part(unit)
    seal_and_checkpoint(timedelta(0))
    filing.file_finished(limit=20)
    accepted = EventRow.objects.filter(type="case.accepted", case__org=unit).order_by("-pk")[0]
    paper = issue(accepted.case_id, accepted.seq)
    assert paper is not None
    return {
        f"/desk/matters/import/{workbook.pk}/": author.username,
        f"/desk/matters/{live.pk}/suspend/": "jbsc-xx-01",
        f"/check/p/{paper.token}/": "",
        asked: "zhangyuan",
        **_places_of_cases(),
    }


def _places_of_cases() -> dict[str, str]:
    """Where a resident and officials stand with cases as far as they have come."""
    own = Case.objects.filter(applicant__username="zhangyuan").order_by("-pk")
    granted = own.filter(kind="licence", result="granted")[0].number
    asked, running = own.filter(phase="correcting")[0].number, own.filter(phase="applied")[0].number
    question = own.filter(kind="consultation")[0].number
    part = Case.objects.filter(parent__isnull=False, org__key="jbsc").order_by("-pk")[0].number
    return {
        f"/track/{asked}/": "zhangyuan",
        f"/track/{granted}/result/": "zhangyuan",
        f"/track/{granted}/receipt/": "zhangyuan",
        f"/track/{running}/withdraw/": "zhangyuan",
        f"/ask/{question}/": "zhangyuan",
        f"/desk/cases/{part}/related/": "jbsc-ck-01",
        f"/desk/receipts/{part}/": "jbsc-ck-01",
    }


def _answer_a_question(live: OfferingVersion, unit: Organisation) -> None:
    asked = consultation.ask(
        _who("zhangyuan"), org=unit, about=live.offering.matter, question=QUESTION, command_id=uuid4()
    )
    perform(_who("jbsc-ck-01"), asked.case_id, "accept", command_id=uuid4())
    said = {"outcome": "answered", "opinion": ANSWER}
    perform(_who("jbsc-sc-01"), asked.case_id, "complete", command_id=uuid4(), data=said)
    row = Consultation.objects.get(pk=asked.case_id)
    public = consultation.propose(_who("jbsc-sc-01"), row, question=QUESTION, answer=ANSWER)
    consultation.release(_who("jbsc-kz-01"), public)


def _ask_to_take_part(unit: Organisation) -> str:
    """Somebody is asked by 张媛, and she by the counter for another applicant. Where she takes her question back."""
    her = _who("zhangyuan")
    own = Case.objects.filter(applicant=her, phase="applied").order_by("-pk")[0]
    said = {"role": "agent", "name": "孙一", "id_number": "110101199003070935", "basis": "授权委托书"}
    perform(her, own.pk, "name_party", command_id=uuid4(), data=said)
    other = (
        Case.objects.filter(org=unit, phase="accepted", kind="licence")
        .exclude(applicant=her)
        .order_by("-pk")[0]
    )
    said |= {
        "role": "co",
        "name": her.display_name,
        "id_number": open_id_number(her),
        "basis": "共同经营协议",
    }
    perform(_who("jbsc-ck-01"), other.pk, "name_party", command_id=uuid4(), data=said)
    asked = PartyInvitation.objects.get(case=own).pk
    return f"/track/{own.number}/parties/invitation/{asked}/end/"


def _who(username: str) -> Account:
    return Account.objects.get(username=username)
