"""One answer: a text as the type of its field, obeying the rule of the definition. What is wrong is `Wrong`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from tongban.base.codes import CodeError, parse_citizen_id, parse_phone, parse_uscc
from tongban.base.patterns import pattern
from tongban.faces.application.typed import LONGEST, Typed, form_fields, holds, is_several, tidy
from tongban.registry.answers import range_of

_PRECISE = Decimal(10) ** 12


class Wrong(Exception):
    """What is wrong with one answer, in the reader's words."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True)
class Day:
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


def asked_for(field: Mapping[str, Any]) -> str:
    """What is said where an answer is missing."""
    if field["type"] in ("radio", "select", "checkbox") and field.get("options"):
        return _("请选择一项") if not is_several(field) else _("请至少选一项")
    if field["type"] in ("checkbox", "boolean"):
        return _("请勾选")
    return _("请填写")


def value_of(field: Mapping[str, Any], given: str | list[str], told: Mapping[str, Any], day: Day) -> Any:
    """The value in its exact type; None where nothing was answered. Raises Wrong."""
    kind, options = field["type"], [str(o) for o in field.get("options") or ()]
    if is_several(field):
        chosen = [given] if isinstance(given, str) and given else list(given)
        if any(v not in options for v in chosen):
            raise Wrong(_("请从列出的选项里选"))
        return [o for o in options if o in chosen] or None
    text = given[0] if isinstance(given, list) and given else "" if isinstance(given, list) else given
    if kind in ("checkbox", "boolean"):
        return text.lower() in ("1", "true", "on", "yes", "是") or None
    text = tidy(text)
    if not text:
        return None
    if options:
        if text not in options:
            raise Wrong(_("请从列出的选项里选"))
        return text
    value = _typed_value(kind, text, field, told)
    _obeys(field.get("validation") or {}, value, told, day)
    return value


def _typed_value(kind: str, text: str, field: Mapping[str, Any], told: Mapping[str, Any]) -> Any:
    """A text as the type of its field. Raises Wrong."""
    match kind:
        case "number" | "integer" | "money":
            return _number(text, whole=kind == "integer", money=kind == "money")
        case "date":
            return _date(text).isoformat()
        case "datetime":
            return _moment(text)
        case "idcard":
            citizen = holds((field.get("validation") or {}).get("when"), told)
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
        raise Wrong(_("请按“2026-11-21 09:30”的样子填日期和时间")) from None


def _foreign_id(text: str) -> str:
    """A passport or permit number: no check digit to go by."""
    if not re.fullmatch(r"[A-Za-z0-9()/-]{5,30}", text):
        raise Wrong(_("证件号码由 5 到 30 位字母和数字组成，请核对"))
    return text.upper()


def _phone(text: str, *, mobile: bool) -> str:
    try:
        phone = parse_phone(text)
    except CodeError as error:
        raise Wrong(_("手机号码是 11 位，请核对") if mobile else error.message.rstrip("。")) from None
    if mobile and phone.kind != "mobile":
        raise Wrong(_("请填手机号码，11 位"))
    return phone.national


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise Wrong(_("这不像一个邮箱地址")) from None
    return text


def _coded(parse: Any, text: str) -> str:
    try:
        return str(parse(text).text)
    except CodeError as error:
        raise Wrong(error.message.rstrip("。")) from None


def _number(text: str, *, whole: bool, money: bool) -> int | str:
    plain = re.sub(r"[,\s¥]", "", text)
    if not re.fullmatch(r"-?\d{1,13}(\.\d{1,6})?", plain):
        raise Wrong(_("请填数字"))
    number = Decimal(plain)
    if abs(number) >= _PRECISE:
        raise Wrong(_("数字太大，请核对"))
    if number == number.to_integral_value():
        return int(number)
    if whole:
        raise Wrong(_("请填整数"))
    if money and number != round(number, 2):
        raise Wrong(_("金额最多两位小数"))
    return format(number.normalize(), "f")


def _date(text: str) -> date:
    plain = re.sub(r"[年月/.]", "-", text).rstrip("日")
    try:
        year, month, day = (int(p) for p in plain.split("-"))
        found = date(year, month, day)
    except ValueError:
        raise Wrong(_("请填一个日期，如 2026-11-21")) from None
    if not 1900 <= found.year <= 2200:  # nobody living, and no plan, lies outside
        raise Wrong(_("年份不对，请核对"))
    return found


def _obeys(rule: Mapping[str, Any], value: Any, told: Mapping[str, Any], day: Day) -> None:
    """Check the validation rule of the definition. Raises Wrong."""
    if not rule or not holds(rule.get("when"), told):
        return
    said = str(rule.get("constraint", ""))
    match rule.get("rule"):
        case "length":
            low, high = range_of(said)
            now = len(str(value))
            if not (low or 0) <= now <= (high or LONGEST):
                raise Wrong(
                    _("应为 %(low)s 到 %(high)s 个字，现在是 %(now)s 个")
                    % {"low": low or 0, "high": high or LONGEST, "now": now}
                )
        case "regex":
            if not _fits(str(rule.get("pattern", "")), str(value)):
                raise Wrong(str(rule.get("message") or _("格式不对，请核对")))
        case "number":
            _inrange_of(_as_number(value), said)
        case "date":
            _on_time(_as_day(value), said, day)
        case "gb11643":
            _coded(parse_citizen_id, str(value))
        case "gb32100":
            _coded(parse_uscc, str(value))


def _fits(said: str, value: str) -> bool:
    """Whether it is of the pattern; one that cannot be read, of a version from before such were refused, asks nothing."""
    try:
        return pattern(said)(value)
    except ValueError:
        return True


def _as_number(value: Any) -> Decimal:
    """What was typed, as a number, even where the rule stands on a field of text. Raises Wrong."""
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise Wrong(_("应为数字")) from None


def _as_day(value: Any) -> date:
    """As `_as_number`, for a day."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise Wrong(_("应为日期，如 2026-03-02")) from None


def _inrange_of(value: Decimal, said: str) -> None:
    if found := re.fullmatch(r"(>=|>|<=|<)\s*(-?\d+(?:\.\d+)?)", said):
        sign, bound = found[1], Decimal(found[2])
        fits = {">": value > bound, ">=": value >= bound, "<": value < bound, "<=": value <= bound}[sign]
        words = {">": _("应大于"), ">=": _("不能小于"), "<": _("应小于"), "<=": _("不能大于")}[sign]
        if not fits:
            raise Wrong(f"{words} {bound:,}")
    elif found := re.fullmatch(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)", said):
        low, high = Decimal(found[1]), Decimal(found[2])
        if not low <= value <= high:
            raise Wrong(_("应在 %(low)s 到 %(high)s 之间") % {"low": f"{low:,}", "high": f"{high:,}"})


def _on_time(value: date, said: str, day: Day) -> None:
    today = day.today
    if said.startswith("晚于") and (other := day.of(said.removeprefix("晚于"))) and value <= other:
        raise Wrong(said)
    if found := re.fullmatch(r"距今满(\d+)周年", said):
        if (today.year - value.year - ((today.month, today.day) < (value.month, value.day))) < int(found[1]):
            raise Wrong(_("%(said)s才能申请，请核对") % {"said": said})
    elif said == "距今满半年":
        if value > today - timedelta(days=182):
            raise Wrong(_("距今满半年才能申请，请核对"))
    elif (said == "不晚于当日" and value > today) or (said == "不早于当日" and value < today):
        raise Wrong(_("不能晚于今天") if value > today else _("不能早于今天"))
    elif said == "不早于次日" and value <= today:
        raise Wrong(_("最早从明天起"))
