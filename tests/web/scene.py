"""What the authorisation matrix walks through: the town with cases in several states, a file, a card, a draft."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase
from django.template.backends.django import Template
from django.test import Client
from django.test.client import ClientHandler
from django.utils.safestring import SafeString

from tests.lobby import open_hall
from tests.town import BRIEF, JOINT, PERMIT, PHONES, RESIDENTS, SECRET_ADDRESS, Town, build_town
from tests.web.doors import EVERYBODY
from tongban.base.calendar import CHINA
from tongban.base.files import store_upload
from tongban.engine import outbox, watches
from tongban.engine.attachments import add_attachment
from tongban.engine.models import Case, EventRow, PartyInvitation
from tongban.engine.services import Applicant, Outcome
from tongban.faces.authoring.campaigns import open_campaign
from tongban.faces.authoring.services import begin_revision
from tongban.faces.bulletin.models import Bulletin
from tongban.faces.hall import services as hall
from tongban.faces.hall.models import DraftFile
from tongban.faces.lobby import services as lobby
from tongban.faces.lobby.queries import bookable_days
from tongban.platforms.consultation import services as consultation
from tongban.platforms.consultation.models import Consultation
from tongban.platforms.disclosure import services as disclosure
from tongban.platforms.disclosure.machines.sitemap import PART
from tongban.platforms.disclosure.reader.batches import BatchFile
from tongban.platforms.disclosure.services.annexes import add_annex
from tongban.platforms.fees.models import Order
from tongban.platforms.inquiry import services as inquiries
from tongban.platforms.inquiry.annual import services as annual
from tongban.platforms.inquiry.models import Inquiry
from tongban.platforms.rating.queries import token
from tongban.platforms.rating.services import give
from tongban.platforms.reporting.clients import create_client
from tongban.platforms.reporting.services import compare_with
from tongban.platforms.supervision.draws import Range, announce
from tongban.platforms.supervision.models import Card, Trial
from tongban.platforms.supervision.recusal import declare_for_case
from tongban.platforms.supervision.rules import RULES
from tongban.registry.models import GuideIndex, OfferingVersion, Organisation

LOGIN = "/account/login/"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
NAME, ID_NUMBER = RESIDENTS["owner"]
#: What nobody who is turned away may read anywhere in the answer.
PERSONAL = (
    NAME,
    ID_NUMBER,
    PHONES["owner"],
    PHONES["owner"].removeprefix("+86"),
    SECRET_ADDRESS,
    "平面草图.pdf",
)


@dataclass
class Scene:
    """The town and the things that addresses name; `args` of a door are attributes of it."""

    town: Town
    number: str = ""
    decided: str = ""
    correcting: str = ""
    attachment: str = ""
    paper: int = 0
    card: int = 0
    trial: int = 0
    draw: int = 0
    relation: int = 0
    bulletin: int = 0
    draft: str = ""
    draft_file: str = ""
    version: int = 0
    manuscript: int = 0
    campaign: int = 0
    campaign_item: int = 0
    report_client: int = 0
    compared_day: str = "2026-03-02"
    compared_type: str = "application"
    deed: str = "suspend"
    rule: str = "T01"
    implementation: str = "P-1"
    material: str = "m1"
    step: int = 2
    one: int = 1
    part: int = 0  # of the site map
    word: str = "none"
    gallery: str = "work"
    about: str = "privacy"
    consultation: str = ""
    answered: str = ""
    inquiry: str = ""
    inquiry_public: str = ""
    report: int = 0
    report_ending: str = "json"
    report_row: str = "3.1"
    report_column: str = "total"
    rating: int = 0
    rate_token: str = ""
    notice_event: str = "decision.made"
    notice_channel: str = "email"
    paper_form: str = "denial"
    office: int = 0
    rate_step: str = "delivery"
    event: str = "开店"
    hall: str = "zwdt"
    ticket: int = 0
    appointment: str = ""
    order: str = ""
    order_token: str = ""
    index_number: str = ""
    record: str = ""
    batch: str = ""
    column: str = "budget"
    provision_kind: str = "limit"
    region: str = "990100"
    invitation: int = 0
    resident: str = ""
    sessions: dict[str, str] = field(default_factory=dict)

    def client(self, role: str, kind: type[Client] = Client) -> Client:
        """Somebody's browser, freshly opened: signed in, or nobody's."""
        client = kind()
        if role in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[role]
        return client

    def revision(self) -> dict[str, Any]:
        """A whole, valid revision of the rule, from tomorrow on."""
        tomorrow = datetime.now(CHINA).date() + timedelta(days=1)
        defaults = {k: str(v) for k, v in RULES[self.rule].defaults.items()}
        return {**defaults, "enabled": "1", "begins": tomorrow.isoformat(), "basis": "试改"}


class Lean(Client):
    """A browser that keeps no record of templates and contexts, which costs more than most pages.

    All of them ask one handler, as to put the middleware together costs as much as a page that turns away.
    """

    _handler = ClientHandler(enforce_csrf_checks=False)

    def __init__(self) -> None:
        super().__init__()
        self.handler = self._handler

    def request(self, **request: Any) -> Any:
        """The answer, and nothing about it."""
        response = self.handler(self._base_environ(**request))
        response.json = lambda: json.loads(response.content)
        return response


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside leaves nothing behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def undrawn() -> Iterator[None]:
    """Views run, pages are not drawn: for asking only whether somebody gets in."""
    with mock.patch.object(Template, "render", return_value=SafeString("")):
        yield


def drawn_from(client: Client, url: str) -> Any:
    """What the page at that address would be drawn from; it is not drawn."""
    kept: list[Any] = []

    def keep(_template: Template, context: Any = None, _request: Any = None) -> SafeString:
        kept.append(context)
        return SafeString("")

    with mock.patch.object(Template, "render", keep):
        client.get(url)
    return kept[-1]


def turned_away(answer: HttpResponseBase, role: str) -> bool:
    if role == "anonymous" and to_login(answer):
        return True
    return answer.status_code in {401, 403, 404}  # 401: not signed in, or not signed


def to_login(answer: HttpResponseBase) -> bool:
    return answer.status_code == 302 and answer.headers["Location"].startswith(LOGIN)


def told(answer: HttpResponseBase) -> str:
    body = text_of(answer)
    said = [word for word in PERSONAL if word in body]
    return f"reads {said}" if said else ""


def text_of(answer: HttpResponseBase) -> str:
    """The body, streamed or not."""
    parts = list(answer.streaming_content) if answer.streaming else [answer.content]
    return b"".join(parts).decode(errors="replace")


def set_scene() -> Scene:
    """Build it in the database at hand."""
    town = build_town()
    scene = Scene(town, version=OfferingVersion.objects.get(offering__implementation_code="P-1").pk)
    GuideIndex.objects.filter(pk=scene.version).update(facets=[f"event:{scene.event}"])
    case = town.apply()
    file = add_attachment(
        town.people["owner"], case.case_id, "m1", store_upload(io.BytesIO(PDF), "a.pdf"), "平面草图.pdf"
    )
    town.do("clerk", case, "accept")
    town.do("clerk", case, "charge", name="工本费")
    order = Order.objects.get(case_id=case.case_id)
    scene.order, scene.order_token = order.number, str(order.token)
    scene.index_number, scene.record, scene.batch, scene.part = _disclosed(town)
    scene.number, scene.attachment = case.number, str(file.pk)
    named = {"name": "孙一", "id_number": "110101199003070935", "role": "co", "basis": "共同经营协议"}
    town.do("owner", case, "name_party", **named)
    scene.invitation = PartyInvitation.objects.get().pk
    scene.resident = str(scene.town.people["owner"].uid)
    scene.office = town.versions[PERMIT].offering.organisation_id
    scene.paper = EventRow.objects.get(case_id=case.case_id, type="case.accepted").seq
    done = town.apply()
    town.decided(done)
    town.do("clerk", done, "complete", method="窗口领取")
    scene.decided = done.number
    rated = Case.objects.get(pk=done.case_id)
    scene.rating = give(rated, "acceptance", 1, level=1, words="窗口让我跑了三趟").pk
    scene.rate_token = token(rated.pk)
    asked = town.apply()
    town.do("clerk", asked, "request_correction", items=["请补平面图"])
    scene.correcting = asked.number
    _everywhere(town)
    scene.card = _card(town)
    day = datetime.now(CHINA).date()
    scene.trial = Trial.objects.create(
        rule="T02", thresholds=RULES["T02"].defaults, first=day, last=day, asked_by=town.people["monitor"]
    ).pk
    seen = Range(day - timedelta(days=60), day)
    scene.draw = announce(town.people["monitor"], "integrity", seen, wanted=1).pk
    scene.relation = declare_for_case(town.people["reviewer"], number=scene.number, words="亲属").pk
    scene.bulletin = Bulletin.objects.create(
        month=date(2026, 1, 1), content={"parts": [], "definitions": [], "figures": {}},
        counted_at=datetime.now(CHINA), drafted_by=town.people["monitor"],
    ).pk  # fmt: skip
    scene.consultation, scene.answered = _asked(town).number, _answered(town)
    scene.inquiry, scene.inquiry_public, scene.report = _of_information(town)
    scene.manuscript = begin_revision(town.people["section_head"], town.versions[PERMIT]).pk
    today = datetime.now(CHINA).date()
    reporting, _secret = create_client("许可审批系统", "scjg")
    compare_with(
        reporting, date.fromisoformat(scene.compared_day), scene.compared_type, {"SB1": (1, "0" * 64)}
    )
    scene.report_client = reporting.pk
    campaign = open_campaign(
        town.people["legal"], title="年度清理", basis="年度计划", starts=today, ends=today,
        organisations=[town.versions[PERMIT].offering.organisation],
    )  # fmt: skip
    scene.campaign = campaign.pk
    scene.campaign_item = campaign.items.get(version=town.versions[PERMIT]).pk
    draft = hall.begin_draft(town.people["owner"], "", version=town.versions[PERMIT], who="self")
    draft.typed = {"shop": "兴旺小吃店", "address": SECRET_ADDRESS}
    draft.save()
    held = DraftFile.objects.create(
        draft=draft, material="m1", name="平面草图.pdf", file=store_upload(io.BytesIO(PDF), "a.pdf")
    )
    scene.draft, scene.draft_file = str(draft.pk), str(held.pk)
    scene.ticket, scene.appointment = _in_the_lobby(town)
    assert set(town.people) | {"anonymous"} == EVERYBODY
    for role, account in town.people.items():
        client = Client()
        client.force_login(account, "django.contrib.auth.backends.ModelBackend")
        scene.sessions[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return scene


def _everywhere(town: Town) -> None:
    """Work of every kind in several hands: the neighbours' own, a joint case with its members, claimed and urged tasks."""
    for who in ("owner", "stranger"):
        brief = town.apply(who, BRIEF)
        town.do("other_clerk", brief, "accept")
    together = town.apply(matter=JOINT)
    town.do("clerk", together, "accept")
    while outbox.deliver():
        pass
    assert Case.objects.filter(parent_id=together.case_id).count() == 2
    reviewed = town.apply("stranger")
    town.do("clerk", reviewed, "accept")
    town.do("reviewer", reviewed, "claim", task=2)
    town.do("neighbour", reviewed, "complete", outcome="pass")


