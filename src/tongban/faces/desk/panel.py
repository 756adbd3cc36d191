"""The action panel: what `allowed()` says, as forms; and what a person sent back, as the data of a command.

Nothing here decides what may be done. A step that waits for somebody becomes the main form, with its outcomes as picks;
every other thing that may be done is a form of its own; what may not be done is listed with why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.http import QueryDict
from django.utils.translation import gettext as _

from tongban.base.text import whole_number
from tongban.base.ui import fields, work
from tongban.base.ui.fields import Field, Option, When
from tongban.engine.machine import Action
from tongban.engine.machine.options import Field as Asked

#: What ends the step of acceptance; shown together as its outcomes.
VERDICTS = ("accept", "refuse", "request_correction")
PICK_HINTS = {
    "accept": "开始计算承诺时限，发受理通知书",
    "refuse": "须写明理由和救济途径",
    "request_correction": "一次告知全部内容，补正期间不计时",
    "granted": "制作证照，转送达",
    "denied": "须写明理由和救济途径",
}
PRECHECK_HINTS = {
    "passed": "当日转为正式申请，开始计算受理时限",
    "incomplete": "一次写全，申请人补好再交",
    "returned": "写明理由；申请人仍然可以正式申请",
}
#: Commands that finish a step with one of its outcomes.
STEPS = ("complete", "answer_precheck")
CLAIMS = {"claim": "领到我名下", "release": "放回，请同事办"}


@dataclass(frozen=True, slots=True)
class Sent:
    """What came back from a form: which command, for which task, with which data; `typed` is what was typed, as typed."""

    type: str
    task: int
    pick: str
    command_id: UUID
    expected_seq: int | None
    typed: Mapping[str, str]

    @property
    def form(self) -> str:
        """Which form of the page it was."""
        return form_key(self.type, self.task)


@dataclass(frozen=True, slots=True)
class Choices:
    """Whom a field of type person or post may name."""

    people: tuple[Option, ...] = ()
    posts: tuple[Option, ...] = ()
    elsewhere: tuple[Option, ...] = ()  # posts of other units, for 上报 and 下转


def read(post: QueryDict) -> Sent:
    """The command a form stands for. Raises ValueError where it is none of ours."""
    seq, task = post.get("seq", ""), post.get("task_no", "0")
    return Sent(
        type=post.get("type", "")[:40],
        task=_whole(task or "0"),
        pick=post.get("outcome", "")[:60],
        command_id=UUID(post.get("command_id", "")),
        expected_seq=_whole(seq) if seq else None,
        typed={
            k: "\n".join(str(v) for v in values).strip()
            for k, values in post.lists()
            if k not in ("csrfmiddlewaretoken", "command_id", "seq", "type")
        },
    )


def data_of(sent: Sent, actions: Sequence[Action]) -> tuple[str, dict[str, object], dict[str, str]]:
    """(command, its data, what is missing by field): the fields that the action asks for, each in its type."""
    type_ = sent.pick if sent.type == "verdict" else sent.type
    if type_ in CLAIMS:
        return type_, {"task": sent.task}, {}
    action = next((a for a in actions if a.type == type_ and a.task in (0, sent.task)), None)
    data: dict[str, object] = {}
    if sent.task and type_ not in VERDICTS:
        data["task"] = sent.task
    if type_ in STEPS and sent.pick:
        data["outcome"] = sent.pick
    if action is None:
        return type_, data, {}
    asked = [f for f in action.fields if not f.when or sent.pick in f.when]
    for f in asked:
        if f.beside and data.get(f.beside[0]) != f.beside[1]:
            continue
        value = _value(f, sent.typed.get(f"{type_}-{f.name}", sent.typed.get(f.name, "")))
        if value is not None:
            data[f.name] = value
    missing = {}
    if action.allowed:
        missing = {
            f.name: _("请填写%(what)s") % {"what": f.label}
            for f in asked
            if f.required and not data.get(f.name) and (not f.beside or data.get(f.beside[0]) == f.beside[1])
        }
        if action.outcomes and not sent.pick:
            missing["outcome"] = _("请选择结论")
    return type_, data, missing


def _whole(said: str) -> int:
    number = whole_number(said)
    if number is None:
        raise ValueError(said)
    return number


def _value(asked: Asked, said: str) -> object:
    """What was typed, in the type of the field; None where nothing was."""
    if asked.type == "check":
        return bool(said)
    if asked.type in ("lines", "several"):
        return [line.strip() for line in said.splitlines() if line.strip()] or None
    if asked.type == "person" and (person := whole_number(said)):
        return person
    return said or None


@dataclass(frozen=True, slots=True)
class Panels:
    """What the page shows: main forms, other things that can be done, and what cannot."""

    main: tuple[work.ActionPanel, ...]
    others: tuple[tuple[str, work.ActionPanel], ...]
    locked: tuple[work.Locked, ...]


def panels(
    actions: Sequence[Action],
    *,
    action: str,
    seq: int,
    who: str,
    waiting: str,
    choices: Choices,
    claims: Mapping[int, str],
    sent: Sent | None = None,
    errors: Mapping[str, str] | None = None,
    draft: str = "",
    drafted: Mapping[str, str] | None = None,
) -> Panels:
    """Panels from actions.

    Args:
        actions: what the engine said may be done, or not.
        action: where the forms go.
        seq: the number of the last event, sent along so that nobody acts on what they have not seen.
        who: the person's post, in the head of the panel.
        waiting: who has it now, said where there is nothing to do.
        choices: people and posts that can be named.
        claims: task → "claim" or "release", where the person may.
        sent: what was just refused; its form keeps what was typed.
        errors: what is wrong, by field of that form.
        draft: where drafts of the main form are saved.
        drafted: what was saved there before.
    """
    made = _Making(action, seq, who, choices, sent, errors or {}, draft, drafted or {})
    main: list[work.ActionPanel] = []
    used: set[int] = set()
    locked = tuple(work.Locked(a.label, a.why) for a in actions if not a.allowed and a.why)
    for task in dict.fromkeys(a.task for a in actions if a.allowed and a.task):
        own = [a for a in actions if a.allowed and a.task == task]
        verdicts = [a for a in actions if a.allowed and a.type in VERDICTS] if own[0].type in VERDICTS else []
        used |= {id(a) for a in [*own, *verdicts]}
        main.append(made.verdict(task, verdicts) if verdicts else made.step(own[0]))
    others: list[tuple[str, work.ActionPanel]] = [
        (CLAIMS[kind], made.claim(kind, task)) for task, kind in claims.items()
    ]
    others += [(a.label, made.other(a)) for a in actions if a.allowed and id(a) not in used]
    if not main:
        main.append(work.ActionPanel(_("现在没有您的环节"), action, nothing=waiting, id="act"))
    return Panels(tuple(main), tuple(others), locked)


def form_key(type_: str, task: int) -> str:
    """One key for each form of a page: the accepting step has one form for its three verdicts."""
    return f"{'verdict' if type_ in VERDICTS else type_}-{task}"


@dataclass(frozen=True, slots=True)
class _Making:
    action: str
    seq: int
    who: str
    choices: Choices
    sent: Sent | None
    errors: Mapping[str, str]
    draft: str
    drafted: Mapping[str, str]

    def step(self, act: Action) -> work.ActionPanel:
        """A step with its outcomes."""
        typed, errors = self._kept(act.type, act.task)
        chosen = typed.get("outcome", "")
        if len(act.outcomes) == 1:  # no choice is asked where there is none
            chosen = act.outcomes[0][0]
        hints = PRECHECK_HINTS if act.type == "answer_precheck" else PICK_HINTS
        picks = tuple(
            work.Pick(key, name, _(hints[key]) if key in hints else "", key == chosen)
            for key, name in act.outcomes
        )
        shown = tuple(self._field(f, typed, errors, picked=bool(act.outcomes)) for f in act.fields)
        return work.ActionPanel(
            _("%(step)s：您来办") % {"step": act.label},
            self.action,
            self.who,
            picks,
            fields=shown,
            submit=_("提交") if act.outcomes else _("办好，提交"),
            hidden=self._hidden(act.type, act.task),
            command_id=str(uuid4()),
            draft=self.draft,
            id=f"act-{act.task}",
        )

    def verdict(self, task: int, acts: Sequence[Action]) -> work.ActionPanel:
        """The accepting step: accept, refuse, or ask for what is missing."""
        typed, errors = self._kept("verdict", task)
        chosen = typed.get("outcome", "")
        picks = tuple(work.Pick(a.type, a.label, _(PICK_HINTS[a.type]), a.type == chosen) for a in acts)
        shown = [
            self._field(
                Asked(f.name, f.label, f.type, f.required, f.choices, f.help, (a.type,)),
                typed,
                errors,
                picked=True,
            )
            for a in acts
            for f in a.fields
        ]
        return work.ActionPanel(
            _("受理：您来办"),
            self.action,
            self.who,
            picks,
            pick_label=_("怎么处理"),
            fields=tuple(shown),
            submit=_("提交"),
            hidden=self._hidden("verdict", task),
            command_id=str(uuid4()),
            draft=self.draft,
            id=f"act-{task}",
        )

    def other(self, act: Action) -> work.ActionPanel:
        """Anything else, as a form of its own."""
        typed, errors = self._kept(act.type, act.task)
        shown = tuple(self._field(f, typed, errors, prefix=f"{act.type}-") for f in act.fields)
        return work.ActionPanel(
            act.label,
            self.action,
            "",
            fields=shown,
            submit=act.label,
            hidden=self._hidden(act.type, act.task),
            command_id=str(uuid4()),
            id=f"do-{act.type}",
        )

    def claim(self, kind: str, task: int) -> work.ActionPanel:
        """Take a piece of work, or put it back."""
        return work.ActionPanel(
            _(CLAIMS[kind]),
            self.action,
            submit=_(CLAIMS[kind]),
            hidden=self._hidden(kind, task),
            command_id=str(uuid4()),
            id=f"do-{kind}-{task}",
        )

    def _hidden(self, type_: str, task: int) -> dict[str, str]:
        return {"type": type_, "task_no": str(task), "seq": str(self.seq)}

    def _kept(self, type_: str, task: int) -> tuple[Mapping[str, str], Mapping[str, str]]:
        if self.sent is not None and self.sent.form == form_key(type_, task):
            return self.sent.typed, self.errors
        if type_ in (*STEPS, "verdict") and self.drafted.get("task_no") == str(task):
            return self.drafted, {}
        return {}, {}

    def _field(
        self,
        asked: Asked,
        typed: Mapping[str, str],
        errors: Mapping[str, str],
        *,
        picked: bool = False,
        prefix: str = "",
    ) -> Field:
        options = tuple(Option(value, name) for value, name in asked.choices)
        if asked.type == "person":
            options = options or self.choices.people
        elif asked.type == "post":
            options = options or self.choices.posts
        elif asked.type == "other_post":
            options = options or self.choices.elsewhere
        kinds: Mapping[str, fields.FieldType] = {
            "textarea": "textarea",
            "lines": "textarea",
            "number": "number",
            "money": "money",
            "select": "select",
            "check": "checkbox",
            "several": "checkbox",
            "person": "select",
            "post": "select",
            "other_post": "select",
        }
        when = None
        if asked.beside:
            other, value = asked.beside
            when = When(prefix + other, value, said=_("只在选“%(value)s”时填。") % {"value": value})
        elif picked and asked.when:
            when = When("outcome", equals="|".join(asked.when), said=_("只在选了相应结论时填。"))
        name = prefix + asked.name
        given: str | tuple[str, ...] = typed.get(name, asked.value)
        if asked.type == "several":
            given = tuple(str(given).splitlines())
        return Field(
            name,
            asked.label,
            kinds.get(asked.type, "text"),
            given,
            asked.help,
            errors.get(asked.name, ""),
            asked.required,
            options,
            when=when,
            rows=3,
        )
