"""Refusals of the registry: typed, for people, with stable codes."""

from collections.abc import Sequence
from typing import Any


class RegistryRefused(Exception):
    """The registry will not do what was asked.

    ``code`` is stable and listed in the documentation; ``message`` says in Chinese what happened and what to do;
    ``problems`` carries the findings of a check where there were any.
    """

    def __init__(self, code: str, message: str, *, problems: Sequence[Any] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.problems = tuple(problems)
