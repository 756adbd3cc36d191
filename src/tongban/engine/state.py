"""The data of a case as the pure core sees it: commands, events, state.

Imports neither Django nor the database. Times are aware datetimes in China time; a `due` is exclusive
(the first instant that is too late), so "end of 27 April" is 28 April 00:00.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Never
from uuid import UUID

from msgspec import Struct


class _Empty(Mapping[str, Any]):
    """The mapping with nothing in it: immutable and hashable, so that it can be a default."""

    __slots__ = ()

    def __getitem__(self, key: str) -> Never:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and not other

    def __repr__(self) -> str:
        return "EMPTY"


EMPTY: Mapping[str, Any] = _Empty()

Unit = Literal["workday", "day", "month", "work_hour", "hour"]
Phase = Literal[
    "new",  # nothing has happened
    "precheck",  # 预受理: looked at before it is applied for
    "applied",  # 已申请,待受理
    "correcting",  # 补正中(受理前)
    "accepted",  # 已受理,办理中
    "suspended",  # 挂起,时钟停止(特别程序、受理后补正)
    "decided",  # 已决定,待送达
    "closed",  # 结束;见 State.result
]
# How a case ended or what was decided. "granted"/"denied"/"partial" are set at the decision.
Result = Literal[
    "", "granted", "denied", "partial", "done", "refused", "lapsed", "withdrawn", "terminated",
]  # fmt: skip


class Actor(Struct, frozen=True):
    """Who acts, with what they may do on this case; built by the shell, trusted by the core.

    `posts` are codes of posts held now; `verbs` are what the grants give on this case (see registry grants).
    """

    kind: Literal["resident", "staff", "system"]
    account: int | None = None
    name: str = ""
    org: int | None = None
    posts: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()
    behalf: int | None = None  # account in whose stead: the applicant's (代理), the delegator's (委派)


SYSTEM = Actor(kind="system", name="系统", verbs=frozenset({"*"}))


class Command(Struct, frozen=True):
    """One thing somebody wants done to one case. `at` is when it happened, `now` (given to decide) when it is recorded."""

    id: UUID
    type: str
    actor: Actor
    at: datetime
    data: Mapping[str, Any] = EMPTY
    channel: str = "web"
    expected_seq: int | None = None


class Event(Struct, frozen=True):
    """Something that happened. `payload` is JSON; values wrapped in Sealed are personal and stored beside the chain.

    `at` is when it happened, `recorded` when it was written, `by` the account that did it (None: the system).
    """

    type: str
    at: datetime
    recorded: datetime
    by: int | None
    payload: Mapping[str, Any] = EMPTY
    v: int = 1


@dataclass(frozen=True, slots=True)
class Sealed:
    """A personal value inside a payload: the chain keeps its salted digest, the value lives beside it and may be erased."""

    value: Any


class Limit(Struct, frozen=True, omit_defaults=True):
    """An amount of time. `counted` is false for steps outside the promised limit (收件、送达)."""

    amount: int
    unit: Unit = "workday"
    counted: bool = True


class Pause(Struct, frozen=True, omit_defaults=True):
    """A stretch during which the case's clocks stand still: (start, end]; `end` is None while it lasts."""

    start: datetime
    end: datetime | None
    reason: str  # code of a special procedure, or "correction"
    expected: datetime | None = None  # until when it was announced to last (特别程序时限)
    basis: str = ""
    document: str = ""
    approver: str = ""


class Clock(Struct, frozen=True, omit_defaults=True):
    """One running limit of the case. `due` is None while paused; `stopped` once its purpose is met."""

    purpose: Literal["precheck", "acceptance", "statutory", "promised", "correction", "delivery"]
    limit: Limit
    start: datetime
    extra: int = 0
    due: datetime | None = None
    stopped: datetime | None = None


