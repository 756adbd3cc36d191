"""One spelling of a JSON value as bytes, and the digest of bytes.

What is hashed, signed, compared or exchanged goes through here. Not for pages or APIs, which may spell as they like.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

HASHES = ("sha256", "sm3")


class CanonicalError(ValueError):
    """A value that has no canonical spelling; the message names what and why."""


def canonical(value: Any) -> bytes:
    """The canonical JSON of `value` as UTF-8 bytes.

    Guaranteed: for objects, arrays, text, booleans, null and integers the bytes are those of RFC 8785 (JCS): no
    spaces, keys sorted, shortest escapes, integers within ±(2^53-1). RFC 8785 sorts keys by UTF-16 code unit;
    keys outside the BMP, where code point order would differ, are refused.
    Beyond JSON: an aware datetime becomes UTC text ending in `Z` (the same instant always spells the same), a date
    or time its ISO text, a Decimal its plain digits with its scale kept (1.0 and 1.00 differ), a UUID its
    lower-case text, a mapping an object, a tuple an array.
    Refused with CanonicalError: floats (NaN too), naive datetimes, sets, bytes, keys that are not text, anything else.
    """
    _refuse_inexact(value)
    try:
        return orjson.dumps(value, _plain, _OPTIONS)
    except orjson.JSONEncodeError as error:
        raise CanonicalError(str(error.__cause__ or error)) from error


def digest(data: bytes, name: str | None = None) -> bytes:
    """The 32-byte digest of `data` by `name` ("sha256" or "sm3"), or by the installation's hash when not said."""
    return (_chosen[0][1] if name is None else _function(name))(data)


def hash_name() -> str:
    """The installation's hash: "sha256" unless TONGBAN_HASH says "sm3" (GB/T 32905-2016)."""
    return _chosen[0][0]


def use_hash(name: str) -> None:
    """Choose the installation's hash; called once when the programme starts."""
    _chosen[:] = [(name, _function(name))]


_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)


_EXACT = frozenset((str, int, bool, type(None), Decimal, datetime, date, time, UUID))


def _refuse_inexact(value: Any) -> None:
    """Refuse what orjson would spell without asking: floats and keys whose order RFC 8785 defines otherwise."""
    stack = [value]
    pop, push = stack.pop, stack.extend
    while stack:
        item = pop()
        kind = item.__class__
        if kind in _EXACT:
            continue
        if kind is dict or isinstance(item, Mapping):
            for key in item:
                if key.__class__ is str and not key.isascii() and max(key) > "\uffff":
                    raise CanonicalError(f"key outside the BMP: {key!r}")
            push(item.values())
        elif kind is list or kind is tuple:
            push(item)
        elif isinstance(item, float):
            raise CanonicalError(f"a float has no exact spelling, use Decimal or text: {item!r}")


def _plain(value: Any) -> Any:  # noqa: C901 -- one line per type
    """The JSON value that stands for `value`; orjson asks for each it does not know."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise CanonicalError(f"a datetime without time zone is no instant: {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise CanonicalError(f"not a finite number: {value!r}")
        return format(value, "f")
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list):
        return list(value)
    if isinstance(value, tuple):
        return tuple(value)
    raise CanonicalError(f"no canonical spelling for {type(value).__name__}: {value!r}")


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _sm3(data: bytes) -> bytes:
    if "sm3" in hashlib.algorithms_available:
        return hashlib.new("sm3", data).digest()
    from cryptography.hazmat.primitives.hashes import SM3, Hash  # OpenSSL of Python built without SM3

    state = Hash(SM3())
    state.update(data)
    return state.finalize()


def _function(name: str) -> Callable[[bytes], bytes]:
    if name not in HASHES:
        raise ValueError(f"unknown hash {name!r}; one of {', '.join(HASHES)}")
    return _sha256 if name == "sha256" else _sm3


_chosen: list[tuple[str, Callable[[bytes], bytes]]] = [("sha256", _sha256)]
