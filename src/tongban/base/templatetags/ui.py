"""`{% load ui %}`: the kit's tags and filters for templates.

Components made in a view are written `{{ component }}`; `{% ui component %}` is for those that hold a form.
The short tags here are for what a template may say by itself: a chip, an icon, a notice, a panel.
"""

import uuid
from functools import lru_cache
from typing import Any, Literal

from django import template
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from tongban.base.ui.component import Component
from tongban.base.ui.fields import Field, errors_of, field_of
from tongban.base.ui.format import cn_date, cn_day, cn_time, cn_weekday, money, thousands
from tongban.base.ui.parts import Chip, ChipKind, Notice, Panel
from tongban.base.ui.site import Site, chrome_of, current_site

register = template.Library()

for _filter in (cn_date, cn_day, cn_time, cn_weekday, money, thousands):
    register.filter(_filter.__name__, _filter)


@register.simple_tag(takes_context=True)
def ui(context: Context, component: Component | None) -> SafeString:
    """Render a component with the request's CSRF token. Nothing for None."""
    if component is None:
        return mark_safe("")
    return component.render(
        {"csrf_token": context.get("csrf_token"), "site": context.get("site") or current_site()}
    )


@register.simple_tag(takes_context=True)
def page_chrome(context: Context) -> str:
    """Give the shells `site` and `chrome` also where no context processor ran (error pages)."""
    if "chrome" not in context:
        context["chrome"] = chrome_of(context.get("request"))
    if not isinstance(context.get("site"), Site):  # sign-in pages bring Django's own site along
        context["site"] = current_site()
    return ""


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite. Decoration unless `label` says what it means."""
    if not label:
        return _decoration(name)
    return format_html(
        '<svg class="i" role="img" aria-label="{}"><use href="{}"></use></svg>', label, _in_sprite(name)
    )


@register.simple_tag
def chip(kind: ChipKind, text: str, icon: str = "") -> SafeString:
    """`{% chip "ok" "合格" %}`"""
    return Chip(kind, text, icon).render()


@register.simple_tag
def field(name_or_field: Any, **over: Any) -> SafeString:
    """`{% field form.phone type="mobile" %}` — a kit field, or a Django form field dressed as one."""
    if isinstance(name_or_field, Field):
        return name_or_field.render()
    return field_of(name_or_field, **over).render()


@register.simple_tag
def form_errors(form: Any) -> SafeString:
    """The error summary of a Django form; nothing where there is no error."""
    summary = errors_of(form)
    return summary.render() if summary else mark_safe("")


@register.simple_block_tag
def notice(
    content: SafeString,
    kind: Literal["", "ok", "warn", "bad"],
    title: str,
    id: str = "",  # noqa: A002 - the HTML name
) -> SafeString:
    """`{% notice "warn" "请在 12月7日 前补齐" %}…{% endnotice %}`"""
    return Notice(kind, title, id=id, text=content).render()


@register.simple_block_tag
def panel(
    content: SafeString,
    title: str,
    id: str,  # noqa: A002 - the HTML name
    note: str = "",
    more: str = "",
    href: str = "",
    css: str = "",
) -> SafeString:
    """A workbench panel. `css`: `tb-gap`, a board width (`s3` … `s12`), or both."""
    return Panel(title, id, content, note, more, href, css).render()


@register.simple_tag
def command_id() -> str:
    """A fresh id for a form: the same form sent twice is carried out once."""
    return str(uuid.uuid4())


@lru_cache(maxsize=512, typed=True)  # typed: a text that is marked as safe equals one that is not
def _decoration(name: str) -> SafeString:
    """The icon as a page has fifty of. Where the sprite lies does not change while the program runs."""
    return format_html(
        '<svg class="i" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', _in_sprite(name)
    )


def _in_sprite(name: str) -> str:
    return f"{static('vendor/icons.svg')}#{name}"