def _asked(town: Town) -> Outcome:
    return consultation.ask(
        town.people["owner"], org=town.versions[PERMIT].offering.organisation, command_id=uuid4(),
        about=town.versions[PERMIT].offering.matter, question="二楼的店面能办吗", text=SECRET_ADDRESS,
    )  # fmt: skip


def _of_information(town: Town) -> tuple[str, str, int]:
    """A request that is being worked on, one that the public reads of, and last year's report."""
    org = town.versions[PERMIT].offering.organisation
    people = town.people
    said = inquiries.Asked(
        "person", NAME, ID_NUMBER, PHONES["owner"], "食品抽检结果", "web", "digital", address=SECRET_ADDRESS
    )
    asked = [inquiries.apply(people["owner"], org, said, command_id=uuid4()) for _ in range(2)]
    for outcome in asked:
        inquiries.confirm(people["clerk"], Inquiry.objects.get(pk=outcome.case_id), command_id=uuid4())
    town.do("reviewer", asked[1], "complete", outcome="open", opinion="已经公开。")
    town.do("section_head", asked[1], "complete", outcome="pass")
    town.do("leader", asked[1], "complete", outcome="granted")
    row = Inquiry.objects.select_related("case").get(pk=asked[1].case_id)
    inquiries.release(
        people["section_head"],
        inquiries.propose(people["reviewer"], row, subject="食品抽检", answer="已经公开。"),
    )
    report = annual.begin(people["reviewer"], org, datetime.now(CHINA).year - 1)
    annual.write(people["reviewer"], report, {"overview": "总体。", "problems": "问题。"}, {})
    return asked[0].number, asked[1].number, annual.publish(people["leader"], report).pk


