"""The hash chain of a case: what is hashed, and how personal values stay out of it.

Pure and on the hot path of every command. `hash = H(prev ‖ canonical(row))`, where the row holds every column of the
event that means something, the case's uid among them; the first event's `prev` is 32 zero bytes, so a chain is bound
to its case by the uid and cannot be moved to another.

What is hashed is what will be read back. PostgreSQL's jsonb keeps text, truth values, null and integers as they are,
but forgets the order of keys (the canonical form sorts them), drops duplicate keys (there are none in a mapping),
respells fractions (so floats and Decimals are refused: an amount of money is text) and cannot hold U+0000 (refused).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from msgspec import Struct

from tongban.base.canonical import CanonicalError, canonical, digest
from tongban.base.chance import fresh
from tongban.engine.state import Sealed

GENESIS = bytes(32)
SALT_BYTES = 16
SEALED = "sealed"  # the one key of the object that stands where a personal value was


class ChainError(ValueError):
    """An event that cannot be chained, because it would not be read back as it was written. Says where and why."""


class Personal(NamedTuple):
    """A personal value beside the chain. `path` is a JSON Pointer (RFC 6901) into the payload."""

    path: str
    salt: bytes
    value: Any


def new_salt() -> bytes:
    """Sixteen random bytes, without which a value with few possibilities (a phone number) cannot be guessed."""
    return fresh(SALT_BYTES)


def seal_payload(
    payload: Mapping[str, Any], new_salt: Callable[[], bytes] = new_salt, hash_name: str | None = None
) -> tuple[dict[str, Any], list[Personal]]:
    """The payload as plain JSON for the chain, and the personal values taken out of it.

    Lists and objects in it may be the event's own: they are not to be changed. Each `Sealed(value)` becomes
    {"sealed": "<hex digest>"}. Raises ChainError for a float, a Decimal, a date, a key that is not text or anything else
    that jsonb would not give back as it was.
    """
    if _is_plain(payload):
        return dict(payload), []  # the rule: most payloads hold nothing else
    personal: list[Personal] = []

    def seal(value: Any, place: _Place) -> dict[str, str]:
        inside = _plain(value, place, None)
        salt = new_salt()
        personal.append(Personal(_pointer(place), salt, inside))
        return {SEALED: personal_digest(salt, inside, hash_name).hex()}

    return _plain_object(payload, None, seal), personal


def personal_digest(salt: bytes, value: Any, hash_name: str | None = None) -> bytes:
    """H(salt ‖ canonical(value)): what the chain holds of a personal value."""
    try:
        return digest(salt + canonical(value), hash_name)
    except CanonicalError as error:
        raise ChainError(str(error)) from error


def sealed_places(payload: Mapping[str, Any]) -> dict[str, str]:
    """Path → hex digest of every personal value that was taken out of a payload."""
    found: dict[str, str] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, Mapping):
            if _is_seal(value):
                found[path] = value[SEALED]
                return
            for key, item in value.items():
                walk(item, f"{path}/{_escape(key)}")
        elif isinstance(value, list | tuple):
            for index, item in enumerate(value):
                walk(item, f"{path}/{index}")

    walk(payload, "")
    return found


def unsealed(payload: Any, values: Mapping[str, Any], path: str = "") -> Any:
    """The payload with personal values put back, for a person entitled to read them; erased ones stay sealed."""
    if isinstance(payload, Mapping):
        if _is_seal(payload):
            return values.get(path, payload)
        return {key: unsealed(item, values, f"{path}/{_escape(key)}") for key, item in payload.items()}
    if isinstance(payload, list | tuple):
        return [unsealed(item, values, f"{path}/{index}") for index, item in enumerate(payload)]
    return payload


def event_hash(
    prev: bytes,
    *,
    case_uid: UUID,
    seq: int,
    type: str,  # noqa: A002 -- the column's name
    v: int,
    occurred_at: datetime,
    recorded_at: datetime,
    actor_kind: str,
    actor_id: int | None,
    actor_org_id: int | None,
    on_behalf_of: int | None,
    channel: str,
    command_id: UUID,
    payload: Mapping[str, Any],
    hash_name: str | None = None,
) -> bytes:
    """The 32-byte hash of an event. `payload` is what `seal_payload` gave; times are aware.

    Equals H(prev ‖ canonical(row)) with times as UTC text to the microsecond. Raises ChainError.
    """
    try:
        text = canonical(payload)
    except CanonicalError as error:
        raise ChainError(str(error)) from error
    around = frame(
        Shared(case_uid, command_id, channel, utc_text(recorded_at)),
        Author(actor_kind, actor_id, actor_org_id, on_behalf_of),
        occurred_at,
    )
    return link_hash(prev, around, seq, type, v, text, hash_name)


class Shared(Struct, frozen=True):
    """What the events of one command share. `recorded` is the text of `utc_text`."""

    case_uid: UUID
    command_id: UUID
    channel: str
    recorded: str


class Author(Struct, frozen=True):
    """Who is answerable for an event: kind of actor, account, organisation, in whose stead."""

    kind: str
    id: int | None = None
    org: int | None = None
    behalf: int | None = None


class Frame(Struct, frozen=True):
    """The canonical row of an event up to its number: `head` stands before the payload, `middle` after it."""

    head: bytes
    middle: bytes


def payload_text(payload: Mapping[str, Any]) -> bytes:
    """`canonical(payload)` of a payload that `seal_payload` gave, without looking through it once more."""
    return _spelt(payload)


def frame(shared: Shared, author: Author, occurred_at: datetime) -> Frame:
    """What the rows of one command's events have in common, spelt once: keys are in the order of the canonical form."""
    head = {
        "actor_id": author.id,
        "actor_kind": author.kind,
        "actor_org_id": author.org,
        "case_uid": shared.case_uid,
        "channel": shared.channel,
        "command_id": shared.command_id,
        "occurred_at": utc_text(occurred_at),
        "on_behalf_of": author.behalf,
    }
    return Frame(_spelt(head)[:-1] + b',"payload":', b',"recorded_at":%b,' % _spelt(shared.recorded))


