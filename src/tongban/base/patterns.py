"""Patterns that forms bring with them (正则表达式): asked in linear time, whatever is written in them and typed."""

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated

from pydantic import StringConstraints, TypeAdapter, ValidationError
from pydantic_core import SchemaError


@lru_cache(maxsize=1024)
def pattern(text: str) -> Callable[[str], bool]:
    """Whether a value is wholly of that pattern, as a function. Raises ValueError saying why where it cannot be read.

    Python's own engine goes back and tries again, for minutes on forty letters; pydantic's does not, and knows therefore
    neither look-around nor back-references.
    """
    try:
        shape = TypeAdapter(Annotated[str, StringConstraints(pattern=rf"\A(?:{text})\z")])
    except SchemaError as error:
        raise ValueError(str(error).rpartition("error: ")[2].strip()) from None

    def matches(value: str) -> bool:
        try:
            shape.validate_python(value)
        except ValidationError:
            return False
        return True

    return matches