def _answered(town: Town) -> str:
    """A question answered and made public by two people."""
    asked = _asked(town)
    town.do("clerk", asked, "accept")
    town.do("reviewer", asked, "complete", outcome="answered", opinion="可以。")
    row = Consultation.objects.get(pk=asked.case_id)
    public = consultation.propose(town.people["reviewer"], row, question="二楼的店面能办吗", answer="可以。")
    consultation.release(town.people["section_head"], public)
    return asked.number


def _in_the_lobby(town: Town) -> tuple[int, str]:
    """The service hall, somebody's number, somebody's appointment."""
    hall = open_hall()
    queue = hall.queues.get(letter="A")
    day = bookable_days()[-1]
    booked = lobby.book(
        town.people["owner"],
        queue.slots.get(),
        day,
        command_id=uuid4(),
        offering=town.versions[PERMIT].offering,
    )
    return lobby.take_number(hall, command_id=uuid4(), queue=queue).pk, str(booked.pk)


def _disclosed(town: Town) -> tuple[str, str, str, int]:
    """A published record, a draft, a batch with one file, and the part of the site map that the record is in."""
    unit = Organisation.objects.get(key="scjg")
    clerk = town.people["clerk"]
    published = disclosure.create_record(
        clerk, unit, {"title": "关于开展食品安全检查的通知", "body": "请做好准备。"}
    )
    published = disclosure.replace_file(clerk, published, io.BytesIO("请做好准备。".encode()), "a.txt")
    add_annex(clerk, published, io.BytesIO("检查表。".encode()), "检查表.txt")
    disclosure.release(town.people["chief"], published)
    draft = disclosure.create_record(clerk, unit, {"title": "关于价格检查的通知", "body": "请做好准备。"})
    disclosure.replace_file(clerk, draft, io.BytesIO("请做好准备。".encode()), "a.txt")
    add_annex(clerk, draft, io.BytesIO("价目。".encode()), "价目.txt")
    file = BatchFile("一份.txt", "江州市市场监督管理局关于停水的通告\n江市监〔2026〕3号".encode())
    batch = disclosure.begin_batch(clerk, unit, [file], name="一批")
    disclosure.read_batch(batch.pk)
    return str(published.index_number), str(draft.uid), str(batch.pk), published.pk // PART


def _card(town: Town) -> int:
    """A card for an application that lay too long: taken in at the counter, entered weeks afterwards."""
    town.apply(
        by=town.people["clerk"], channel="counter", applicant=Applicant("钱多多", phone="+8613900003333"),
        occurred_at=datetime.now(CHINA) - timedelta(days=40), reason="系统停机期间先办",
    )  # fmt: skip
    watches.run_due()
    return Card.objects.order_by("pk")[0].pk
