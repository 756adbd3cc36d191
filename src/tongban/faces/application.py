"""The application form of a matter, built from its version's form definition: asked, read, judged, told again.

Both faces use it: the hall asks one group a screen, the counter all at once. What was typed (`Typed`) is kept as it was
typed, right or wrong; `data` is what the engine gets, in exact JSON types: whole numbers as int, other numbers as text,
dates as ISO text, several choices as a list, agreement as a bool. Fields that are not asked are not in it.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import QueryDict
from django.utils.translation import gettext as _

from tongban.base.codes import CodeError, mask_citizen_id, parse_citizen_id, parse_phone, parse_uscc
from tongban.base.ui.fields import ErrorSummary, Field, FieldGroup, FieldType, Option, When
from tongban.base.ui.format import cn_date
from tongban.engine.conditions import compile_condition, form_facts
from tongban.registry.queries import today as china_today

Typed = Mapping[str, str | list[str]]
LONGEST = 4000  # characters of one answer
# Names that belong to the page and not to the form; so does every name beginning with "_".
PAGE_NAMES = frozenset({"csrfmiddlewaretoken", "command_id", "later"})
_EMPTY: Mapping[str, Any] = {}
_KIT_TYPES: Mapping[str, FieldType] = {
    "textarea": "textarea", "number": "number", "integer": "number", "date": "date", "radio": "radio",
    "select": "select", "checkbox": "checkbox", "boolean": "checkbox", "idcard": "idcard", "uscc": "uscc",
    "mobile": "mobile", "email": "email", "money": "money",
}  # fmt: skip
_AUTOCOMPLETE = {"app_name": "name", "mobile": "tel", "email": "email", "addr": "street-address"}
_UNIT_IN_LABEL = re.compile(r"^(.+?)（([^（）]{1,6})）$")
_PRECISE = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Filled:
    """A value known of the applicant. `shown` stands in the form; typed back unchanged, it means `value`.

    So an identity number can be filled in masked and never leaves the server. `said` tells where it came from. A
    locked value
    cannot be changed: whatever is sent, `value` counts.
    """

    shown: str
    value: str
    said: str = ""
    locked: bool = False


class Read(NamedTuple):
    """A form that was sent: `data` for the engine (asked and right), errors by field name, and what was typed.

    The error "" is of the form as a whole.
    """

    data: dict[str, Any]
    errors: dict[str, str]
    typed: dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class MaterialAsked:
    """A material of the version. `asked`: needed from this applicant, by its necessity and its condition.

    `later`: may be handed in later (容缺后补). `raw` is its entry in the content.
    """

    key: str
    name: str
    necessity: str
    asked: bool
    later: bool
    raw: Mapping[str, Any]

    @property
    def applies(self) -> bool:
        """Whether it is shown at all: a conditional material whose condition does not hold is not."""
        return self.asked or self.necessity in ("optional", "later")


def application_form(
    content: Mapping[str, Any],
    typed: Typed = _EMPTY,
    errors: Mapping[str, str] = _EMPTY,
    filled: Mapping[str, Filled] = _EMPTY,
    *,
    groups: Collection[int] | None = None,
) -> tuple[FieldGroup, ...]:
    """The question groups as kit components, with what was typed, what is wrong and what is known of the applicant.

    `groups` names some of them by place (0 is the first). Put `novalidate` on the <form>: conditional fields are shown
    to those without JavaScript, and the server is the judge.
    """
    labels = {f["name"]: str(f["label"]) for f in form_fields(content)}
    return tuple(
        FieldGroup(
            str(group.get("title", "")),
            tuple(
                _field(f, typed, errors, filled, labels)
                for f in group.get("fields", ())
                if f["type"] != "file"
            ),
            str(group.get("help") or ""),
        )
        for i, group in enumerate(content.get("form", {}).get("groups", ()))
        if groups is None or i in groups
    )


def read_form(
    content: Mapping[str, Any],
    post: QueryDict,
    *,
    filled: Mapping[str, Filled] = _EMPTY,
    before: Typed = _EMPTY,
    groups: Collection[int] | None = None,
    beside: Collection[str] = (),
    on: date | None = None,
) -> Read:
    """Read and judge a form that was sent. A field that the form does not have refuses the whole (error "").

    `before` is what was typed in other groups (conditions may ask about it); `beside` are names of the page's own.
    """
    typed, unknown = typed_in(content, post, groups=groups, beside=beside)
    data, errors = judge(content, {**before, **typed}, filled=filled, groups=groups, on=on)
    if unknown:
        errors[""] = _("提交的内容里有这张表单没有的项，没有收下。请刷新页面再试。")
    return Read(data, errors, typed)


def typed_in(
    content: Mapping[str, Any],
    post: QueryDict,
    *,
    groups: Collection[int] | None = None,
    beside: Collection[str] = (),
) -> tuple[dict[str, str | list[str]], list[str]]:
    """What was typed into the form, right or wrong, and the names that do not belong to it. For drafts.

    What was not sent is not in it (a browser leaves out what is hidden), except boxes that were asked and not ticked.
    """
    fields = {f["name"]: f for f in form_fields(content, groups)}
    typed: dict[str, str | list[str]] = {}
    for name, field in fields.items():
        if _is_several(field):
            if name in post or _holds(field.get("when"), typed):
                typed[name] = [v[:200] for v in post.getlist(name)[:100]]
        elif name in post:
            typed[name] = _tidy(post.get(name, ""))[:LONGEST]
        elif field["type"] in ("checkbox", "boolean") and _holds(field.get("when"), typed):
            typed[name] = ""
    own = PAGE_NAMES | set(beside)
    unknown = [n for n in post if n not in fields and n not in own and not n.startswith("_")]
    return typed, unknown


def judge(
    content: Mapping[str, Any],
    typed: Typed,
    *,
    filled: Mapping[str, Filled] = _EMPTY,
    groups: Collection[int] | None = None,
    on: date | None = None,
) -> tuple[dict[str, Any], dict[str, str]]:
    """The engine's data of what was typed, and what is wrong by field name. With `groups`, only of these."""
    day = on or china_today()
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    wanted = {f["name"] for f in form_fields(content, groups)}
    told: dict[str, Any] = {}
    for field in form_fields(content):
        name = field["name"]
        if not _holds(field.get("when"), told) or field["type"] == "file":
            continue
        given = typed.get(name, "")
        known = filled.get(name)
        if known is not None and (known.locked or given == known.shown):
            given = known.value
        try:
            value = _value(field, given, told, _Day(day, typed, content))
        except _Wrong as wrong:
            if name in wanted:
                errors[name] = wrong.words
            continue
        if value is None:
            if field.get("required") and name in wanted:
                errors[name] = _asked_for(field)
            continue
        told[name] = value
        if name in wanted:
            values[name] = value
    return values, errors


