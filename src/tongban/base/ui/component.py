"""What all components have in common: a frozen dataclass that renders one template as `c`.

Not for pages: a page is a template that extends `ui/public.html`, `ui/staff.html` or `ui/wall.html`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.template import loader
from django.utils.safestring import SafeString, mark_safe


@dataclass(frozen=True)
class Component:
    """Base of every component; `{{ c }}` in a template and `str(c)` in Python both give its HTML."""

    template: ClassVar[str]

    def render(self, context: Mapping[str, Any] | None = None) -> SafeString:
        """The component as HTML. `context` carries `csrf_token` and `site` to components that hold a form."""
        return mark_safe(loader.get_template(self.template).render({**(context or {}), "c": self}))  # noqa: S308 - a template made it

    def __str__(self) -> str:
        return self.render()

    def __html__(self) -> str:
        return self.render()


# What a caller may put where a text is shown: a plain text (escaped), or any component.
Shown = str | Component
