"""What people of the loaded city do before its pages are looked at, so that no page stands empty."""

import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import uuid4

import orjson
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from tongban.base.calendar import CHINA
from tongban.engine.ledger.sealing import seal_and_checkpoint
from tongban.engine.models import Case, EventRow, PartyInvitation
from tongban.engine.services import perform
from tongban.faces.authoring.campaigns import open_campaign
from tongban.faces.authoring.services import begin_empty, begin_revision, hand_in
from tongban.faces.bulletin.services import draft, release
from tongban.faces.catalogue.services import judge_file
from tongban.faces.hall.services import begin_draft
from tongban.faces.lobby import queries as lobby_queries
from tongban.faces.lobby import services as lobby
from tongban.faces.lobby.models import Hall, Sitting
from tongban.faces.lobby.views.kiosk import opening_address
from tongban.platforms.consultation import services as consultation
from tongban.platforms.consultation.models import Consultation
from tongban.platforms.disclosure import services as disclosure
from tongban.platforms.disclosure.reader.batches import BatchFile
from tongban.platforms.fees.models import Order
from tongban.platforms.inquiry import services as inquiries
from tongban.platforms.inquiry.annual import services as annual
from tongban.platforms.inquiry.history import HistoryStep, Past, import_past
from tongban.platforms.inquiry.models import Inquiry
from tongban.platforms.papers import filing
from tongban.platforms.papers.models import ArchivePackage
from tongban.platforms.papers.services import issue
from tongban.platforms.rating.queries import slots
from tongban.platforms.rating.services import give
from tongban.platforms.reporting.clients import create_client
from tongban.platforms.reporting.services import compare_with, take_batch
from tongban.platforms.statistics.projection import project
from tongban.platforms.supervision.complaints import complain
from tongban.platforms.supervision.draws import Range, announce, carry_out, order_correction, record_check
from tongban.platforms.supervision.models import Card
from tongban.platforms.supervision.orders import open_order
from tongban.platforms.supervision.recusal import declare_for_case
from tongban.platforms.supervision.trials import Proposal, propose
from tongban.registry.identity import open_id_number
from tongban.registry.models import Account, OfferingVersion, Organisation

FOOD = "食品经营许可（新办）"
KIOSK = "a kiosk"  # a machine in the lobby: nobody's, with a session of its own
QUESTION, ANSWER = "二楼的店面能办食品经营许可吗", "可以，场所符合条件即可；请先看指南里的“能不能办”。"
NOTICE = "安澜市江北区市场监督管理局关于开展价格检查的通知\n各科室：\n请做好准备。"


@dataclass(frozen=True, slots=True)
class Errands:
    """What was done: addresses to which people are led by it, and who they are; sessions of those who are nobody."""

    known: dict[str, str]
    sessions: dict[str, str]


