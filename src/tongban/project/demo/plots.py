"""The ways a case can go in 安澜市: each plot is one true-to-life course, told on the pure machine."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tongban.project.demo import words
from tongban.project.demo.telling import Tale


@dataclass(frozen=True, slots=True)
class Plot:
    """`age` is how many working days ago such a case began (from, to); 0 stands for the promised or statutory limit."""

    tell: Callable[[Tale], None]
    age: tuple[float, float] = (0.3, 38.0)
    channel: str = ""


def smooth(t: Tale) -> None:
    """Applied, accepted, reviewed, decided, delivered."""
    t.apply()
    t.accept()
    if t.matter == "bdczy":
        _fee(t)
    t.walk()


def looked_at(t: Tale) -> None:
    """Papers handed in for 预受理; nobody has answered yet."""
    t.show()


def not_ready(t: Tale) -> None:
    """预受理 answered: something is missing, and the applicant is getting it."""
    t.show()
    t.work(t.rng.uniform(40, 200))
    t.answer("incomplete")


def found_ready(t: Tale) -> None:
    """预受理 answered: everything is there, and the papers became the application."""
    t.show()
    t.work(t.rng.uniform(40, 200))
    t.answer("passed")
    t.accept()
    t.walk()


def by_office(t: Tale) -> None:
    """A penalty, a measure or an inspection begun by the office."""
    t.apply()
    t.walk()


def weighty(t: Tale) -> None:
    """A penalty grave enough to be discussed by the leaders together."""
    t.apply()
    t.walk(outcomes={"audit": "collective", "notify": "heard"})


def unpunished(t: Tale) -> None:
    """The facts do not hold: no penalty."""
    t.apply()
    t.walk(outcomes={"investigate": "unproven", "audit": "oppose", "decide": "denied"})


def waiting_for_correction(t: Tale) -> None:
    """Asked for more before acceptance; the applicant has not answered yet."""
    t.apply()
    t.work(t.rng.uniform(60, 500))
    t.ask()


def corrected(t: Tale) -> None:
    """Asked before acceptance, supplied, accepted."""
    waiting_for_correction(t)
    t.rest(t.rng.uniform(0.5, 4))
    t.supply()
    t.accept()
    t.walk()


def corrected_in_review(t: Tale) -> None:
    """Asked during review: the clocks stand still until it is supplied."""
    t.apply()
    t.accept()
    t.walk(until="review")
    t.rest(0.3)
    t.ask()
    t.rest(t.rng.uniform(1, 3))
    t.supply()
    t.walk()


def lapsed(t: Tale) -> None:
    """Nobody answered the notice; the case ended by itself."""
    t.apply()
    t.work(200)
    t.ask(days=8)
    t.rest(30)
    t.passes(t.at)


def inspecting(t: Tale) -> None:
    """Suspended for an inspection that is still going on."""
    t.apply()
    t.accept()
    t.walk(until="site", outcomes={"review": "visit"})
    t.work(30)
    t.suspend()


def inspected(t: Tale) -> None:
    """Suspended for an inspection, resumed, finished."""
    inspecting(t)
    t.rest(t.rng.uniform(2, 4))
    t.resume()
    t.walk()


def heard(t: Tale) -> None:
    """Suspended for a hearing or expert review before the check."""
    t.apply()
    t.accept()
    t.walk(until="check")
    t.work(60)
    t.suspend("expert_review" if "expert_review" in t.defn.terms.special else "")
    t.rest(t.rng.uniform(4, 8))
    t.resume()
    t.walk()


def extended(t: Tale) -> None:
    """Extended once by the leader in charge."""
    t.apply()
    t.accept()
    t.walk(until="check")
    t.work(40)
    t.do(
        "extend",
        t.chief()[0],
        amount=min(3, t.defn.terms.extension.amount),
        reason=words.one_of("extensions", t.rng),
    )
    t.rest(2)
    t.walk()


def denied(t: Tale) -> None:
    """Refused on the merits, with reason and remedy."""
    t.apply()
    t.accept()
    t.walk(outcomes={"review": "fail", "site": "fail", "check": "oppose", "decide": "denied"})


def refused(t: Tale) -> None:
    """不予受理."""
    t.apply()
    t.work(t.rng.uniform(60, 300))
    t.do("refuse", t.clerk(t.waiting()[0].post), **words.reasoned("refusals", t.rng))


def withdrawn(t: Tale) -> None:
    """Taken back by the applicant during review."""
    t.apply()
    t.accept()
    t.walk(until="check")
    t.rest(0.4)
    who = t.applicant if t.applicant is not None else t.clerk(t.post("CK"))
    t.do("withdraw", who, reason=words.one_of("withdrawals", t.rng))


def terminated(t: Tale) -> None:
    """Ended by law."""
    t.apply()
    t.accept()
    t.walk(until="check")
    t.rest(0.5)
    t.do("terminate", t.chief()[0], **words.reasoned("terminations", t.rng))


def sent_back(t: Tale) -> None:
    """The head of section sends the review back once."""
    t.apply()
    t.accept()
    task = t.walk_to("check", outcomes={"review": "visit"} if "site" in t.defn.flow.nodes else {})
    t.work(60)
    t.do("send_back", t.clerk(task.post), task=task.no, reason=words.one_of("send_backs", t.rng))
    t.walk()


def cosigned(t: Tale) -> None:
    """The reviewer asks the legal officer to give an opinion too."""
    t.apply()
    t.accept()
    task = t.walk_to("check")
    legal = t.post("FZ")
    t.work(20)
    t.do("add_signer", t.clerk(task.post), task=task.no, post=legal)
    t.rest(0.4)
    signed = next(c for c in t.waiting() if c.parent == task.no)
    t.do("complete", t.clerk(legal), task=signed.no, outcome="agree", opinion="依据和程序合法，同意。")
    t.walk()


def handed_on(t: Tale) -> None:
    """Reassigned to a colleague, urged by the leader, noted, finished."""
    t.apply()
    t.accept()
    task = t.walk_to("review")
    people = [a for a, _ in t.staff[task.post]]
    first = t.clerk(task.post)
    other = next((a for a in people if a != first), first)
    t.work(15)
    t.do("claim", first, task=task.no)
    t.work(30)
    t.do("reassign", first, task=task.no, account=other, reason="外出执行任务，请同事代为审查。")
    t.rest(0.3)
    t.do("note", other, text=words.one_of("notes", t.rng))
    t.do("urge", t.chief()[0], words=words.one_of("urges", t.rng))
    t.walk()


def missed_notice(t: Tale) -> None:
    """Five working days passed without a word: accepted by law."""
    t.apply()
    t.rest(5.6)
    t.walk(slow={"review": 1.2})


def never_answered(t: Tale) -> None:
    """Lies at the counter; soon, or just now, the law accepts it."""
    t.apply()


def silent(t: Tale) -> None:
    """The department consulted never answers: taken as agreed."""
    t.apply()
    t.accept()
    t.walk(without="consult")


def disputed(t: Tale) -> None:
    """The department consulted objects with reasons; the lead grants all the same."""
    t.apply()
    t.accept()
    t.walk(outcomes={"consult": "object"})


def stalled(t: Tale) -> None:
    """Lies on a desk since the review (待复核)."""
    t.apply()
    t.accept()
    t.walk(until="check" if "check" in t.defn.flow.nodes else "decide")


def stalled_early(t: Tale) -> None:
    """Lies on the reviewer's desk."""
    t.apply()
    t.accept()