def link_hash(
    prev: bytes, around: Frame, seq: int, type_: str, v: int, text: bytes, hash_name: str | None = None
) -> bytes:
    """`event_hash` of an event whose payload is spelt already, and all that is `around` it. Raises ChainError."""
    row = around.head + text + around.middle + _spelt({"seq": seq, "type": type_, "v": v})[1:]
    if b"\\u0000" in row and _has_nul(orjson.loads(row)):
        raise ChainError("U+0000 in an event: PostgreSQL cannot store it")
    return digest(prev + row, hash_name)


def _spelt(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=_SORTED)
    except orjson.JSONEncodeError as error:
        raise ChainError(str(error)) from error


@lru_cache(maxsize=8192)
def utc_text(moment: datetime) -> str:
    """An instant as `2026-04-27T01:00:00.000000Z`. Raises ChainError for a naive datetime."""
    if moment.tzinfo is None:
        raise ChainError(f"a time without zone: {moment!r}")
    text = orjson.dumps(moment.astimezone(UTC))[1:-7].decode()  # as isoformat, at a third of its cost
    return f"{text}Z" if moment.microsecond else f"{text}.000000Z"


_SORTED = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_SCALARS = frozenset((str, int, bool, type(None)))
_OBJECTS = frozenset((dict, MappingProxyType))
# Where a value stands, innermost last, spelt out only when it is needed: (where its holder stands, key or index).
_Place = tuple[Any, Any] | None
_Seal = Callable[[Any, _Place], dict[str, str]]


def _is_plain(value: Mapping[str, Any]) -> bool:
    """Whether an object would come out as it is; what is in doubt would not."""
    try:
        if SEALED in value or not "".join(value).isascii():
            return False
    except TypeError:  # a key that is not text
        return False
    return _all_plain(value.values())


def _all_plain(values: Iterable[Any]) -> bool:
    for item in values:
        kind = item.__class__
        if kind in _SCALARS or (kind is list and _all_plain(item)) or (kind is dict and _is_plain(item)):
            continue
        return False
    return True


def _plain(value: Any, place: _Place, seal: _Seal | None) -> Any:
    kind = value.__class__
    if kind in _OBJECTS:
        return _plain_object(value, place, seal)
    if kind is list or kind is tuple:
        return [
            item if item.__class__ in _SCALARS else _plain(item, (place, index), seal)
            for index, item in enumerate(value)
        ]
    if kind is Sealed:
        if seal is None:
            raise ChainError(f"a personal value inside a personal value at {_pointer(place)}")
        return seal(value.value, place)
    if kind in _SCALARS:
        return value
    if isinstance(value, str):
        return str.__str__(value)  # an enumeration's member
    if isinstance(value, Mapping):
        return _plain_object(value, place, seal)
    raise ChainError(
        f"{kind.__name__} at {_pointer(place) or '/'}: an event holds text, integers, truth values, lists and objects"
    )


def _plain_object(value: Mapping[str, Any], place: _Place, seal: _Seal | None) -> dict[str, Any]:
    plain = {}
    for key, item in value.items():
        if key.__class__ is not str:
            raise ChainError(f"a key that is not text at {_pointer(place) or '/'}: {key!r}")
        if not key.isascii() and max(key) > "\uffff":
            raise ChainError(f"a key outside the BMP at {_pointer(place) or '/'}: {key!r}")
        plain[key] = item if item.__class__ in _SCALARS else _plain(item, (place, key), seal)
    if SEALED in plain and seal is not None and _is_seal(plain):
        raise ChainError(f'an object with the single key "{SEALED}" at {_pointer(place) or "/"} is reserved')
    return plain


def _pointer(place: _Place) -> str:
    parts = []
    while place is not None:
        place, key = place
        parts.append(_escape(str(key)))
    return "".join(f"/{part}" for part in reversed(parts))


def _is_seal(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and SEALED in value and isinstance(value[SEALED], str)


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_has_nul, value))
