"""Standing actions around the steps: suspension, extension, and passing work on.

Law and office custom give them at any point of a case; no flow has to draw them.
"""

from datetime import date, datetime, time
from typing import Any

from tongban.base.calendar import CHINA
from tongban.engine import clock
from tongban.engine.machine import may
from tongban.engine.machine.apply import limit_out
from tongban.engine.machine.run import Run, done
from tongban.engine.state import Limit, Sealed

# 挂起、恢复、延期


def suspend(run: Run) -> None:
    """挂起: a special procedure begins and the clocks stand still (行政许可法第四十五条)."""
    may.suspend_now(run)
    code = str(run.data.get("procedure", "")).strip()
    special = run.defn.terms.special.get(code)
    if special is None and code not in may.LAWFUL_PAUSES:
        raise run.refuse(
            "procedure_unknown",
            "请选择本事项规定的特别程序。",
            field="procedure",
            procedures=[*run.defn.terms.special, *may.LAWFUL_PAUSES],
        )
    payload: dict[str, Any] = {"reason": code}
    forced = run.forcing()
    for name, what in (("basis", "法律依据"), ("document", "书面告知文号"), ("approver", "批准人")):
        payload[name] = str(run.data.get(name, "")).strip() if forced else run.text(name, what)
    days = run.whole(run.data.get("days"), "所需时间", 1, 365)
    end = clock.due(run.defn.calendar, Limit(days), run.at, ())
    if end is not None:
        payload["expected"] = end.isoformat()
    run.emit("case.suspended", payload)


def serve(run: Run) -> None:
    """送达征询函: whoever was asked has the letter since a day; their time, and with it the standstill, counts from then."""
    may.serve_now(run)
    pause = run.state.pauses[-1]
    try:
        day = date.fromisoformat(str(run.data.get("received", "")))
    except ValueError:
        raise run.refuse("missing_field", "请填写收到征询函的日期。", field="received") from None
    if not pause.start.astimezone(CHINA).date() <= day <= run.at.astimezone(CHINA).date():
        raise run.refuse("out_of_range", "收到的日期应在发函之后、今天以前。", field="received")
    days = run.whole(
        run.data.get("days") or run.defn.terms.special[pause.reason].max_days, "答复时间", 1, 365
    )
    end = clock.due(run.defn.calendar, Limit(days), datetime.combine(day, time(), CHINA))
    expected = {} if end is None else {"expected": end.isoformat()}
    run.emit("suspension.served", {"received": day.isoformat()} | expected)


def resume(run: Run) -> None:
    """恢复: the special procedure is over, the clocks go on from where they stood."""
    may.resume_now(run)
    payload: dict[str, Any] = {"dues": run.dues_on_resuming(run.at)}
    if outcome := str(run.data.get("outcome", "")).strip():
        payload["outcome"] = outcome
    run.emit("case.resumed", payload)


def extend(run: Run) -> None:
    """延期: once, by the unit's responsible leader, telling the applicant why (行政许可法第四十二条)."""
    may.extend_now(run)
    reason = run.text("reason", "延期理由")
    most = run.defn.terms.extension
    amount = run.whole(run.data.get("amount"), "延长时间", 1, most.amount)
    dues: dict[str, str] = {}
    for c in run.state.clocks:
        if c.stopped is None and c.purpose in ("statutory", "promised"):
            end = run.due(c.limit, c.start, c.extra + amount)
            if end is not None:
                dues[c.purpose] = end
    run.emit(
        "case.extended",
        {"amount": amount, "unit": most.unit, "reason": reason, "approver": run.actor.name, "dues": dues},
    )


# 退回、转办、委派、加签、催办