def late_step(t: Tale) -> None:
    """One step took more than twice its limit; the rest hurried."""
    t.apply()
    t.accept()
    limit = t.defn.flow.nodes["review"].limit
    t.walk(slow={"review": 2.4 * (limit.amount if limit else 1), "check": 0.1, "decide": 0.1})


def late(t: Tale) -> None:
    """Decided after the promised day."""
    t.apply()
    t.accept()
    promised = t.defn.terms.promised
    t.walk(slow={"check": (promised.amount if promised else 3) + 1.0})


def late_delivery(t: Tale) -> None:
    """Decided in time, delivered late."""
    t.apply()
    t.accept()
    t.walk(slow={"deliver": 11.5})


def entered_late(t: Tale) -> None:
    """Accepted on paper while the system was down, entered three days later."""
    t.apply()
    t.entered_late = timedelta(days=3)
    t.accept()
    t.entered_late = None
    t.walk()


def delayed_instant(t: Tale) -> None:
    """即办件 that was not finished the same day."""
    t.apply()
    t.accept()
    t.walk(slow={"decide": 1.3})


def _fee(t: Tale) -> None:
    fee = next(iter(t.defn.terms.fees.values()))
    clerk = t.clerk(t.post("CK"))
    bill = f"9901{t.at:%Y%m%d}{t.rng.randint(0, 999999):06d}"
    t.work(6)
    t.do("charge", clerk, name=fee.name, amount=str(fee.amount), bill=bill)
    t.work(12)
    t.do("pay", None, name=fee.name, bill=bill)


#: Every plot by name.
PLOTS: dict[str, Plot] = {
    "smooth": Plot(smooth),
    "looked_at": Plot(looked_at, (0.2, 0.6), "web"),
    "not_ready": Plot(not_ready, (1.5, 4), "web"),
    "found_ready": Plot(found_ready, (3, 12), "web"),
    "corrected": Plot(corrected, (3, 34)),
    "corrected_in_review": Plot(corrected_in_review, (4, 30)),
    "waiting_for_correction": Plot(waiting_for_correction, (1.5, 8)),
    "lapsed": Plot(lapsed, (16, 34)),
    "missed_notice": Plot(missed_notice, (6.4, 9)),
    "never_answered": Plot(never_answered, (2, 4.6)),
    "inspecting": Plot(inspecting, (2.5, 5)),
    "inspected": Plot(inspected, (8, 32)),
    "heard": Plot(heard, (14, 34)),
    "extended": Plot(extended, (6, 20)),
    "sent_back": Plot(sent_back, (4, 30)),
    "cosigned": Plot(cosigned, (4, 26)),
    "handed_on": Plot(handed_on, (4, 30)),
    "silent": Plot(silent, (5, 20)),
    "disputed": Plot(disputed, (5, 24)),
    "denied": Plot(denied, (9, 36)),
    "refused": Plot(refused, (2, 36)),
    "withdrawn": Plot(withdrawn, (6, 30)),
    "terminated": Plot(terminated, (8, 32)),
    "near_limit": Plot(stalled),
    "stalled": Plot(stalled),
    "overdue": Plot(stalled),
    "past_law": Plot(stalled_early),
    "late_step": Plot(late_step, (6, 30)),
    "late": Plot(late, (12, 32)),
    "late_delivery": Plot(late_delivery, (20, 36)),
    "entered_late": Plot(entered_late, (8, 24), "counter"),
    "delayed_instant": Plot(delayed_instant, (3, 30)),
    "by_office": Plot(by_office, (1, 38)),
    "concluded_by_office": Plot(by_office, (28, 38)),
    "weighty": Plot(weighty, (20, 38)),
    "unpunished": Plot(unpunished, (25, 38)),
}
