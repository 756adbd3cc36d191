"""Rules about disclosure (公开) that one case tells: published late, answered late, kept back without a reason."""

from collections.abc import Iterable, Mapping
from typing import Any

from tongban.base.calendar import Calendar
from tongban.engine import clock
from tongban.engine.kinds import Facts
from tongban.engine.state import Limit
from tongban.platforms.supervision.rules.rule import (
    ContentRule,
    Level,
    Reading,
    Span,
    Threshold,
    Thresholds,
    TimeRule,
    workdays_later,
)
from tongban.platforms.supervision.rules.time import GRACE, Rungs, case_clock, near, once

#: The attribute under which a document goes to the public by itself; what the step of signing (签发) comes out as.
PROACTIVE = "proactive"
RELEASE, INQUIRY = frozenset({"release"}), frozenset({"inquiry"})


def _publication(facts: Facts, thresholds: Thresholds) -> list[Span]:
    """The local limit from the signing to the publication, of what is to be published."""
    if facts.state.taken_on.get("outcome") != PROACTIVE:
        return []
    return case_clock(facts, "promised")


def _local_then_lawful(span: Span, thresholds: Thresholds, calendar: Calendar) -> Rungs:
    """Notice beyond the local limit, yellow beyond the law's."""
    yield 1, span.due
    days = max(thresholds["law"], span.limit.amount + span.extra)
    end = clock.due(calendar, Limit(days), span.start, span.pauses)
    if end is not None:
        yield 2, end


def _reply(facts: Facts, thresholds: Thresholds) -> Iterable[Span]:
    """The time for the reply (条例第三十三条): while it runs, once it was missed; in bulk also while it ran."""
    late = case_clock(facts, "statutory")
    return [*once(facts, "statutory"), *late] if facts.whole else late


def _near_then_late(span: Span, thresholds: Thresholds, calendar: Calendar) -> Rungs:
    """Notice when few days are left, red when none is."""
    yield from near(span, {"share": 100, "left": thresholds["left"]}, calendar)
    yield 3, workdays_later(calendar, span, thresholds["grace"])


def _kept_back(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    """What was signed as not for publication, with the reason that was given then."""
    said = facts.state.taken_on
    outcome = str(said.get("outcome", ""))
    if not outcome or outcome == PROACTIVE:
        return
    reason = str(said.get("reason", "")).strip()
    inputs = {"attribute": outcome, "reason": reason}
    yield Reading(
        "attribute",
        inputs,
        {"said": f"只写了“{reason}”" if reason else "没有说明理由"},
        person=facts.state.accepted_by,
    )


def _no_reason(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 2 if len(inputs["reason"]) < thresholds["least"] else 0


D01 = TimeRule(
    id="D01",
    kinds=RELEASE,
    needs="promised_open",
    name="主动公开超期",
    basis="《政府信息公开条例》第二十六条（形成或者变更之日起20个工作日内）；本地公开期限规定",
    inputs=("签发日期", "本地公开期限", "公开时间"),
    words="{start}签发，公开期限{limit}，应于{due}前公开，{over}。",
    judged="签发以后过了本地公开期限还没有公开的，预警；过了法定期限的，升为黄牌。",
    thresholds={"law": Threshold("超过多少天升为黄牌（法定期限）", "个工作日", 20, 1, 60)},
    spans=_publication,
    ladder=_local_then_lawful,
)
D02 = TimeRule(
    id="D02",
    kinds=INQUIRY,
    needs="accepted",
    name="依申请公开临期和超期",
    basis="《政府信息公开条例》第三十三条（收到申请之日起20个工作日内答复）",
    inputs=("收到申请的日期", "答复期限", "停止计时的时间", "延期", "答复时间"),
    words="{start}收到申请，答复期限{limit}{paused}，应于{due}前答复，{over}。",
    judged="答复期限剩余的工作日不多于规定的天数的，预警；过了期限和宽限期还没有答复的，发红牌；停止计时的时间不算。",
    thresholds={"left": Threshold("剩余不超过", "个工作日", 3, 0, 10), "grace": GRACE},
    spans=_reply,
    ladder=_near_then_late,
)
D03 = ContentRule(
    id="D03",
    kinds=RELEASE,
    needs="accepted",
    name="不公开未说明理由",
    basis="《政府信息公开条例》第十三条至第十六条；国务院办公厅关于公文公开属性的规定（拟不公开的应当说明理由）",
    inputs=("公开属性", "不主动公开的理由"),
    words="签发时定为不主动公开，{said}。",
    judged="签发时定为不主动公开，没有写明理由或者理由太短的，发黄牌。",
    thresholds={"least": Threshold("理由至少写多少个字", "个字", 4, 1, 50)},
    read=_kept_back,
    judge=_no_reason,
)