def send_back(run: Run) -> None:
    """退回: an earlier step is done again; what was done stays on record.

    A step inside a parallel section that is through opens its branch once more, alone: the other branches' results
    stand, and behind the join it goes on as before.
    """
    task = may.work(run, run.data.get("task"))
    may.not_paused(run)
    run.text("reason", "退回原因")
    ways = may.ways_back(run, task)
    target = str(run.data.get("to", "")) or next(iter(ways), "")
    if target not in ways:
        raise run.refuse("cannot_send_back", "不能退回到这个环节。", steps=list(ways))
    node = run.defn.flow.nodes[target]
    for cosign in run.state.open_tasks:
        if cosign.parent == task.no:
            run.emit("task.cancelled", {"task": cosign.no})
    done(run, task, "returned", to=target)
    earlier = next(t for t in reversed(run.state.tasks) if t.node == target and not t.parent)
    who: dict[str, Any] = {"assignee": earlier.by} if earlier.by else {}
    split, branch = task.split, task.branch
    for section, inside in ways[target]:
        split, branch = run.reopen_split(section, inside, split, branch), inside
    run.open_task(node, split, branch, sent_by="return", **who)


def reassign(run: Run) -> None:
    """转办: another person or post of the house does it."""
    task = may.reassign(run, run.data.get("task"))
    payload: dict[str, Any] = {"task": task.no, "reason": run.text("reason", "转办原因")}
    if post := run.data.get("post"):
        if str(post) not in run.defn.posts:
            raise run.refuse("post_unknown", "没有这个岗位。", field="post")
        payload["post"] = str(post)
    if account := run.data.get("account"):
        payload["account"] = int(account)
    if len(payload) == 2:
        raise run.refuse("missing_field", "请选择转给哪个岗位或哪位同事。", field="post")
    run.emit("task.reassigned", payload)


def delegate(run: Run) -> None:
    """委派: a colleague prepares it and it comes back to who delegated it."""
    task = may.work(run, run.data.get("task"))
    account = run.data.get("account")
    if not account or int(account) == run.actor.account:
        raise run.refuse("missing_field", "请选择委派给哪位同事。", field="account")
    if task.delegator is not None:
        raise run.refuse("already_delegated", "这件工作是别人委派给您的，不能再委派。")
    run.emit(
        "task.delegated",
        {"task": task.no, "account": int(account), "delegator": run.actor.account, "reason": str(run.data.get("reason", ""))},
    )  # fmt: skip


def add_signer(run: Run) -> None:
    """加签: another post gives its opinion before this step can be finished.

    It has as long as the step, from when it is asked; the step itself goes on counting, and is late by itself.
    """
    task = may.work(run, run.data.get("task"))
    post = str(run.data.get("post", ""))
    if post not in run.defn.posts:
        raise run.refuse("post_unknown", "没有这个岗位。", field="post")
    if any(t.parent == task.no and t.post == post for t in run.state.open_tasks):
        raise run.refuse("already_cosigning", "已经请这个岗位会签。")
    payload: dict[str, Any] = {
        "node": task.node, "post": post, "split": task.split, "branch": f"{task.branch}+{post}",
        "sent_by": "cosign", "parent": task.no, "generation": 1 + sum(1 for t in run.state.tasks if t.parent == task.no),
    }  # fmt: skip
    if task.limit is not None:
        payload["limit"] = limit_out(task.limit)
        end = run.due(task.limit, run.at)
        if end is not None:
            payload["due"] = end
    run.emit("task.opened", payload)


