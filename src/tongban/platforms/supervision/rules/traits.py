"""What there is about a case that any rule could speak of, seen in one pass, so that the other rules need not be asked.

A trait may be there although the rule then finds nothing; it must never be missing where a rule would find something.
"""

from tongban.engine.kinds import Facts

#: What a rule may say it needs: fields of the state that are not empty, and what one pass over clocks and steps shows.
NAMES = (
    "accepted", "deemed_accepted", "decided", "refusal", "delivered", "closed", "corrections", "proposals", "extensions",
    "pauses", "fees", "doubts", "forced",
    "acceptance_open", "promised", "promised_open", "statutory_open", "delivery_open",  # limits that run, or ended late
    "step_open",  # a step with a limit that is open, or was done or cancelled late
    "acting",  # a step done under another post
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
_OPEN = {p: BIT[f"{p}_open"] for p in ("acceptance", "promised", "statutory", "delivery")} | {
    "correction": 0,
    "precheck": 0,
}
_LATE = _STEP | sum(_OPEN.values())  # what a late entry may hide
_EXTENDED = _EXTENSIONS | _OPEN["promised"] | _OPEN["statutory"]
_AGAINST_OUTCOMES = ("denied", "partial")


def needed(names: str) -> int:
    """The traits of which a rule needs one, as bits; 0 where it must always be asked. Raises KeyError for an unknown name."""
    bits = 0
    for name in names.split():
        bits |= BIT[name]
    return bits


def traits(facts: Facts) -> int:  # noqa: C901, PLR0912 -- one pass on purpose: it is asked of every case at every step
    """The traits of a case, as bits."""
    s = facts.state
    seen = 0
    if s.accepted is not None:
        seen = _ACCEPTED | _AT_ONCE if s.accepted == s.applied else _ACCEPTED
        if s.deemed_accepted:
            seen |= _DEEMED
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
    for task in s.tasks:
        done = task.done
        if done is None or (task.due is not None and done >= task.due):
            seen |= _STEP
        elif done != task.recorded:
            seen |= _LATE
        if task.acting:
            seen |= _ACTING
    return seen
