"""A State as JSON and back: what the case row stores. Defaults are left out, so that rows stay small.

`decode(encode(s)) == s` and `load(dump(s)) == s`. The hot path uses the byte forms and never builds a dict.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from tongban.engine.state import State

_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder(State)


def encode(state: State) -> bytes:
    """The state as JSON text."""
    return _ENCODER.encode(state)


def decode(data: bytes | str) -> State:
    """The state that JSON text stands for. Raises msgspec.ValidationError where it is not one."""
    return _DECODER.decode(data)


def dump(state: State) -> dict[str, Any]:
    """The state as JSON values."""
    values: dict[str, Any] = msgspec.to_builtins(state, order="sorted")
    return values


def load(data: Mapping[str, Any]) -> State:
    """The state that JSON values stand for."""
    return msgspec.convert(dict(data), State)