def hand_over(run: Run) -> None:
    """上报、下转: a post of another unit, above or below, does its part within a limit of its own and hands back.

    The step stays where it is and waits; the limit may not outlast the case's.
    """
    task = may.work(run, run.data.get("task"))
    may.not_paused(run)
    post = str(run.data.get("post", ""))
    if post not in run.defn.posts:
        raise run.refuse("post_unknown", "没有这个岗位。", field="post")
    own = run.defn.posts.get(task.post)
    if own is not None and own[1] == run.defn.posts[post][1]:
        raise run.refuse("same_unit", "这是本单位的岗位，请用转办或者加签。", field="post")
    if any(t.parent == task.no and t.post == post for t in run.state.open_tasks):
        raise run.refuse("already_cosigning", "已经转给这个岗位，正在等它办理。")
    words = run.text("reason", "交办内容")
    limit = Limit(run.whole(run.data.get("days"), "办理期限", 1, 60))
    end = clock.due(run.defn.calendar, limit, run.at, run.state.pauses)
    last = next(
        (c.due for c in run.state.clocks if c.stopped is None and c.purpose in ("promised", "statutory")),
        None,
    )
    if end is not None and last is not None and end > last and not run.forcing():
        raise run.refuse("limit_outlasts_case", "分段期限不能超过本件的办理期限，请缩短。", field="days")
    payload: dict[str, Any] = {
        "node": task.node, "post": post, "split": task.split, "branch": f"{task.branch}+{post}",
        "sent_by": str(run.data.get("direction") or "across"), "parent": task.no, "reason": words,
        "generation": 1 + sum(1 for t in run.state.tasks if t.parent == task.no), "limit": limit_out(limit),
    }  # fmt: skip
    if end is not None:
        payload["due"] = end.isoformat()
    run.emit("task.opened", payload)


def reschedule(run: Run) -> None:
    """改定时: the moment that a wait waits for is moved, until it has come."""
    wait = may.reschedule_now(run)
    name = run.defn.flow.nodes[wait.node].until
    reason = run.text("reason", "改期原因")
    moment = run.moment(name)
    if moment is None:
        raise run.refuse("missing_field", "请填写新的时间。", field=name)
    if moment <= run.at:
        raise run.refuse("out_of_range", "新的时间应晚于现在。", field=name)
    if moment == wait.due:
        raise run.refuse("out_of_range", "新的时间与原来的相同。", field=name)
    was = {} if wait.due is None else {"was": wait.due.isoformat()}
    run.emit("task.rescheduled", {"task": wait.no, "due": moment.isoformat(), **was, "reason": reason})


def urge(run: Run) -> None:
    """催办: a reminder on record to whoever has it now."""
    may.urge_now(run)
    tasks = [t for t in run.state.open_tasks if t.kind == "human"]
    if not tasks:
        raise run.refuse("nobody_has_it", "现在没有人在办，不需要催办。")
    words = run.own_words("words")
    own = {"own": True} if run.actor.kind == "resident" else {}
    for task in tasks:
        run.emit("task.urged", {"task": task.no, "words": words, **own})


# 参与人


def name_party(run: Run) -> None:
    """邀请参与: an agent, a co-applicant or a third party is asked to take part."""
    may.parties_now(run)
    role = run.text("role", "参与身份")
    if role not in ("agent", "co", "third"):
        raise run.refuse("party_role", "参与身份是代理人、共同申请人或者第三人。", field="role")
    basis, who = run.text("basis", "依据（授权委托书等）"), run.data.get("who")
    if not isinstance(who, Sealed):
        raise run.refuse("missing_field", "请填写参与人的姓名和证件号码。", field="name")
    run.emit("party.invited", {"role": role, "basis": basis, "who": who})


def answer_party(run: Run) -> None:
    """答复邀请: who is asked takes part from now on, or does not."""
    may.has(run, "invited", "只有被邀请的人自己可以答复。")
    said = {"role": run.text("role", "参与身份"), "invitation": run.data.get("invitation")}
    if run.data.get("accept"):
        run.emit("party.named", {"account": run.actor.account, **said})
    else:
        run.emit("party.declined", said)


def end_party(run: Run) -> None:
    """解除: they take no part any more, or are not asked any more."""
    may.parties_now(run)
    said = {k: run.data[k] for k in ("account", "invitation") if k in run.data}
    run.emit(
        "party.ended", {**said, "role": run.text("role", "参与身份"), "reason": run.text("reason", "理由")}
    )