class Task(Struct, frozen=True, omit_defaults=True):
    """A token of the flow that is also a piece of work. Identified by (case, no); never reused."""

    no: int
    node: str
    kind: str
    post: str  # code of the post that may do it; "" for waits and sub-cases
    opened: datetime
    opened_seq: int
    status: Literal["open", "done", "cancelled"] = "open"
    generation: int = 1
    split: int = 0  # no of the split it runs under, 0 = none
    branch: str = ""
    limit: Limit | None = None
    credit: int = 0  # days already used by earlier generations, when a repeat continues the first count
    due: datetime | None = None
    assignee: int | None = None  # account
    delegator: int | None = None  # account that gets it back (委派)
    sent_by: str = ""  # "cosign" when opened by 加签, "return", "precheck" 预受理, "up" 上报, "down" 下转, "across" 转同级
    parent: int = 0  # task no that waits for this one (加签)
    done: datetime | None = None
    recorded: datetime | None = None  # when its completion was entered (先办后补录)
    by: int | None = None  # account that did it
    outcome: str = ""
    deemed: bool = False  # done by law or silence, not by a person
    child: int | None = None  # case id of a sub-case
    urged: int = 0
    acting: str = ""  # done under this post instead of the step's own, as another system recorded it


class Split(Struct, frozen=True, omit_defaults=True):
    """An open or closed parallel section (split node, multi-instance 会签, or sub-cases of a joint approval).

    `arrived` branches of `expected` are through, `agreed` of them count towards `need`.
    """

    no: int
    node: str
    generation: int
    policy: Literal["all", "any", "n_of_m"]
    need: int
    expected: int
    arrived: int = 0
    agreed: int = 0
    outer: int = 0
    outer_branch: str = ""
    closed_seq: int = 0


class Correction(Struct, frozen=True, omit_defaults=True):
    """One correction notice (补正告知): what was asked, until when, and what came of it."""

    requested: datetime
    by: int | None
    items: tuple[str, ...]
    due: datetime | None
    supplied: datetime | None = None
    lapsed: datetime | None = None
    before_acceptance: bool = True
    task: int = 0
    members: tuple[str, ...] = ()  # of a joint case: whose proposals stand in it


class Precheck(Struct, frozen=True, omit_defaults=True):
    """One look at the papers before the application (预受理): asked for, and what was answered."""

    asked: datetime
    due: datetime | None = None
    answered: datetime | None = None
    by: int | None = None
    outcome: str = ""  # passed, incomplete, returned
    items: tuple[str, ...] = ()
    words: str = ""
    until: datetime | None = None  # how long it waits for what is missing


class Proposal(Struct, frozen=True, omit_defaults=True):
    """What a member of a joint approval wants corrected, on its way through the lead (补正建议).

    On the member's own case and, with `member` and `case`, on the lead's. "sent": it stood in the one notice.
    """

    at: datetime
    items: tuple[str, ...]
    by: int | None = None
    member: str = ""  # implementation code, at the lead
    case: int | None = None  # the member's case, at the lead
    status: Literal["open", "sent", "returned"] = "open"
    late: bool = False  # made by force, after the notice had gone out


class Extension(Struct, frozen=True, omit_defaults=True):
    at: datetime
    amount: int
    unit: Unit
    reason: str
    approver: str
    by: int | None


class Fee(Struct, frozen=True, omit_defaults=True):
    name: str
    amount: str  # decimal as text, yuan
    charged: datetime
    standard: str = ""
    bill: str = ""  # 缴款单号
    paid: datetime | None = None
    reduced: str = ""  # basis of a reduction


class Certificate(Struct, frozen=True, omit_defaults=True):
    name: str
    number: str
    issued: datetime
    valid_until: str = ""  # ISO date, or "长期"
    ended: datetime | None = None  # no longer in force since
    how: str = ""  # revoked 撤销, cancelled 注销, withdrawn 撤回, forfeited 吊销, replaced 换发
    reason: str = ""
    replaced_by: str = ""  # number of the newer one


