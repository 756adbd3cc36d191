"""Which materials an application needs, by their necessity and their condition."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tongban.engine.conditions import compile_condition, form_facts
from tongban.faces.application.typed import form_fields


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
