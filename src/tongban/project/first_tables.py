"""Migrations of an empty database, where Django's care for models that are related by many corners has nothing to guard.

After every step Django makes the classes of the changed model anew, and of all that are related to it over any number of
corners: here nearly every model, as all lead to the case and the account. That was nine tenths of the first start.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db.migrations.state import ProjectState

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def rendered_sparingly() -> Iterator[None]:
    """Inside, what only grows by a model or a field is made anew by itself; its neighbours keep the class they knew.

    Their columns stay as they are, so the statements are the same. A change that neighbours must follow (a field altered
    that others refer to, a name changed, a relation taken away) goes Django's way; so does a migration's own code, which
    finds every model made anew, as Django promises it after delayed changes.
    """
    whole = ProjectState.reload_model

    def reload_model(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:  # noqa: FBT001, FBT002 -- Django's
        if "apps" not in state.__dict__:
            return
        if delay or _only_grew(state, app_label, model_name):
            state.is_delayed = True
            state._reload({(app_label, model_name)})  # type: ignore[attr-defined]  # noqa: SLF001
        else:
            whole(state, app_label, model_name, delay)

    ProjectState.reload_model = reload_model  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        ProjectState.reload_model = whole  # type: ignore[method-assign]


def _only_grew(state: ProjectState, app_label: str, model_name: str) -> bool:
    """Whether the model is new, or has new fields beside all it had."""
    try:
        known = state.apps.get_model(app_label, model_name)._meta  # noqa: SLF001
    except LookupError:
        return True
    before = {field.name for field in (*known.local_fields, *known.local_many_to_many)}
    return before < set(state.models[app_label, model_name].fields)