class State(Struct, frozen=True, omit_defaults=True):
    """A case, rebuilt by folding its events; the copy on the case row equals that fold.

    Its parts are never changed in place, the dictionaries among them neither: `apply` makes new ones.
    """

    seq: int = 0
    kind: str = ""
    phase: Phase = "new"
    result: Result = ""
    stage: str = ""
    applied: datetime | None = None
    applied_recorded: datetime | None = None
    accepted: datetime | None = None
    accepted_by: int | None = None
    deemed_accepted: bool = False
    decided: datetime | None = None
    decided_by: int | None = None
    decision: dict[str, Any] = {}  # outcome, reason, remedy, basis, discretion …
    refusal: dict[str, Any] = {}  # reason, remedy of 不予受理
    taken_on: dict[str, Any] = {}  # outcome, reason of the acceptance, where its step knows several ways
    delivered: datetime | None = None
    delivery: dict[str, Any] = {}
    closed: datetime | None = None
    clocks: tuple[Clock, ...] = ()
    pauses: tuple[Pause, ...] = ()
    tasks: tuple[Task, ...] = ()
    splits: tuple[Split, ...] = ()
    corrections: tuple[Correction, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    prechecks: tuple[Precheck, ...] = ()
    noticed: datetime | None = None  # of a member: when the lead's one notice went out
    urged: datetime | None = None  # by the applicant, the last time
    extensions: tuple[Extension, ...] = ()
    fees: tuple[Fee, ...] = ()
    certificate: Certificate | None = None
    materials: dict[
        str, str
    ] = {}  # material key -> "supplied" | "shared" | "later" (容缺) | "passed" | "failed"
    outcomes: dict[str, str] = {}  # node key -> last outcome
    votes: dict[str, dict[str, int]] = {}  # node key -> outcome -> count, for 会签
    findings: frozenset[str] = frozenset()  # "rule|episode|level" already issued
    level: int = 0  # worst card that was not revoked: 0 none 1 预警 2 黄牌 3 红牌
    revoked: frozenset[str] = frozenset()  # of the findings, those found to be in error (撤销)
    doubts: tuple[str, ...] = ()  # what was taken in although it cannot be right: "id_number"
    parent: int | None = None
    posts: dict[str, str] = {}  # name of a step's post -> code, as named when the case was opened
    forced: tuple[str, ...] = ()  # guards overridden with reason: "second_correction", …
    quiet: int = 0  # events at the end that change nothing anybody decides upon (paper.issued)

    @property
    def open_tasks(self) -> tuple[Task, ...]:
        return tuple([t for t in self.tasks if t.status == "open"])

    @property
    def paused(self) -> bool:
        return bool(self.pauses) and self.pauses[-1].end is None

    @property
    def proposed(self) -> tuple[Proposal, ...]:
        """Proposals that the lead has neither sent nor returned."""
        return tuple(p for p in self.proposals if p.status == "open")

    @property
    def looked_at(self) -> Precheck | None:
        """The latest look before the application (预受理); None where there was none."""
        return self.prechecks[-1] if self.prechecks else None

    def task(self, no: int) -> Task | None:
        """The task of that number, open or not."""
        return self.tasks[no - 1] if 0 < no <= len(self.tasks) else None

    def clock(self, purpose: str) -> Clock | None:
        """The latest clock of that purpose."""
        for c in reversed(self.clocks):
            if c.purpose == purpose:
                return c
        return None


NEW = State()


class Finding(Struct, frozen=True):
    """What a supervision rule says of a case. The same (rule, episode, level) is issued once."""

    rule: str
    level: Literal[1, 2, 3]  # 预警 黄牌 红牌
    episode: str  # what it is about: "case", "task:4", "correction:2", "fee:办证费"
    words: str  # the sentence a person reads
    at: datetime
    task: int = 0
    inputs: Mapping[str, Any] = EMPTY  # snapshot that re-proves it
