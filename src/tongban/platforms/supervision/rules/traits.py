"""What there is about a case that any rule could speak of, seen in one pass, so that the other rules need not be asked.

A trait may be there although the rule then finds nothing; it must never be missing where a rule would find something.
"""

from datetime import timedelta

from tongban.engine.kinds import Facts

#: What a rule may say it needs: fields of the state that are not empty, and what one pass over clocks and steps shows.
NAMES = (
    "accepted", "deemed_accepted", "decided", "refusal", "delivered", "closed", "corrections", "proposals", "extensions",
    "pauses", "fees", "doubts", "forced",
    "acceptance_open", "promised", "promised_open", "statutory_open", "delivery_open",  # limits that run, or ended late
    "step_open",  # a step with a limit that is open, or was done or cancelled late
    "acting",  # a step done under another post
    "stood",  # in hand for more than a day, or so it looked because steps were entered late
    "entered_late",  # the application or a step was entered at another time than it happened
    "hasty",  # two steps were entered within an hour
    "bare",  # over without a result that bears number and validity
    "at_once",  # accepted as it was applied for, without a step of acceptance
    "out_of_use",  # of a matter that is not in use
    "against",  # refused, or decided against in whole or in part
)  # fmt: skip
BIT = {name: 1 << place for place, name in enumerate(NAMES)}

_ACCEPTED, _DEEMED, _DECIDED, _REFUSAL, _DELIVERED, _CLOSED = (
    BIT[n] for n in ("accepted", "deemed_accepted", "decided", "refusal", "delivered", "closed")
)
_CORRECTIONS, _PROPOSALS, _EXTENSIONS, _PAUSES, _FEES, _DOUBTS, _FORCED = (
    BIT[n] for n in ("corrections", "proposals", "extensions", "pauses", "fees", "doubts", "forced")
)
_PROMISED, _STEP, _ACTING, _AT_ONCE = (BIT[n] for n in ("promised", "step_open", "acting", "at_once"))
_OUT_OF_USE, _AGAINST = BIT["out_of_use"], BIT["against"]
_STOOD, _ENTERED, _HASTY, _BARE = (BIT[n] for n in ("stood", "entered_late", "hasty", "bare"))
_OPEN = {p: BIT[f"{p}_open"] for p in ("acceptance", "promised", "statutory", "delivery")} | {
    "correction": 0,
    "precheck": 0,
}
_LATE = _STEP | _STOOD | _ENTERED | sum(_OPEN.values())  # what a late entry may hide
_EXTENDED = _EXTENSIONS | _OPEN["promised"] | _OPEN["statutory"]
_AGAINST_OUTCOMES = ("denied", "partial")
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)  # the least days of T13, the most seconds of P02


def needed(names: str) -> int:
    """The traits of which a rule needs one, as bits; 0 where it must always be asked. Raises KeyError for an unknown name."""
    bits = 0
    for name in names.split():
        bits |= BIT[name]
    return bits


def traits(facts: Facts) -> int:  # noqa: C901, PLR0912, PLR0915 -- one pass on purpose: it is asked of every case at every step
    """The traits of a case, as bits."""
    s = facts.state
    seen = 0
    if s.accepted is not None:
        seen = _ACCEPTED | _AT_ONCE if s.accepted == s.applied else _ACCEPTED
        ended = s.decided or s.closed
        if ended is None or ended - s.accepted > _DAY:
            seen |= _STOOD
        if s.deemed_accepted:
            seen |= _DEEMED | _STOOD
        if not facts.definition.terms.active:
            seen |= _OUT_OF_USE
    if s.decided is not None:
        seen |= _DECIDED
        if s.decision.get("outcome") in _AGAINST_OUTCOMES:
            seen |= _AGAINST
    if s.refusal:
        seen |= _REFUSAL | _AGAINST
    if s.delivered is not None:
        seen |= _DELIVERED
    if s.closed is not None:
        seen |= _CLOSED
    paper = s.certificate
    if seen & (_CLOSED | _DELIVERED) and (
        paper is None or not (paper.number.strip() and paper.valid_until.strip())
    ):
        seen |= _BARE
    if s.applied != s.applied_recorded:
        seen |= _ENTERED
    if s.corrections:
        seen |= _CORRECTIONS
    if s.proposals:
        seen |= _PROPOSALS
    if s.extensions:
        seen |= _EXTENDED
    if s.pauses:
        seen |= _PAUSES
    if s.fees:
        seen |= _FEES
    if s.doubts:
        seen |= _DOUBTS
    if s.forced:
        seen |= _FORCED
    for clock in s.clocks:
        stopped = clock.stopped
        if stopped is None or (clock.due is not None and stopped >= clock.due):
            seen |= _OPEN[clock.purpose]
        if clock.purpose == "promised":
            seen |= _PROMISED
    first = second = None
    for task in s.tasks:
        done, entered = task.done, task.recorded
        if entered is not None and task.by is not None and task.status == "done" and not task.deemed:
            if first is None or entered < first:
                first, second = entered, first
            elif second is None or entered < second:
                second = entered
        if done is None or (task.due is not None and done >= task.due):
            seen |= _STEP
        if done != entered:
            seen |= _LATE
        if task.acting:
            seen |= _ACTING
    if first is not None and second is not None and second - first <= _HOUR:
        seen |= _HASTY
    return seen
