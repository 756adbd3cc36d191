# ruff: noqa: RUF002 -- the brackets of document numbers
"""What disclosure on request declares to the engine: its kind, what the law adds to the steps, and who keeps the register."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tongban.engine import clock
from tongban.engine.errors import Instead, Refused
from tongban.engine.kinds import (
    Change,
    Facts,
    Kind,
    register_guard,
    register_kind,
    register_letters,
    register_source,
    subscribe,
)
from tongban.engine.state import Command, Limit
from tongban.platforms.inquiry.letters import LETTERS
from tongban.platforms.inquiry.rules import (
    APPLICANTS,
    CHANNELS,
    COAUTHOR,
    ID_TYPES,
    MEDIA,
    OUTCOMES,
    WAYS,
    regime,
)
from tongban.platforms.inquiry.standing import come_to

INQUIRY = Kind(
    "inquiry",
    "依申请公开",
    number_prefix="GK",
    house=True,
    answers={
        "applicant_type": APPLICANTS,
        "id_type": ID_TYPES,
        "way": WAYS,
        "medium": MEDIA,
        "channel": {channel.key: channel.name for channel in CHANNELS.values()},
    },
    elsewhere=frozenset({"charge"}),
    free="不收费（申请数量、频次明显超过合理范围的除外）",  # 条例第四十二条
)
DRAFT = "draft"
#: After these events the register has something new to say.
_MOVES = ("case.accepted", "case.deemed_accepted", "decision.made", "case.closed")


def as_drafted(command: Command, facts: Facts) -> None:
    """What is signed is what was drafted and checked; another reply goes back to be drafted anew."""
    state = facts.state
    if state.decided is None or facts.before.decided is not None:
        return
    drafted = OUTCOMES.get(state.outcomes.get(DRAFT, ""))
    if drafted is None or state.decision.get("outcome") != drafted.decision:
        name = drafted.name if drafted else "没有拟办"
        raise Refused(
            "not_as_drafted",
            f"拟办的答复类型是“{name}”，与签发的不一致，请退回重拟。",
            (Instead("complete", "退回重拟"),),
        )


def unclear_only_after_asking(command: Command, facts: Facts) -> None:
    """补正后仍不明确 presupposes that the applicant was asked, and answered (条例第三十条)."""
    state = facts.state
    chosen = state.outcomes.get(DRAFT)
    if chosen != "unclear" or facts.before.outcomes.get(DRAFT) == chosen:
        return
    if not any(c.supplied for c in state.corrections):
        raise Refused(
            "not_asked_before",
            "还没有要求申请人补正，不能以补正后仍不明确答复。",
            (Instead("request_correction", "补正告知"),),
        )


def correction_in_time(command: Command, facts: Facts) -> None:
    """补正告知 within seven working days of receipt, since 2019 (条例第三十条)."""
    if command.type != "request_correction" or facts.before.accepted is None:
        return
    received = facts.before.accepted
    within = regime(received.date()).correction_within
    if within is None or command.data.get("force"):
        return
    last = clock.due(facts.definition.calendar, Limit(within), received)
    if last is not None and command.at >= last:
        raise Refused(
            "correction_too_late",
            f"补正应当在收到申请之日起{within}个工作日内一次性告知，现在已经过了。",
        )


def fee_in_time(command: Command, facts: Facts) -> None:
    """收费通知 within the reply period, and once (国办函〔2020〕109号)."""
    if command.type != "charge":
        return
    if facts.before.fees:
        raise Refused("charged_already", "每件申请只能按一种方式收一次信息处理费，本件已经发过收费通知。")
    running = facts.before.clock("statutory")
    if running is not None and running.due is not None and command.at >= running.due:
        raise Refused("fee_too_late", "收费通知应当在答复期限内发出，现在已经过了。")


def fee_by_ladder(command: Command, facts: Facts) -> None:
    """信息处理费 is what its ladder asks for (国办函〔2020〕109号). What comes in from the past has no entry in the register yet."""
    from tongban.platforms.inquiry.models import Inquiry
    from tongban.platforms.inquiry.services import fee_of

    row = Inquiry.objects.filter(pk=facts.case_id).first() if command.type == "charge" else None
    if row is None:
        return
    asked = Decimal(facts.state.fees[-1].amount)
    if not row.charged_by or asked != fee_of(row, row.charged_by, pages=row.pages):
        raise Refused(
            "not_by_the_ladder",
            "信息处理费按件或者按量计算，不能自己填金额，请在依申请公开的办理页发收费通知。",
        )


def keep(change: Change) -> None:
    """In the transaction of what moved it: what the register and the annual tables count."""
    from tongban.platforms.inquiry.models import Inquiry

    come = come_to(change.facts.state)
    told = {"received_on": come.received, "outcome": come.outcome, "concluded_on": come.concluded}
    Inquiry.objects.filter(pk=change.facts.case_id).update(**told)


def keep_answer(change: Change) -> None:
    """In the transaction of a drafted reply: its words, its reasons, its article."""
    from tongban.platforms.inquiry.models import Inquiry

    said = change.event.payload
    task = change.facts.state.task(int(said["task"]))
    chosen = str(said.get("outcome", ""))
    if task is None or task.node != DRAFT or chosen not in OUTCOMES:
        return
    Inquiry.objects.filter(pk=change.facts.case_id).update(
        answer=str(said.get("opinion", "")),
        grounds=str(said.get("reason", "")),
        article=OUTCOMES[chosen].article,
    )


def silent(change: Change) -> None:
    """In the transaction in which time ended the standstill: what silence means, by who was asked (第三十二、三十四条)."""
    from tongban.platforms.inquiry.models import Opinion

    if not change.event.payload.get("deemed"):
        return
    waiting = Opinion.objects.filter(inquiry_id=change.facts.case_id, answer="")
    waiting.filter(party=COAUTHOR).update(answer=Opinion.Answer.DEEMED, answered_at=change.event.at)
    waiting.exclude(party=COAUTHOR).update(answer=Opinion.Answer.SILENT, answered_at=change.event.at)


def missing_reports(first: date, last: date) -> Iterable[Mapping[str, Any]]:
    """For D04: the annual reports that should be out by the last day and are not."""
    from tongban.platforms.inquiry.annual.queries import reports_missing

    return reports_missing(first, last)


def declare() -> None:
    """Called once, when the programme starts."""
    register_kind(INQUIRY)
    for guard in (as_drafted, unclear_only_after_asking, correction_in_time, fee_in_time, fee_by_ladder):
        register_guard(INQUIRY.key, guard)
    for event_type in _MOVES:
        subscribe(event_type, keep, of=INQUIRY.key)
    subscribe("task.done", keep_answer, of=INQUIRY.key)
    subscribe("case.resumed", silent, of=INQUIRY.key)
    register_letters(LETTERS)
    register_source("inquiry.reports_missing", missing_reports)