def typed_of(data: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """The engine's data as it would have been typed, to be shown and changed (补正, 代填)."""
    typed: dict[str, str | list[str]] = {}
    for name, value in data.items():
        if isinstance(value, bool):
            typed[name] = "1" if value else ""
        elif isinstance(value, list):
            typed[name] = [str(v) for v in value]
        else:
            typed[name] = "" if value is None else str(value)
    return typed


def kept_of(content: Mapping[str, Any], typed: Typed) -> tuple[dict[str, str | list[str]], list[str]]:
    """Of what was typed under another version, what fits this one, and the names that do not."""
    fields = {f["name"]: f for f in form_fields(content)}
    kept: dict[str, str | list[str]] = {}
    lost: list[str] = []
    for name, value in typed.items():
        field = fields.get(name)
        options = [] if field is None else list(field.get("options") or ())
        several = field is not None and _is_several(field)
        if field is None or several != isinstance(value, list):
            fits = not value
        elif isinstance(value, list):
            kept[name] = [v for v in value if v in options]
            fits = kept[name] == value
        else:
            fits = not options or value in ("", *options)
            if fits:
                kept[name] = value
        if not fits:
            lost.append(name)
    return kept, lost


def form_told(
    content: Mapping[str, Any], data: Mapping[str, Any], masks: Mapping[str, str] = _EMPTY
) -> list[tuple[str, list[tuple[str, str]]]]:
    """The filled form to read: (group title, [(label, answer in words)]), only what was answered.

    `masks` says for some fields what to show instead of the answer; identity numbers are masked in any case.
    """
    told = []
    for group in content.get("form", {}).get("groups", ()):
        rows = [
            (_label(f)[0], masks.get(f["name"]) or answer_words(f, data[f["name"]]))
            for f in group.get("fields", ())
            if data.get(f["name"]) not in (None, "", [])
        ]
        if rows:
            told.append((str(group.get("title", "")), rows))
    return told


def answer_words(field: Mapping[str, Any], value: Any) -> str:
    """One answer as people read it."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return "、".join(str(v) for v in value)
    if field["type"] == "idcard":
        return mask_citizen_id(str(value))
    if field["type"] == "date":
        try:
            return cn_date(date.fromisoformat(str(value)))
        except ValueError:
            return str(value)
    if field["type"] in ("money", "number", "integer"):
        try:
            return f"{Decimal(str(value)):,} {_label(field)[1]}".rstrip()
        except InvalidOperation:
            return str(value)
    return str(value)


def materials_asked(
    content: Mapping[str, Any],
    data: Mapping[str, Any],
    *,
    applicant_kind: str = "person",
    channel: str = "web",
) -> tuple[MaterialAsked, ...]:
    """Every material of the version, and whether this application needs it."""
    facts = {
        "form": form_facts({f["name"]: f for f in form_fields(content)}, data),
        "case": {"channel": channel, "applicant_kind": applicant_kind},
    }
    rows = []
    for m in content.get("materials", ()):
        necessity = m["necessity"]
        asked = necessity == "required"
        if necessity == "conditional" and m.get("when"):
            asked = compile_condition(m["when"]).test(facts)
        rows.append(MaterialAsked(m["key"], m["name"], necessity, asked, necessity == "later", m))
    return tuple(rows)


def form_fields(content: Mapping[str, Any], groups: Collection[int] | None = None) -> list[Mapping[str, Any]]:
    """The fields of the form definition in order, of all groups or of some."""
    return [
        f
        for i, g in enumerate(content.get("form", {}).get("groups", ()))
        if groups is None or i in groups
        for f in g.get("fields", ())
    ]


def error_summary(
    content: Mapping[str, Any], errors: Mapping[str, str], *, kept: str | None = None
) -> ErrorSummary | None:
    """What has to be mended, in the order of the form; None where nothing is wrong."""
    lines = [("main", errors[""])] if "" in errors else []
    lines += [
        (f"f-{f['name']}", f"{_label(f)[0]}：{errors[f['name']]}")
        for f in form_fields(content)
        if f["name"] in errors
    ]
    if not lines:
        return None
    return ErrorSummary(tuple(lines)) if kept is None else ErrorSummary(tuple(lines), kept)


# -- asking ------------------------------------------------------------------------------------------


def _field(
    field: Mapping[str, Any],
    typed: Typed,
    errors: Mapping[str, str],
    filled: Mapping[str, Filled],
    labels: Mapping[str, str],
) -> Field:
    name, label = field["name"], _label(field)
    known = filled.get(name)
    given = typed.get(name)
    if known is not None and (known.locked or given is None):  # what was emptied stays empty
        given = known.shown
    kind: FieldType = _KIT_TYPES.get(field["type"], "text")
    if kind == "money" and label[1] not in ("", "元"):
        kind = "number"  # 万元: the unit says it, a ¥ before it would not
    when = field.get("when")
    longest = _longest(field)
    options = [str(o) for o in field.get("options") or ()]
    if known is not None and known.locked:
        options = [o for o in options if o == known.shown]
        kind = kind if options else "text"  # a masked number is not to be checked while typing
    asked = Field(
        name,
        label[0],
        kind,
        value=given if given is not None else ([] if _is_several(field) else ""),
        hint="" if known is not None and known.locked else str(field.get("help") or _hint(field)),
        error=errors.get(name, ""),
        required=bool(field.get("required")),
        options=tuple(Option(o, o) for o in options),
        filled=known.said if known is not None and given == known.shown else "",
        unit=label[1] if kind in ("number", "money") else "",
        autocomplete=_AUTOCOMPLETE.get(name, "off"),
        maxlength=longest,
        readonly=known is not None and known.locked,
        wide=field["type"] in ("text", "address") and (longest is None or longest > 60),
    )
    if not when:
        return asked
    said = _("只在“%(field)s”选“%(value)s”时填。") % {
        "field": labels.get(when["field"], when["field"]),
        "value": when.get("equals", when.get("contains")),
    }
    rule = When(when["field"], str(when.get("equals", "")), str(when.get("contains", "")), said)
    return replace(asked, when=rule)


def _label(field: Mapping[str, Any]) -> tuple[str, str]:
    """Name and unit: “经营场所面积（平方米）” asks for an area in square metres."""
    label = str(field["label"])
    if field["type"] in ("number", "integer", "money") and (found := _UNIT_IN_LABEL.match(label)):
        return found[1], found[2]
    return label, ""


def _hint(field: Mapping[str, Any]) -> str:
    rule = field.get("validation") or {}
    said = str(rule.get("constraint", ""))
    if field["type"] == "datetime":
        return _("如 2026-11-21 09:30")
    if rule.get("rule") == "number" and (found := re.fullmatch(r"(\d+)-(\d+)", said)):
        return _("%(low)s 到 %(high)s 之间") % {"low": found[1], "high": found[2]}
    if rule.get("rule") == "date" and said and said != "YYYY-MM-DD":
        return said
    return ""


def _longest(field: Mapping[str, Any]) -> int | None:
    rule = field.get("validation") or {}
    if field["type"] in ("text", "textarea", "address") and rule.get("rule") == "length":
        return _range(str(rule.get("constraint", "")))[1]
    return None


def _is_several(field: Mapping[str, Any]) -> bool:
    return field["type"] == "checkbox" and bool(field.get("options"))


# -- judging -----------------------------------------------------------------------------------------


class _Wrong(Exception):
    """What is wrong with one answer, in the reader's words."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True)
class _Day:
    """What dates are compared with: today, and other dates of the form by their label."""

    today: date
    typed: Typed
    content: Mapping[str, Any]

    def of(self, label: str) -> date | None:
        for f in form_fields(self.content):
            if f["type"] == "date" and str(f["label"]) == label:
                try:
                    return date.fromisoformat(str(self.typed.get(f["name"], "")))
                except ValueError:
                    return None
        return None


def _holds(when: Mapping[str, Any] | None, told: Mapping[str, Any]) -> bool:
    """Whether the field is asked, by the answers so far. A field whose question was not asked has no answer."""
    if not when:
        return True
    given = told.get(when["field"])
    if "contains" in when:
        return when["contains"] in given if isinstance(given, list | str) else False
    wanted = when.get("equals")
    return wanted in given if isinstance(given, list) else given == wanted


def _asked_for(field: Mapping[str, Any]) -> str:
    if field["type"] in ("radio", "select", "checkbox") and field.get("options"):
        return _("请选择一项") if not _is_several(field) else _("请至少选一项")
    if field["type"] in ("checkbox", "boolean"):
        return _("请勾选")
    return _("请填写")


def _value(field: Mapping[str, Any], given: str | list[str], told: Mapping[str, Any], day: _Day) -> Any:
    """The value in its exact type; None where nothing was answered. Raises _Wrong."""
    kind, options = field["type"], [str(o) for o in field.get("options") or ()]
    if _is_several(field):
        chosen = [given] if isinstance(given, str) and given else list(given)
        if any(v not in options for v in chosen):
            raise _Wrong(_("请从列出的选项里选"))
        return [o for o in options if o in chosen] or None
    text = given[0] if isinstance(given, list) and given else "" if isinstance(given, list) else given
    if kind in ("checkbox", "boolean"):
        return text.lower() in ("1", "true", "on", "yes", "是") or None
    text = _tidy(text)
    if not text:
        return None
    if options:
        if text not in options:
            raise _Wrong(_("请从列出的选项里选"))
        return text
    value = _typed_value(kind, text, field, told)
    _obeys(field.get("validation") or {}, value, told, day)
    return value


def _typed_value(kind: str, text: str, field: Mapping[str, Any], told: Mapping[str, Any]) -> Any:
    """A text as the type of its field. Raises _Wrong."""
    match kind:
        case "number" | "integer" | "money":
            return _number(text, whole=kind == "integer", money=kind == "money")
        case "date":
            return _date(text).isoformat()
        case "datetime":
            return _moment(text)
        case "idcard":
            citizen = _holds((field.get("validation") or {}).get("when"), told)
            return _coded(parse_citizen_id, text) if citizen else _foreign_id(text)
        case "uscc":
            return _coded(parse_uscc, text)
        case "mobile" | "phone":
            return _phone(text, mobile=kind == "mobile")
        case "email":
            return _email(text)
        case _:
            return text


def _moment(text: str) -> str:
    try:
        return datetime.fromisoformat(text).isoformat(timespec="minutes")
    except ValueError:
        raise _Wrong(_("请按“2026-11-21 09:30”的样子填日期和时间")) from None


def _foreign_id(text: str) -> str:
    """A passport or permit number: no check digit to go by."""
    if not re.fullmatch(r"[A-Za-z0-9()/-]{5,30}", text):
        raise _Wrong(_("证件号码由 5 到 30 位字母和数字组成，请核对"))
    return text.upper()


def _phone(text: str, *, mobile: bool) -> str:
    try:
        phone = parse_phone(text)
    except CodeError as error:
        raise _Wrong(_("手机号码是 11 位，请核对") if mobile else error.message.rstrip("。")) from None
    if mobile and phone.kind != "mobile":
        raise _Wrong(_("请填手机号码，11 位"))
    return phone.national


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise _Wrong(_("这不像一个邮箱地址")) from None
    return text


def _coded(parse: Any, text: str) -> str:
    try:
        return str(parse(text).text)
    except CodeError as error:
        raise _Wrong(error.message.rstrip("。")) from None


def _number(text: str, *, whole: bool, money: bool) -> int | str:
    plain = re.sub(r"[,\s¥]", "", text)
    if not re.fullmatch(r"-?\d{1,13}(\.\d{1,6})?", plain):
        raise _Wrong(_("请填数字"))
    number = Decimal(plain)
    if abs(number) >= _PRECISE:
        raise _Wrong(_("数字太大，请核对"))
    if number == number.to_integral_value():
        return int(number)
    if whole:
        raise _Wrong(_("请填整数"))
    if money and number != round(number, 2):
        raise _Wrong(_("金额最多两位小数"))
    return format(number.normalize(), "f")


def _date(text: str) -> date:
    plain = re.sub(r"[年月/.]", "-", text).rstrip("日")
    try:
        year, month, day = (int(p) for p in plain.split("-"))
        found = date(year, month, day)
    except ValueError:
        raise _Wrong(_("请填一个日期，如 2026-11-21")) from None
    if not 1900 <= found.year <= 2200:  # nobody living, and no plan, lies outside
        raise _Wrong(_("年份不对，请核对"))
    return found


def _obeys(rule: Mapping[str, Any], value: Any, told: Mapping[str, Any], day: _Day) -> None:
    """Check the validation rule of the definition. Raises _Wrong."""
    if not rule or not _holds(rule.get("when"), told):
        return
    said = str(rule.get("constraint", ""))
    match rule.get("rule"):
        case "length":
            low, high = _range(said)
            now = len(str(value))
            if not (low or 0) <= now <= (high or LONGEST):
                raise _Wrong(
                    _("应为 %(low)s 到 %(high)s 个字，现在是 %(now)s 个")
                    % {"low": low or 0, "high": high or LONGEST, "now": now}
                )
        case "regex":
            if not re.fullmatch(str(rule.get("pattern", "")), str(value)):
                raise _Wrong(str(rule.get("message") or _("格式不对，请核对")))
        case "number":
            _in_range(Decimal(str(value)), said)
        case "date":
            _on_time(date.fromisoformat(str(value)[:10]), said, day)
        case "gb11643":
            _coded(parse_citizen_id, str(value))
        case "gb32100":
            _coded(parse_uscc, str(value))


def _in_range(value: Decimal, said: str) -> None:
    if found := re.fullmatch(r"(>=|>|<=|<)\s*(-?\d+(?:\.\d+)?)", said):
        sign, bound = found[1], Decimal(found[2])
        fits = {">": value > bound, ">=": value >= bound, "<": value < bound, "<=": value <= bound}[sign]
        words = {">": _("应大于"), ">=": _("不能小于"), "<": _("应小于"), "<=": _("不能大于")}[sign]
        if not fits:
            raise _Wrong(f"{words} {bound:,}")
    elif found := re.fullmatch(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)", said):
        low, high = Decimal(found[1]), Decimal(found[2])
        if not low <= value <= high:
            raise _Wrong(_("应在 %(low)s 到 %(high)s 之间") % {"low": f"{low:,}", "high": f"{high:,}"})


def _on_time(value: date, said: str, day: _Day) -> None:
    today = day.today
    if said.startswith("晚于") and (other := day.of(said.removeprefix("晚于"))) and value <= other:
        raise _Wrong(said)
    if found := re.fullmatch(r"距今满(\d+)周年", said):
        if (today.year - value.year - ((today.month, today.day) < (value.month, value.day))) < int(found[1]):
            raise _Wrong(_("%(said)s才能申请，请核对") % {"said": said})
    elif said == "距今满半年":
        if value > today - timedelta(days=182):
            raise _Wrong(_("距今满半年才能申请，请核对"))
    elif (said == "不晚于当日" and value > today) or (said == "不早于当日" and value < today):
        raise _Wrong(_("不能晚于今天") if value > today else _("不能早于今天"))
    elif said == "不早于次日" and value <= today:
        raise _Wrong(_("最早从明天起"))


def _range(said: str) -> tuple[int | None, int | None]:
    found = re.fullmatch(r"(\d*)\s*-\s*(\d*)", said)
    if found is None:
        return None, None
    return (int(found[1]) if found[1] else None), (int(found[2]) if found[2] else None)


def _tidy(text: str) -> str:
    """Full-width letters and digits as they are meant, no control characters, no blanks around."""
    narrow = "".join(
        unicodedata.normalize("NFKC", c) if "\uff10" <= c <= "\uff5a" and c.isalnum() else c for c in text
    ).replace("\u3000", " ")
    return "".join(c for c in narrow if c in "\n\t" or unicodedata.category(c) != "Cc").strip()
