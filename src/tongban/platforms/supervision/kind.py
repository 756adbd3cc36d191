"""What supervision declares to the engine: its detector, that findings become cards, its own kinds, its witnesses."""

from collections.abc import Callable
from datetime import datetime

from tongban.engine.facts import ExtraFacts, register_facts
from tongban.engine.kinds import (
    Detector,
    Facts,
    Kind,
    Verdict,
    on_effect,
    register_detector,
    register_guard,
    register_kind,
    subscribe,
)
from tongban.engine.ledger.verify import register_witness
from tongban.platforms.supervision.complaints import note_step
from tongban.platforms.supervision.issuing import issue_card, issue_cards
from tongban.platforms.supervision.models import NOT_COUNTED
from tongban.platforms.supervision.orders import note_lateness, only_issuers_recall, settle
from tongban.platforms.supervision.queries import book_in_force
from tongban.platforms.supervision.recusal import stand_back
from tongban.platforms.supervision.rules import RuleBook, examine
from tongban.platforms.supervision.witness import cards_fit, draws_fit, versions_fit

REGISTER = Kind("register", "监察台账", number_prefix="TZ", public=False, house=True)
#: Neither has a price, papers to hand in late, or others who take part; their limits are the city's own and run on.
_NO_FEE = dict.fromkeys(("charge", "pay"), "投诉和督办不收费。")
_RUNS_ON = dict.fromkeys(("suspend", "resume", "serve"), "投诉和督办的期限不停止计算。")
_ASKED = "督办单由监察、法制监督人员下发，没有申请人，不补正、不邀请参与人。"
_NOT_THEIRS = dict.fromkeys(("terminate", "extend"), "督办单的期限和去留由下发方定，责任单位不能延期、终止。")
COMPLAINT = Kind(
    "complaint", "投诉", number_prefix="TS", without=_NO_FEE | _RUNS_ON, form="投诉内容", house=True
)
ORDER = Kind(
    "order", "督办单", number_prefix="DB", public=False,
    without=_NO_FEE | _RUNS_ON | dict.fromkeys(("request_correction", "supply", "name_party"), _ASKED) | _NOT_THEIRS,
    elsewhere=frozenset({"withdraw"}), words={"withdraw": "收回督办"}, answers={"level": {"1": "预警", "2": "黄牌", "3": "红牌"}},
    form="督办单", own="下发方", house=True,
)  # fmt: skip

#: For statistics: the cards that count, as they stand when the facts are brought up, at the unit and person they were given to.
CARDS = ExtraFacts(
    "cards",
    f"""SELECT case_id, 'finding.issued', issued_at, level, org_id, person_id, nullif(step, ''), rule
          FROM supervision_card WHERE status NOT IN {NOT_COUNTED}""",  # noqa: S608 -- two words of our own
)


def detector(book_of: Callable[[datetime], RuleBook]) -> Detector:
    """All rules, as they stand in the book of the moment the question is asked for."""

    def detect(facts: Facts) -> Verdict:
        if facts.kind == REGISTER.key:
            return Verdict()
        return examine(facts, book_of(facts.now))

    return detect


detect = detector(book_in_force)


def declare() -> None:
    """Called once, when the programme starts."""
    register_kind(REGISTER)
    register_kind(ORDER)
    register_kind(COMPLAINT)
    register_detector(detect, "supervision")
    register_facts(CARDS)
    subscribe("finding.issued", issue_card, issue_cards)
    subscribe("finding.issued", note_lateness, of=ORDER.key)
    subscribe("task.done", note_step, of=COMPLAINT.key)
    register_guard("*", stand_back)
    register_guard(ORDER.key, only_issuers_recall)
    on_effect("case.closed", settle, "supervision.settle_order", of=ORDER.key)
    register_witness("supervision.cards", cards_fit)
    register_witness("supervision.rules", versions_fit)
    register_witness("supervision.draws", draws_fit)