def run_errands(today: date) -> Errands:
    """Begin what is begun at a desk: drafts, manuscripts, a campaign, an import, an answer, an archive, a charge, a
    number at the window, an appointment, a bad rating, a department's reports.
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
    _answer_for_information(unit, today)
    asked = _ask_to_take_part(unit)
    seal_and_checkpoint(timedelta(0))
    filing.file_finished(limit=20)
    due = _kept_long_enough(today)
    read = disclosure.begin_batch(
        _who("jbsc-sc-01"), unit, [BatchFile("通知.txt", NOTICE.encode())], name="一批文件"
    )
    disclosure.read_batch(read.pk)
    record = disclosure.create_record(
        _who("jbsc-sc-01"), unit, {"title": "关于价格检查的通知", "body": "请做好准备。"}
    )
    accepted = EventRow.objects.filter(type="case.accepted", case__org=unit, case__kind="licence").order_by(
        "-pk"
    )[0]
    paper = issue(accepted.case_id, accepted.seq)
    assert paper is not None
    _reported(unit, today)
    kiosk, ticket = _in_the_lobby(live)
    monitor = _who("xsj-jcz-01")
    drawn = _supervised(monitor, today)
    project()
    last_month = today.replace(day=1) - timedelta(days=1)
    written = draft(monitor, last_month)
    month_before = draft(monitor, last_month.replace(day=1) - timedelta(days=1))
    release(monitor, month_before.pk, revision=month_before.revision)
    tried = propose(monitor, Proposal("T02", {"grace": 0, "red_after": 5}), today - timedelta(days=3), today)
    return Errands(
        {
            f"/desk/matters/import/{workbook.pk}/": author.username,
            f"/desk/matters/{live.pk}/suspend/": "jbsc-xx-01",
            f"/check/p/{paper.token}/": "",
            asked: "zhangyuan",
            f"/supervision/trials/{tried.pk}/": monitor.username,
            f"/supervision/draws/{drawn}/": monitor.username,
            f"/supervision/bulletins/{written.pk}/edit/": monitor.username,
            f"/supervision/bulletins/{written.pk}/release/": monitor.username,
            f"/supervision/bulletins/{written.pk}/discard/": monitor.username,
            f"/desk/archive/due/{due}/": "xsj-sj-01",
            f"/desk/disclosure/{record.uid}/": "jbsc-sc-01",
            f"/desk/disclosure/{record.uid}/annexes/": "jbsc-sc-01",
            f"/desk/disclosure/import/{read.pk}/": "jbsc-sc-01",
            f"/desk/disclosure/import/{read.pk}/1/": "jbsc-sc-01",
            "/desk/leader/": "szf-ld-01",
            f"/desk/identity/{_who('zhangyuan').uid}/": "jbsc-ck-01",
            f"/desk/lobby/tickets/{ticket}/": "jbsc-ck-01",
            "/kiosk/ticket/": KIOSK,
            **_charged(),
            **_rated(unit),
            **_places_of_cases(),
        },
        {KIOSK: kiosk},
    )


def _kept_long_enough(today: date) -> int:
    """A filed case whose period is over, as after ten years; the guard lets nobody say so earlier."""
    package = ArchivePackage.objects.exclude(keep_until=None).order_by("pk")[0]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE papers_archivepackage DISABLE TRIGGER papers_frozen")
        ArchivePackage.objects.filter(pk=package.pk).update(keep_until=today - timedelta(days=1))
        cursor.execute("ALTER TABLE papers_archivepackage ENABLE TRIGGER papers_frozen")
    return package.pk


def _supervised(monitor: Account, today: date) -> int:
    """A draw with something found and corrected, an order, a complaint about one's own case, somebody who stands back."""
    drawn = announce(monitor, "integrity", Range(today - timedelta(days=365), today), wanted=3)
    seal_and_checkpoint(timedelta(0))
    carry_out(drawn.pk)
    record_check(monitor, drawn.pk, 1, verdict="flawed", opinion="现场核查记录没有签名。")
    order_correction(monitor, drawn.pk, 1, demand="补齐签名，说明原因")
    record_check(monitor, drawn.pk, 2, verdict="sound", opinion="未发现问题。")
    seen = Card.objects.visible_to(monitor).filter(status="valid", level__gte=2, case__concluded_at=None)
    open_order(monitor, seen.order_by("pk")[0].pk, demand="说明原因，限期办结")
    her = _who("zhangyuan")
    own = Case.objects.filter(applicant=her, kind="licence").order_by("pk")[0]
    words = "窗口让我回去重开一份材料，前后跑了三趟。"
    complain(her, about=own, topic="manner", words=words, command_id=uuid4())
    declare_for_case(_who(f"{own.org.key}-sc-01"), number=own.number, words="申请人是我的表姐")
    return drawn.pk


def _charged() -> dict[str, str]:
    """A payment order that waits: at the desk of who charged, and the paper of who has it."""
    case = Case.objects.filter(phase="accepted", kind="licence", offering_version__is_fee=True).order_by(
        "pk"
    )[0]
    clerk = _who(f"{case.org.key}-ck-01")
    fee = case.offering_version.content["fees"][0]["name"]
    perform(clerk, case.pk, "charge", command_id=uuid4(), data={"name": fee})
    order = Order.objects.get(case=case, status=Order.Status.PENDING)
    return {f"/desk/fees/{order.number}/": clerk.username, f"/pay/{order.token}/": ""}


