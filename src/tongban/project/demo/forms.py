"""Filling in a form the way an applicant would, from its field definitions (data/answers.json). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from tongban.project.demo.people import Firm, Person, Population
from tongban.project.demo.tables import table


def fill(
    content: Mapping[str, Any], who: Person, firm: Firm | None, town: Population, rng: Random, today: date,
    given: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Answers to every field the form shows; numbers that are not whole would be text, and dates are ISO text.

    `given` are answers that are settled already.
    """
    given = given or {}
    applying = _Applying(who, firm, town, rng, today)
    data: dict[str, Any] = {}
    for group in content["form"]["groups"]:
        for field in group["fields"]:
            if not _shown(field.get("when"), data):
                continue
            if field["name"] in given:
                data[field["name"]] = given[field["name"]]
                continue
            if not field["required"] and rng.random() < 0.3:
                continue
            value = applying.answer(field)
            if value not in (None, "", []):
                data[field["name"]] = value
    return data


def _shown(when: Mapping[str, Any] | None, data: Mapping[str, Any]) -> bool:
    if not when:
        return True
    given = data.get(when["field"])
    if "contains" in when:
        return isinstance(given, list) and when["contains"] in given
    return bool(given == when["equals"])


@dataclass(frozen=True, slots=True)
class _Applying:
    """Who fills the form, and by what chance."""

    who: Person
    firm: Firm | None
    town: Population
    rng: Random
    today: date

    def answer(self, field: Mapping[str, Any]) -> Any:
        """What is written into a field."""
        name, kind, rng = field["name"], field["type"], self.rng
        about = self._about_themself(name)
        if about is not None:
            return about
        if name == "old_number":  # whoever applies here applies anew
            return ""
        if kind == "table":
            return [{c["name"]: self.answer(c) for c in field["columns"]} for _ in range(rng.randint(1, 3))]
        if field.get("options"):
            return self._choose(name, kind, list(field["options"]))
        plain = name.rpartition("_")[2]
        if kind == "date":
            return (self.today + timedelta(days=_shift(name, rng))).isoformat()
        if kind in {"number", "integer", "money"}:
            amounts = table("answers.json")["amounts"]
            return rng.choice(amounts.get(name) or amounts.get(plain) or [3, 6, 12])
        texts = table("answers.json")["texts"]
        if kind in {"idcard", "uscc", "mobile"}:
            return self._somebody(kind)
        answers = texts.get(name) or texts.get(plain)
        return rng.choice(answers) if answers else self.town.person().name  # what is left asks for a name

    def _about_themself(self, name: str) -> Any:
        who, firm = self.who, self.firm
        known = {
            "app_type": "法人或其他组织" if firm else "自然人",
            "app_name": who.name,
            "id_type": "居民身份证",
            "id_no": who.id_number,
            "org_name": firm.name if firm else "",
            "uscc": firm.code if firm else "",
            "legal_name": firm.legal.name if firm else who.name,
            "mobile": who.phone,
            "addr": firm.address if firm else who.address,
            "by_agent": "否",
            "post_addr": who.address,
            "live_addr": who.address,
        }
        if name == "delivery":
            return self.rng.choice(("电子证照", "电子证照", "窗口领取", "邮寄送达"))
        return known.get(name)

    def _choose(self, name: str, kind: str, options: list[str]) -> Any:
        rng = self.rng
        if kind == "checkbox":
            return options[:1] + [o for o in options[1:] if rng.random() < 0.25]
        if options == ["是", "否"]:
            return "是" if name in _MUST_BE_YES else rng.choices(options, (30, 70))[0]
        if options == ["否", "是"]:
            return "否"
        return rng.choices(options, [3.0] + [1.0] * (len(options) - 1))[0]

    def _somebody(self, kind: str) -> str:
        other = self.town.person()
        if kind == "uscc":
            return self.town.firm().code
        return other.id_number if kind == "idcard" else other.phone


#: Questions to which only one answer lets the case go on as told.
_MUST_BE_YES = frozenset({"meter", "alarm", "grease", "negotiated"})


def _shift(name: str, rng: Random) -> int:
    """How many days from today such a date lies."""
    if name == "birth":
        return -rng.randint(5, 40)
    if name in ("license_date", "since"):
        return -rng.randint(400, 2600)
    if name in ("end", "end_date", "next"):
        return rng.randint(120, 360)
    if name in ("start", "book", "time", "due", "open_date"):
        return rng.randint(1, 30)
    return -rng.randint(3, 60)
