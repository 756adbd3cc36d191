"""Parts that ask something: fields, the error summary, uploads, step progress, the buttons under a form.

The server is the judge of every value; `check` only names the check the browser may repeat while typing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar, Literal

from django import forms
from django.forms.boundfield import BoundField

from tongban.base.ui.component import Component, Shown
from tongban.base.ui.parts import Act

FieldType = Literal[
    "text", "textarea", "radio", "checkbox", "select", "date", "money", "number",
    "idcard", "uscc", "mobile", "file", "email", "password", "search",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    hint: str = ""
    group: str = ""  # heading in a drop-down; options of one group stand together


@dataclass(frozen=True, slots=True)
class When:
    """The field is asked only when another field has a value. Without JavaScript it is always shown, with `said`.

    `equals` may name several values, with "|" between them.
    """

    field: str
    equals: str = ""
    contains: str = ""
    said: str = ""


@dataclass(frozen=True)
class Field(Component):
    """One question: label → hint → error → control.

    `value` is a text, or a sequence of texts for checkboxes. Ids: `f-name` (the first control, where the error summary
    leads), `h-name` hint, `e-name` error; with `place`, `-place` behind each.
    """

    name: str
    label: str
    type: FieldType = "text"
    value: Any = ""
    hint: str = ""
    error: str = ""
    required: bool = True
    options: tuple[Option, ...] = ()
    filled: str = ""  # where a value that was filled in for the person came from
    when: When | None = None
    unit: str = ""
    rows: int = 4
    autocomplete: str = "off"
    placeholder: str = ""
    maxlength: int | None = None
    accept: str = ""
    multiple: bool = False
    wide: bool = False
    readonly: bool = False
    focus: bool = False  # where typing begins; one on a page
    suggest: str = ""  # name of the Suggestions on the page that this field offers
    place: str = ""  # sets it apart where several forms of a page ask the same
    template: ClassVar[str] = "ui/field.html"

    @property
    def key(self) -> str:
        return f"{self.name}-{self.place}" if self.place else self.name

    @property
    def id(self) -> str:
        return f"f-{self.key}"

    @property
    def is_group(self) -> bool:
        return self.type == "radio" or (self.type == "checkbox" and bool(self.options))

    @property
    def described_by(self) -> str:
        ids = [f"h-{self.key}"] if self.hint or self.when_said else []
        return " ".join(ids + ([f"e-{self.key}"] if self.error else []))

    @property
    def when_said(self) -> str:
        return self.when.said if self.when else ""

    @property
    def input_type(self) -> str:
        return {
            "date": "date",
            "mobile": "tel",
            "email": "email",
            "password": "password",
            "search": "search",
        }.get(self.type, "text")

    @property
    def inputmode(self) -> str:
        return {"money": "decimal", "number": "decimal", "mobile": "tel"}.get(self.type, "")

    @property
    def check(self) -> str:
        return self.type if self.type in ("idcard", "uscc", "mobile", "money", "number") else ""

    @property
    def length(self) -> int | None:
        return self.maxlength or {"idcard": 18, "uscc": 18, "mobile": 20}.get(self.type)

    @property
    def chosen(self) -> frozenset[str]:
        if isinstance(self.value, str):
            return frozenset((self.value,)) if self.value else frozenset()
        if isinstance(self.value, Sequence):
            return frozenset(str(v) for v in self.value)
        return frozenset((str(self.value),)) if self.value not in (None, False) else frozenset()

    @property
    def prompts(self) -> bool:
        """Whether a list begins with “请选择”: nothing is chosen, and nothing is no choice of its own."""
        return not self.chosen and all(o.value for o in self.options)

    @property
    def checked(self) -> bool:
        return self.value not in ("", None, False, "0", "false")

    def choices(self) -> list[tuple[Option, str, bool]]:
        """(option, id of its control, chosen)."""
        chosen = self.chosen
        return [
            (o, self.id if i == 0 else f"{self.id}-{i}", o.value in chosen)
            for i, o in enumerate(self.options)
        ]

    def grouped(self) -> list[tuple[str, list[tuple[Option, str, bool]]]]:
        """The choices under their headings, "" for what stands without one."""
        return [(group, list(those)) for group, those in groupby(self.choices(), lambda row: row[0].group)]


def field_of(bound: BoundField, **over: Any) -> Field:
    """A Django form field as a kit field; `over` replaces any attribute. The type follows the widget."""
    base, widget = bound.field, bound.field.widget
    type_: FieldType = "text"
    match widget:
        case forms.Textarea():
            type_ = "textarea"
        case forms.CheckboxSelectMultiple() | forms.CheckboxInput():
            type_ = "checkbox"
        case forms.RadioSelect():
            type_ = "radio"
        case forms.Select():
            type_ = "select"
        case forms.FileInput():
            type_ = "file"
        case forms.DateInput():
            type_ = "date"
        case forms.NumberInput():
            type_ = "number"
        case forms.PasswordInput():
            type_ = "password"
        case forms.EmailInput():
            type_ = "email"
    options = tuple(
        Option(str(value), str(label))
        for value, label in getattr(base, "choices", ())
        if not isinstance(label, (list, tuple))
    )
    given: dict[str, Any] = {
        "name": bound.html_name,
        "label": str(bound.label),
        "type": type_,
        "value": "" if (v := bound.value()) is None else v,
        "hint": str(bound.help_text),
        "error": " ".join(str(e) for e in bound.errors),
        "required": base.required,
        "options": options,
        "maxlength": getattr(base, "max_length", None),
    }
    return Field(**{**given, **over})


#: What is true where answers and files are kept as they come.
KEPT = "您填的内容和传好的文件都已保存，没有丢失。"


@dataclass(frozen=True)
class ErrorSummary(Component):
    """What has to be mended, on top of the form, each line leading to its field.

    `kept` says what was not lost, `onward` that another step comes after this one: nothing is said that is not true here.
    """

    errors: tuple[tuple[str, str], ...]  # (id of the control, what is wrong)
    kept: str = ""
    onward: bool = False
    template: ClassVar[str] = "ui/error_summary.html"


def errors_of(form: forms.BaseForm) -> ErrorSummary | None:
    """The summary of a Django form, or None where nothing is wrong. Errors of the whole form lead to its top."""
    if not form.errors:
        return None
    lines = [("main", str(e)) for e in form.non_field_errors()]
    lines += [(f"f-{b.html_name}", f"{b.label}：{e}") for b in form for e in b.errors]
    return ErrorSummary(tuple(lines))


def summary_of(fields: Sequence[Field]) -> ErrorSummary | None:
    """The summary of kit fields, or None where none has an error."""
    lines = tuple((f.id, f"{f.label}：{f.error}") for f in fields if f.error)
    return ErrorSummary(lines) if lines else None


@dataclass(frozen=True)
class FieldGroup(Component):
    """One question group = one screen on a phone."""

    title: str
    parts: tuple[Component, ...]
    hint: str = ""
    template: ClassVar[str] = "ui/field_group.html"


@dataclass(frozen=True)
class Upload(Component):
    """One material in the uploader: its state, what was read from it, the next act.

    `url` lets JavaScript send the file at once and replace the row with what the server answers (this same component);
    without it the file goes with the form under `name`. `own` offers what the person has already and fits, under
    `_own.<name>`, `others` the rest, folded.
    """

    name: str
    title: str
    state: Literal["ok", "bad", "run", "todo"]
    need: str = ""  # “必交”, “选交 · 2 个文件”, “必交 · 免上传”
    text: Shown = ""
    error: str = ""
    read: tuple[tuple[str, Shown], ...] = ()
    acts: tuple[tuple[str, str], ...] = ()  # (text, href)
    asks: bool = False  # show the file control
    accept: str = ".jpg,.jpeg,.png,.pdf,.ofd"
    multiple: bool = False
    most: int | None = None  # files it takes in all, where there may be several
    progress: int | None = None  # percent
    url: str = ""
    own: tuple[Option, ...] = ()  # of what the person has already, what fits
    others: tuple[Option, ...] = ()  # and the rest, folded, under `_other.<name>`
    template: ClassVar[str] = "ui/upload.html"

    @property
    def id(self) -> str:
        return f"u-{self.name}"

    @property
    def icon(self) -> str:
        return {
            "ok": "check-circle-fill",
            "bad": "exclamation-octagon-fill",
            "run": "arrow-up-circle-fill",
            "todo": "circle",
        }[self.state]


@dataclass(frozen=True)
class Uploads(Component):
    rows: tuple[Upload, ...]
    template: ClassVar[str] = "ui/uploads.html"


@dataclass(frozen=True)
class Steps(Component):
    """Progress of a form. `names` in order; `current` counts from 1; done steps may be links."""

    names: tuple[str, ...]
    current: int
    hrefs: tuple[str, ...] = ()
    template: ClassVar[str] = "ui/steps.html"

    def listed(self) -> list[tuple[str, str, str]]:
        """(name, "done" | "now" | "next", href)."""
        out = []
        for i, name in enumerate(self.names, 1):
            state = "done" if i < self.current else "now" if i == self.current else "next"
            out.append((name, state, self.hrefs[i - 1] if state == "done" and i <= len(self.hrefs) else ""))
        return out

    @property
    def current_name(self) -> str:
        return self.names[self.current - 1]


@dataclass(frozen=True)
class FormNav(Component):
    """Buttons under a form: back on the left, later and on on the right. `later` is a submit named `later`."""

    submit: str
    back: Act | None = None
    later: str = ""
    other: tuple[str, str] | None = None  # another way of sending it: the button's name and words
    template: ClassVar[str] = "ui/formnav.html"


@dataclass(frozen=True)
class Confirm(Component):
    """A page that asks before something that cannot be taken back (instead of a modal). POSTs to `action`."""

    title: str
    action: str
    submit: str
    back: Act
    consequences: tuple[str, ...] = ()
    rows: tuple[tuple[str, Shown], ...] = ()
    fields: tuple[Field, ...] = ()
    hidden: Mapping[str, str] | None = None
    danger: bool = False
    command_id: str = ""
    template: ClassVar[str] = "ui/confirm.html"
