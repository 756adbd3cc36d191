"""What goes in and out of the API. Times carry their offset; numbers that are not whole are text, as in the ledger."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, Field

from tongban.base.calendar import CHINA
from tongban.base.text import is_storable
from tongban.project.api.problems import Problem

DEEPEST = 32
WIDEST = 2**53  # integers beyond it are not exact in every JSON reader

Text = Annotated[str, Field(max_length=200)]
Reason = Annotated[str, Field(max_length=2000)]
Number = Annotated[str, Field(max_length=20)]
Moment = Annotated[
    AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=CHINA), le=datetime(2100, 1, 1, tzinfo=CHINA))
]
Phase = Literal["precheck", "applied", "correcting", "accepted", "suspended", "decided", "closed"]


class CaseFilter(Schema):
    """Which cases to list. `org` is a unit's key or credit code, `q` the beginning of a number, or words of a title."""

    phase: Phase | None = None
    org: Text | None = None
    matter: Text | None = None
    parent: Number | None = None
    q: Text = ""
    after: Annotated[str, Field(max_length=100)] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class Named(Schema):
    code: str
    name: str


class CaseItem(Schema):
    """A case as lists show it. `applicant` is masked for those who watch and do not handle; `level` is for staff."""

    number: str
    kind: str
    title: str
    matter: Named
    org: Named
    applicant: str
    phase: str
    stage: str
    result: str
    channel: str
    opened_at: datetime
    accepted_at: datetime | None
    decided_at: datetime | None
    concluded_at: datetime | None
    due_at: datetime | None
    paused: bool
    level: int | None
    seq: int


class CasePage(Schema):
    """`next` goes into `after` for the page that follows; null at the end."""

    items: list[CaseItem]
    next: str | None


class TaskOut(Schema):
    no: int
    node: str
    name: str
    kind: str
    status: str
    org: str
    assignee: str
    opened_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    outcome: str


class FormOut(Schema):
    """A revision of the form; `masked` when personal fields were left out."""

    no: int
    data: dict[str, Any]
    masked: bool


class CaseOut(CaseItem):
    parent: str | None
    children: list[str]
    statutory_due_at: datetime | None
    materials: dict[str, str]
    tasks: list[TaskOut]
    form: FormOut | None


class EventOut(Schema):
    seq: int
    type: str
    words: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    channel: str
    late: bool
    payload: dict[str, Any]


class Events(Schema):
    items: list[EventOut]


class FieldOut(Schema):
    name: str
    label: str
    type: str
    required: bool
    choices: list[tuple[str, str]]
    help: str
    when: list[str]


class ActionOut(Schema):
    """What may be done now; where `allowed` is false, `code` and `why` are those of the refusal."""

    type: str
    label: str
    allowed: bool
    why: str
    code: str
    task: int
    node: str
    fields: list[FieldOut]
    outcomes: list[tuple[str, str]]


class Actions(Schema):
    seq: int
    actions: list[ActionOut]


class ApplicantIn(Schema):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Literal["person", "organisation"] = "person"
    id_type: Literal["", "111", "414", "516", "511", "553", "uscc"] = ""
    id_number: Annotated[str, Field(max_length=40)] = ""
    phone: Annotated[str, Field(max_length=20)] = ""


class MaterialIn(Schema):
    key: Annotated[str, Field(max_length=60)]
    status: Literal["supplied", "shared", "later"] = "supplied"


class OpenIn(Schema):
    """An application. `offering` is an implementation or matter code; residents leave `applicant` out."""

    offering: Text
    form: dict[str, Any] = {}
    applicant: ApplicantIn | None = None
    materials: Annotated[list[MaterialIn], Field(max_length=200)] = []
    kind: Literal["licence", "office", "joint"] | None = None
    occurred_at: Moment | None = None
    reason: Reason = ""


class CommandIn(Schema):
    """One command. `data` holds what `allowed` names under `fields`, with `task` and `outcome` beside them."""

    type: Annotated[str, Field(max_length=30)]
    data: dict[str, Any] = {}
    occurred_at: Moment | None = None
    reason: Reason = ""


class OutcomeOut(Schema):
    """What was done. `secret`, for tracking without signing in, is told once, in the first answer to an opening."""

    id: UUID
    number: str
    seq: int
    events: list[str]
    replayed: bool
    dry_run: bool
    secret: str | None = None


def storable(value: Mapping[str, Any] | str) -> None:
    """See that a value can be kept exactly. Raises Problem "not_exact" (fractions, huge numbers), "not_storable"."""
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for item in level:
            if isinstance(item, Mapping):
                below.extend(item.keys())
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
            elif isinstance(item, float) or (isinstance(item, int) and abs(item) > WIDEST):
                raise Problem(422, "not_exact", "小数和超大的数请用文字填写。", {"value": str(item)[:40]})
            elif isinstance(item, str) and not is_storable(item):
                raise Problem(422, "not_storable", "文字里有无法保存的字符。")
        if not below:
            return
        level = below
    raise Problem(422, "not_storable", f"内容嵌套超过 {DEEPEST} 层。")
