"""Rules about time (时效): what is near its limit, late, or standing still."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import structs

from tongban.base.calendar import CHINA, BeyondHorizon, Calendar
from tongban.engine import clock
from tongban.engine.flow import GATHER, Node
from tongban.engine.kinds import Facts
from tongban.engine.state import Clock, Limit, Pause, Task, Unit
from tongban.platforms.supervision.rules.past import TOLD, entered, entered_late, entered_step, totals
from tongban.platforms.supervision.rules.rule import (
    MOMENT,
    WHOLE_DAYS,
    Level,
    Reading,
    Span,
    Threshold,
    Thresholds,
    TimeRule,
    due_or_none,
    workdays_later,
)

GRACE = Threshold("宽限", "个工作日", 0, 0, 30)
Rungs = Iterable[tuple[Level, datetime]]


def _promised(facts: Facts, thresholds: Thresholds) -> list[Span]:
    return case_clock(facts, "promised")


def _statutory(facts: Facts, thresholds: Thresholds) -> list[Span]:
    return case_clock(facts, "statutory")


def _still_promised(facts: Facts, thresholds: Thresholds) -> Iterable[Span]:
    """The promised limit while it runs: a warning is for what can still be helped."""
    if facts.whole and facts.channel not in TOLD:
        return () if _long_before(facts, thresholds) else once(facts, "promised")
    return [span for span in case_clock(facts, "promised") if span.running and span.at < span.due]


def _long_before(facts: Facts, thresholds: Thresholds) -> bool:
    """Whether the promise was met so early that no counting of days is needed to see that it was never near."""
    limit = facts.state.clock("promised")
    if limit is None:
        return True
    if limit.stopped is None or limit.limit.unit not in ("workday", "day") or entered_late(facts):
        return False
    whole = limit.limit.amount
    if whole < 1:  # of a promise for the same day there is no part to be near its end
        return not facts.state.extensions
    day = min(-(-whole * thresholds["share"] // 100), whole - thresholds["left"])
    if day > 1:  # pauses and extensions only put it off
        if (limit.stopped - limit.start).days + 1 < day:
            return True
        calendar = facts.definition.calendar
        begun, ended = limit.start.astimezone(CHINA).date(), limit.stopped.astimezone(CHINA).date()
        if limit.limit.unit == "day":
            return (ended - begun).days < day
        try:
            return calendar.W(ended) - calendar.W(begun) < day
        except BeyondHorizon:
            return False
    # its last part lies in its last day
    return (
        limit.limit.unit == "workday"
        and whole * (100 - thresholds["share"]) <= 100
        and limit.due is not None
        and limit.stopped < limit.due - timedelta(days=1)
        and not facts.state.extensions
    )


def once(facts: Facts, purpose: str) -> Iterable[Span]:
    """A limit of the case for as long as it ran, as a warning would have seen it: up to each extension, and to its end."""
    state, limit = facts.state, facts.state.clock(purpose)
    if limit is None:
        return
    pauses = tuple(p for p in state.pauses if p.end is None or p.end > limit.start)
    acceptance = state.clock("acceptance") if state.deemed_accepted else None
    known = acceptance.stopped if acceptance is not None and acceptance.stopped is not None else limit.start
    end = facts.now if limit.stopped is None else entered(facts, limit.stopped)
    for until, extra, now_on in totals(state, limit.start, end):
        due = limit.due if extra == limit.extra else None
        if due is None:
            due = due_or_none(facts.definition.calendar, limit.limit, limit.start, pauses, extra)
        running = limit.stopped is None and now_on
        last = until if due is None else min(until, due)
        if known >= last:
            continue
        at = last if running and last == until else last - MOMENT
        running = running and at < (due or at)
        # while it stands still its end is not known, but it is not reached
        yield Span(THE_CASE, limit.limit, limit.start, due or last + MOMENT, at, running, extra, pauses)


def case_clock(facts: Facts, purpose: str) -> list[Span]:
    """A limit of the case: while it runs, and once it ended too late."""
    limit = facts.state.clock(purpose)
    if limit is None:
        return []
    spans: list[Span] = []
    if facts.whole and facts.state.extensions and purpose != "delivery":
        spans += _before_extensions(facts, limit)
    if limit.due is None:
        return spans
    stopped = limit.stopped
    if stopped is not None:
        if facts.whole:
            stopped = entered(facts, stopped)
        if stopped < limit.due:
            return spans
    return [*spans, _of_clock(facts, limit, limit.due, THE_CASE, stopped, pauses=facts.state.pauses)]


def _before_extensions(facts: Facts, limit: Clock) -> Iterable[Span]:
    """The limit as it stood when it was extended, where that came too late."""
    end = limit.stopped or facts.now
    for until, extra, last in totals(facts.state, limit.start, end):
        if not last:
            pauses = tuple(p for p in facts.state.pauses if p.start < until)
            due = due_or_none(facts.definition.calendar, limit.limit, limit.start, pauses, extra)
            if due is not None and due <= until:
                then = structs.replace(limit, extra=extra)
                yield _of_clock(facts, then, due, THE_CASE, until, pauses=pauses)


def _of_clock(
    facts: Facts,
    limit: Clock,
    due: datetime,
    reading: Reading,
    stopped: datetime | None = None,
    *,
    pauses: tuple[Pause, ...] = (),
) -> Span:
    stopped = stopped or limit.stopped
    at = facts.now if stopped is None else stopped
    running = stopped is None and not any(p.end is None for p in pauses)
    known = _as_of(pauses, limit.start, at)
    return Span(reading, limit.limit, limit.start, due, at, running, limit.extra, known)


def handler(facts: Facts) -> int | None:
    """Who has the case in hand: the assignee of the open step, else who decided or accepted it."""
    state = facts.state
    for task in state.tasks:
        if task.status == "open" and task.assignee is not None:
            return task.assignee
    return state.decided_by or state.accepted_by


THE_CASE = Reading("case", person=handler)


def near(span: Span, thresholds: Thresholds, calendar: Calendar) -> Rungs:
    """The beginning of the day from which `share` percent is used up or only `left` days remain.

    Where that would be the first day of the limit, before any of it is used, the warning would come with nearly every case
    and tell nobody anything. So short a limit is taken by the minute: only its last 100 - `share` percent are near.
    A pause that begins once it is near takes nothing back.
    """
    for known in range(len(span.pauses) + 1):
        begins = _near_with(span, span.pauses[:known], thresholds, calendar)
        if begins is None:
            break
        if known == len(span.pauses) or span.pauses[known].start >= begins:
            return [(1, begins)]
    return []


def _near_with(
    span: Span, pauses: tuple[Pause, ...], thresholds: Thresholds, calendar: Calendar
) -> datetime | None:
    whole = clock.budget(span.limit, span.start, span.extra)
    if span.limit.unit not in WHOLE_DAYS:
        amount = -(-whole * thresholds["share"] // 100)
        return clock.when_used(calendar, span.limit, span.start, pauses, amount)
    day = min(-(-whole * thresholds["share"] // 100), whole - thresholds["left"])
    if day > 1:
        unit: Unit = "workday" if span.limit.unit == "workday" else "day"
        end = clock.due(calendar, Limit(day, unit), span.start, pauses)
        return None if end is None else end - timedelta(days=1)
    due = clock.due(calendar, span.limit, span.start, pauses, span.extra)
    return None if due is None else _last_part(span.limit, due, whole, 100 - thresholds["share"], calendar)


def _last_part(limit: Limit, due: datetime, whole: int, percent: int, calendar: Calendar) -> datetime | None:
    """The last `percent` of a limit in days: of its working minutes, or of its hours where every day counts."""
    if whole < 1:
        return None
    if limit.unit != "workday":
        return due - timedelta(days=whole) * percent / 100
    opened = sum(end - begin for begin, end in calendar.minutes)
    return clock.closing(calendar, due, whole * opened * percent // 100)


def _late_then_very_late(span: Span, thresholds: Thresholds, calendar: Calendar) -> Rungs:
    yield 2, workdays_later(calendar, span, thresholds["grace"])
    yield 3, workdays_later(calendar, span, max(thresholds["grace"], thresholds["red_after"]))


def _late_is_red(span: Span, thresholds: Thresholds, calendar: Calendar) -> Rungs:
    yield 3, workdays_later(calendar, span, thresholds["grace"])


def _late_is_yellow(span: Span, thresholds: Thresholds, calendar: Calendar) -> Rungs:
    yield 2, workdays_later(calendar, span, thresholds["grace"])


def _over_is_yellow(span: Span, thresholds: Thresholds, calendar: Calendar) -> Rungs:
    yield 2, span.due


# T04


def _steps(facts: Facts, thresholds: Thresholds) -> Iterable[Span]:
    for task in facts.state.tasks:
        due, done = task.due, task.done
        if due is None or (done is not None and done < due and task.recorded == done):
            continue
        if task.limit is not None and task.kind != "subcase" and _in_question(facts, task, due):  # T10
            yield _step(facts, task, task.limit, due, -task.credit)


def _in_question(facts: Facts, task: Task, due: datetime) -> bool:
    """Whether a step was ever seen beyond its due: open still, or done then; in bulk also one that was cancelled then."""
    if task.done is None:
        return True
    if task.status == "cancelled":
        return facts.whole and due < task.done
    return (entered_step(facts, task) or task.done) >= due


def _step(facts: Facts, task: Task, limit: Limit, due: datetime, extra: int = 0) -> Span:
    node = facts.definition.flow.nodes.get(task.node)
    name = (node.name if node else "") or task.node
    reading = Reading(
        f"task:{task.no}", {"step": task.node}, {"step": name}, task.no, task.by or task.assignee
    )
    at = entered_step(facts, task) or facts.now
    running = task.done is None and not facts.state.paused
    return Span(
        reading, limit, task.opened, due, at, running, extra, _as_of(facts.state.pauses, task.opened, at)
    )


def _as_of(pauses: tuple[Pause, ...], since: datetime, at: datetime) -> tuple[Pause, ...]:
    """The pauses of a limit that began at `since`, as of `at`: one that lasts has stopped it up to then.

    What was late before the pause stays late, and grows no later while it lasts.
    """
    if not pauses:
        return ()
    known = [p if p.end is not None else Pause(p.start, at, p.reason) for p in pauses]
    return tuple(p for p in known if p.end is not None and p.end > since and p.start < at)


def _step_ladder(span: Span, thresholds: Thresholds, calendar: Calendar) -> Rungs:
    yield 1, span.due
    more = span.limit.amount * (thresholds["times"] - 1)
    later = clock.due(calendar, span.limit, span.start, span.pauses, span.extra + more)
    if later is not None:
        yield 2, later


# T05, T06


def _notices(facts: Facts, thresholds: Thresholds) -> Iterable[Span]:
    """Limits for acceptance that ended in a correction notice, or in nothing at all (视为受理)."""
    state = facts.state
    for n, notice in enumerate(state.corrections, start=1):
        if notice.before_acceptance:
            for limit in state.clocks:
                if (
                    limit.purpose == "acceptance"
                    and limit.stopped == notice.requested
                    and limit.due is not None
                ):
                    yield _of_clock(facts, limit, limit.due, Reading(f"correction:{n}", person=notice.by))
    missed = state.clock("acceptance") if state.deemed_accepted else None
    if missed is not None and missed.due is not None:
        yield _of_clock(facts, missed, missed.due, Reading("deemed", person=_receiver))


def _acceptance(facts: Facts, thresholds: Thresholds) -> list[Span]:
    """The limit for accepting or refusing, unless it ended in a notice (T05) or by law (T05)."""
    state = facts.state
    limit = state.clock("acceptance")
    if limit is None or limit.due is None or state.deemed_accepted:
        return []
    if limit.stopped is not None and limit.stopped < limit.due:
        return []
    if limit.stopped is not None and any(c.requested == limit.stopped for c in state.corrections):
        return []
    return [_of_clock(facts, limit, limit.due, Reading("case", person=state.accepted_by or _receiver))]


def _receiver(facts: Facts) -> int | None:
    """Who had the application before them."""
    for task in facts.state.tasks:
        node = facts.definition.flow.nodes.get(task.node)
        if node is not None and node.duty == "accept":
            return task.by or task.assignee
    return None


# T09, T10


def _joint_whole(facts: Facts, thresholds: Thresholds) -> list[Span]:
    """A joint case from its acceptance to its decision, whatever its own limits say; extensions count."""
    state, spans = facts.state, list[Span]()
    if state.accepted is None or GATHER not in facts.definition.flow.nodes:
        return spans
    limit, ended = Limit(thresholds["days"]), state.decided or state.closed
    end = ended or facts.now
    for until, extra, last in totals(state, state.accepted, end, "workday"):
        if not last and not facts.whole:
            continue
        due = due_or_none(facts.definition.calendar, limit, state.accepted, state.pauses, extra)
        if due is None:
            continue
        pauses = _as_of(state.pauses, state.accepted, until)
        running = ended is None and last and not state.paused
        spans.append(Span(THE_CASE, limit, state.accepted, due, until, running, extra, pauses))
    return spans


def _yellow_then_red(span: Span, thresholds: Thresholds, calendar: Calendar) -> Rungs:
    yield 2, span.due
    end = clock.due(
        calendar, Limit(max(thresholds["red"], span.limit.amount + span.extra)), span.start, span.pauses
    )
    if end is not None:
        yield 3, end


def _assisting(facts: Facts, thresholds: Thresholds) -> Iterable[Span]:
    """Members of a joint case that are not home in time. By the silence rule they are deemed to agree, and answer for it."""
    for task in facts.state.tasks:
        if task.kind != "subcase" or task.limit is None or task.due is None:
            continue
        if not _in_question(facts, task, task.due):
            continue
        span = _step(facts, task, task.limit, task.due, -task.credit)
        told = {**span.reading.inputs, "member": task.branch, "deemed": task.deemed}
        said = "，按规定视为同意" if task.deemed else ""
        reading = structs.replace(span.reading, inputs=told, words={**span.reading.words, "deemed": said})
        yield structs.replace(span, reading=reading)


def _deemed_is_yellow(span: Span, thresholds: Thresholds, calendar: Calendar) -> Rungs:
    if span.reading.inputs["deemed"]:
        return [(2, span.due)]
    return _step_ladder(span, thresholds, calendar)


# T07, T08, T14


def _delivery(facts: Facts, thresholds: Thresholds) -> list[Span]:
    return case_clock(facts, "delivery")


def _first_reviews(facts: Facts, thresholds: Thresholds) -> Iterable[Span]:
    """Steps of first review (初审) by the lower organ, counted from their beginning."""
    for task in facts.state.tasks:
        node = facts.definition.flow.nodes.get(task.node)
        if node is None or not _first_review(node):
            continue
        limit = Limit(thresholds["days"])
        due = due_or_none(facts.definition.calendar, limit, task.opened, facts.state.pauses)
        if due is not None and _in_question(facts, task, due):
            yield _step(facts, task, limit, due)


def _first_review(node: Node) -> bool:
    return node.duty == "review" and "初审" in node.name + node.stage


def _instant(facts: Facts, thresholds: Thresholds) -> list[Span]:
    """An instant matter (即办件) from its acceptance to its decision."""
    state = facts.state
    if not facts.definition.terms.instant or state.accepted is None:
        return []
    ended = state.decided or state.closed
    if ended is not None and facts.whole:
        ended = entered(facts, ended)
    if ended is not None and ended.date() == state.accepted.date():
        return []
    limit = Limit(thresholds["days"])
    due = due_or_none(facts.definition.calendar, limit, state.accepted, state.pauses)
    if due is None:
        return []
    pauses = tuple(p for p in state.pauses if p.end is not None and p.end > state.accepted)
    return [Span(THE_CASE, limit, state.accepted, due, ended or facts.now, ended is None, 0, pauses)]


def _at_opening(span: Span, thresholds: Thresholds, calendar: Calendar) -> Rungs:
    """When offices open on the next working day."""
    day = calendar.D(calendar.W((span.due - MOMENT).astimezone(CHINA).date()) + 1)
    opening = datetime(day.year, day.month, day.day, tzinfo=CHINA) + timedelta(minutes=calendar.minutes[0][0])
    yield 2, opening


#: Kinds of case whose own limits the rules of disclosure watch (D01, D02).
DISCLOSED = frozenset({"inquiry", "release"})

T01 = TimeRule(
    id="T01",
    besides=DISCLOSED,
    needs="promised",
    name="临近承诺期限",
    basis="本级电子监察规则；《行政许可法》第四十二条、第八十二条（期限以工作日计算）",
    inputs=("受理时间", "承诺期限", "停止计时的时间"),
    words="承诺 {limit} 办结，{start}起算{paused}，{due}到期，现在临近期限，请抓紧办理。",
    judged="已用期限达到规定的比例，或者剩余的工作日不多于规定的天数，还没有办结的，预警；停止计时的时间不算。",
    thresholds={
        "share": Threshold("已用期限达到", "%", 90, 50, 100),
        "left": Threshold("剩余不超过", "个工作日", 1, 0, 10),
    },
    spans=_still_promised,
    ladder=near,
)
T02 = TimeRule(
    id="T02",
    besides=DISCLOSED,
    needs="promised_open",
    name="超承诺期限",
    basis="本级服务承诺；电子监察规则",
    inputs=("受理时间", "承诺期限", "停止计时的时间", "决定时间"),
    words="承诺 {limit} 办结，{start}起算{paused}，应于{due}前办结，{over}。",
    judged="过了承诺期限和宽限期还没有办结的，发黄牌；再过规定的天数仍没有办结的，升为红牌；停止计时的时间不算。",
    thresholds={"grace": GRACE, "red_after": Threshold("超过多少天升为红牌", "个工作日", 3, 1, 60)},
    spans=_promised,
    ladder=_late_then_very_late,
)
T03 = TimeRule(
    id="T03",
    besides=DISCLOSED,
    needs="statutory_open",
    name="超法定期限",
    basis="《行政许可法》第四十二条、第七十四条",
    inputs=("受理时间", "法定期限", "停止计时的时间", "决定时间"),
    words="法定 {limit} 办结，{start}起算{paused}，应于{due}前办结，{over}。",
    judged="过了法定期限和宽限期还没有办结的，发红牌；停止计时的时间不算。",
    thresholds={"grace": GRACE},
    spans=_statutory,
    ladder=_late_is_red,
)
T04 = TimeRule(
    id="T04",
    needs="step_open",
    name="环节超时",
    basis="电子监察规则（环节时限由流程规定）",
    inputs=("环节开始时间", "环节时限", "停止计时的时间", "环节完成时间"),
    words="“{step}”环节限 {limit}，{start}开始{paused}，应于{due}前完成，{over}。",
    judged="一个环节超过流程给它的时限还没有完成的，预警；达到时限规定倍数的，升为黄牌；停止计时的时间不算。",
    thresholds={"times": Threshold("达到时限的几倍升为黄牌", "倍", 2, 2, 10)},
    spans=_steps,
    ladder=_step_ladder,
)
T05 = TimeRule(
    id="T05",
    needs="corrections deemed_accepted",
    name="补正告知超时",
    basis="《行政许可法》第三十二条第一款第四项（五日内一次告知；逾期不告知的，自收到申请材料之日起即为受理）",
    inputs=("收到申请的时间", "补正告知的时间", "视为受理"),
    words="{start}收到申请，应于{due}前一次性告知补正，{over}；逾期不告知的，依法视为受理。",
    judged="材料需要补正，过了规定的期限才告知，或者一直没有告知而依法视为受理的，发黄牌。",
    thresholds={"grace": GRACE},
    spans=_notices,
    ladder=_late_is_yellow,
)
T06 = TimeRule(
    id="T06",
    needs="acceptance_open",
    name="受理超时",
    basis="《行政许可法》第三十二条",
    inputs=("收到申请的时间", "受理或不予受理的时间"),
    words="{start}收到申请，应于{due}前作出受理或不予受理的决定，{over}。",
    judged="收到申请以后，过了规定的期限和宽限期还没有作出受理或者不予受理决定的，发黄牌；再过规定的天数的，升为红牌。",
    thresholds={"grace": GRACE, "red_after": Threshold("超过多少天升为红牌", "个工作日", 5, 1, 60)},
    spans=_acceptance,
    ladder=_late_then_very_late,
)
T07 = TimeRule(
    id="T07",
    needs="delivery_open",
    name="送达超时",
    basis="《行政许可法》第四十四条（决定之日起十日内颁发、送达）",
    inputs=("决定时间", "送达时限", "送达时间"),
    words="{start}作出决定，应于{due}前送达，{over}。",
    judged="作出决定以后，过了送达期限和宽限期还没有送达的，发黄牌。",
    thresholds={"grace": GRACE},
    spans=_delivery,
    ladder=_late_is_yellow,
)
T08 = TimeRule(
    id="T08",
    concerns=lambda defn: any(_first_review(node) for node in defn.flow.nodes.values()),
    name="初审报送超时",
    basis="《行政许可法》第四十三条（下级机关应当自受理之日起二十日内审查完毕）",
    inputs=("初审环节开始时间", "停止计时的时间", "初审环节完成时间"),
    words="“{step}”环节{start}开始{paused}，应于{due}前审查完毕并报送，{over}。",
    judged="下级机关的初审超过规定的天数还没有审查完毕并报送的，发黄牌；停止计时的时间不算。",
    thresholds={"days": Threshold("初审时限", "个工作日", 20, 1, 60)},
    spans=_first_reviews,
    ladder=_over_is_yellow,
)
T09 = TimeRule(
    id="T09",
    needs="accepted",
    concerns=lambda defn: GATHER in defn.flow.nodes,
    name="联办总时限",
    basis="《行政许可法》第四十二条第二款（统一、联合、集中办理四十五日，经批准可以延长十五日）",
    inputs=("受理时间", "停止计时的时间", "延期", "决定时间"),
    words="联办件{start}受理{paused}，{limit}内应于{due}前办结，{over}。",
    judged="联办件自受理起超过总时限和批准的延期还没有办结的，发黄牌；达到规定的更长天数的，升为红牌；停止计时的时间不算。",
    thresholds={
        "days": Threshold("总时限", "个工作日", 45, 1, 120),
        "red": Threshold("达到多少天升为红牌", "个工作日", 60, 1, 180, above="days"),
    },
    spans=_joint_whole,
    ladder=_yellow_then_red,
)
T10 = TimeRule(
    id="T10",
    concerns=lambda defn: any(node.kind == "subcase" for node in defn.flow.nodes.values()),
    name="协办超时",
    basis="并联审批实施办法（协办部门应当在时限内提出意见；逾期不答复的视为同意，责任由协办部门承担）",
    inputs=("协办开始时间", "协办时限", "停止计时的时间", "协办完成时间", "是否视为同意"),
    words="“{step}”限 {limit}，{start}开始{paused}，应于{due}前办结，{over}{deemed}。",
    judged="协办部门逾期没有答复，视为同意的，发黄牌；没有视为同意的，逾期预警，达到时限规定倍数的升为黄牌。牌发给协办部门。",
    thresholds={"times": Threshold("没有视为同意的，达到时限的几倍升为黄牌", "倍", 2, 2, 10)},
    spans=_assisting,
    ladder=_deemed_is_yellow,
)
T14 = TimeRule(
    id="T14",
    needs="accepted",
    concerns=lambda defn: defn.terms.instant,
    name="即办件未当日办结",
    basis="本级服务承诺（即办件当场办结）",
    inputs=("受理时间", "决定时间"),
    words="即办件{start}受理，到{due}仍未办结，{over}。",
    judged="即办件受理当日（或者允许延到的那个工作日）没有办结的，下一个工作日上班时发黄牌。",
    thresholds={"days": Threshold("可以延到受理后的第几个工作日", "个工作日", 0, 0, 3)},
    spans=_instant,
    ladder=_at_opening,
)