def _rated(unit: Organisation) -> dict[str, str]:
    """A bad rating of the unit, which its supervisor reads."""
    own = Case.objects.filter(applicant__username="zhangyuan", org=unit, phase="closed").order_by("-pk")[0]
    step = slots(own)[0]
    rating = give(own, step.step, step.no, level=1, words="窗口让我跑了三趟", phone="13800138000")
    return {f"/desk/ratings/{rating.pk}/": f"{unit.key}-jc-01"}


def _reported(unit: Organisation, today: date) -> None:
    """A department's system that reported something unreadable, and was compared with what is here."""
    client, _secret = create_client("许可审批系统", unit.key)
    take_batch(client, [{"case": "SB1", "type": "application"}])
    compare_with(client, today, "application", {"SB1": (1, "0" * 64)})


def _in_the_lobby(live: OfferingVersion) -> tuple[str, int]:
    """An appointment, a clerk at a window with somebody's number, and a kiosk at which one was taken.

    Answers with the kiosk's session and the number at the window.
    """
    hall = Hall.objects.get(key="jiangbei")
    queue = hall.queues.get(letter="A")
    day = lobby_queries.bookable_days()[-1]
    slot = queue.slots.order_by("pk")[0]
    lobby.book(_who("zhangyuan"), slot, day, command_id=uuid4(), offering=live.offering)
    lobby.take_number(hall, command_id=uuid4(), queue=queue)
    clerk = _who("jbsc-ck-01")
    sitting = lobby.sit_down(clerk, hall.windows.get(no=1))
    Sitting.objects.filter(pk=sitting.pk).update(since=timezone.now())  # the database does not travel in time
    ticket = lobby.call_next(clerk, command_id=uuid4())
    assert ticket is not None
    machine = Client()
    machine.get(opening_address(hall))
    taken = machine.post("/kiosk/number/", {"queue": queue.pk, "command_id": str(uuid4())})
    assert taken.headers["Location"] == "/kiosk/ticket/", taken.content.decode()[:500]
    return machine.cookies[settings.SESSION_COOKIE_NAME].value, ticket.pk


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


def _answer_for_information(unit: Organisation, today: date) -> None:
    """A request of last year, its answer made public and counted in last year's report; one of today waits."""
    day = datetime(today.year - 1, 3, 10, 10, tzinfo=CHINA)
    steps = [
        HistoryStep("accept", day),
        *(
            HistoryStep("complete", day + timedelta(days=2), data=said)
            for said in (
                {"outcome": "open", "opinion": "已经公开。"}, {"outcome": "pass"}, {"outcome": "granted"}, {"method": "邮寄"},
            )
        ),
    ]  # fmt: skip
    import_past([Past("errand", unit, "person", "孙一", "2024年食品抽检结果", day, steps)])
    row = Inquiry.objects.select_related("case").get(org=unit)
    digest = inquiries.propose(
        _who("jbsc-sc-01"), row, subject=row.subject, answer="已经公开，可以在网站查阅。"
    )
    inquiries.release(_who("jbsc-kz-01"), digest)
    report = annual.begin(_who("jbsc-sc-01"), unit, today.year - 1)
    annual.write(_who("jbsc-sc-01"), report, {"overview": "总体情况。", "problems": "问题和改进。"}, {})
    annual.publish(_who("jbsc-fg-01"), report)
    said = inquiries.Asked(
        "person", "孙一", "110101199003070935", "13900003333", "某店的许可档案", "web", "digital"
    )
    asked = inquiries.apply(None, unit, said, command_id=uuid4())
    waiting = Inquiry.objects.select_related("case").get(pk=asked.case_id)
    inquiries.confirm(_who("jbsc-ck-01"), waiting, command_id=uuid4())


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
