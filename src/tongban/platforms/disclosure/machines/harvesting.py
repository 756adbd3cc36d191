"""What an OAI-PMH harvester asks for, read strictly, and the token with which it goes on.

The Open Archives Initiative Protocol for Metadata Harvesting 2.0 (2002, as of 2015). Pure: no request, no database.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote, unquote

from tongban.base.text import is_storable

PREFIXES = ("oai_dc", "gpi")
"""Metadata formats: Dublin Core, and the catalogue's own core metadata."""
ARGUMENTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset({"resumptionToken"})),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset()),
    "ListIdentifiers": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set", "resumptionToken"})),
    "ListRecords": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set", "resumptionToken"})),
}  # fmt: skip
"""Of each verb, the arguments it needs and those it takes."""
LONGEST_TOKEN = 1000
"""Characters of a token that is read; those given out are shorter."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECOND = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


class Fault(Exception):
    """An error condition of the protocol (§3.6): its code and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list that is asked for, and how far it was told: the last change and key, how many before, how many in all.

    `first` counts from that moment on, `end` is the moment before which a change must lie.
    """

    prefix: str
    set_spec: str = ""
    first: datetime | None = None
    end: datetime | None = None
    after: tuple[datetime, int] | None = None
    told: int = 0
    total: int = -1

    def going_on(self, after: tuple[datetime, int], told: int, total: int) -> "Wanted":
        """The same list from there."""
        return replace(self, after=after, told=told, total=total)


def arguments(given: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The arguments of a request. Raises Fault: badVerb, badArgument (unknown, repeated or missing ones)."""
    verbs = given.get("verb", ())
    if len(verbs) != 1 or verbs[0] not in ARGUMENTS:
        raise Fault("badVerb", "verb 缺少、重复或者不是协议规定的六个之一。")
    needed, taken = ARGUMENTS[verbs[0]]
    said = {name: values for name, values in given.items() if name != "verb"}
    if unknown := sorted(set(said) - needed - taken):
        raise Fault("badArgument", f"不能有这些参数：{'、'.join(unknown)}。")
    if repeated := sorted(name for name, values in said.items() if len(values) != 1):
        raise Fault("badArgument", f"参数重复：{'、'.join(repeated)}。")
    if "resumptionToken" in said:
        if len(said) > 1:
            raise Fault("badArgument", "resumptionToken 不能与其他参数同时使用。")
    elif missing := sorted(needed - set(said)):
        raise Fault("badArgument", f"缺少参数：{'、'.join(missing)}。")
    return {"verb": verbs[0], **{name: values[0] for name, values in said.items()}}


def wanted(said: Mapping[str, str]) -> Wanted:
    """The list that the arguments ask for. Raises Fault: badArgument, badResumptionToken, cannotDisseminateFormat."""
    if "resumptionToken" in said:
        return read_token(said["resumptionToken"])
    prefix = known_prefix(said["metadataPrefix"])
    begins, until = said.get("from", ""), said.get("until", "")
    if begins and until and len(begins) != len(until):
        raise Fault("badArgument", "from 和 until 的精度应当相同。")
    first = _moment(begins) if begins else None
    end = _after(until) if until else None
    if first and end and first >= end:
        raise Fault("badArgument", "from 不能晚于 until。")
    return Wanted(prefix, said.get("set", ""), first, end)


def known_prefix(prefix: str) -> str:
    """The metadata prefix. Raises Fault: cannotDisseminateFormat."""
    if prefix not in PREFIXES:
        raise Fault("cannotDisseminateFormat", f"没有“{prefix}”格式；有 {'、'.join(PREFIXES)}。")
    return prefix


def token_of(wish: Wanted) -> str:
    """The token with which a harvester goes on. All it says is in it: nothing is kept here, so it never expires."""
    if wish.after is None:
        raise ValueError("nothing was told yet")
    said = [
        wish.prefix, wish.set_spec, _micros(wish.first), _micros(wish.end),
        _micros(wish.after[0]), wish.after[1], wish.told, wish.total,
    ]  # fmt: skip
    return base64.urlsafe_b64encode(json.dumps(said, separators=(",", ":")).encode()).decode().rstrip("=")


def read_token(token: str) -> Wanted:
    """A token as it was given out. Raises Fault: badResumptionToken."""
    if len(token) > LONGEST_TOKEN:
        raise Fault("badResumptionToken", _SPOILT)
    try:
        said = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        prefix, set_spec, first, end, at, pk, told, total = said
        whole = all(isinstance(n, int) and 0 <= n < 2**63 for n in (at, pk, told, total))
        known = prefix in PREFIXES and isinstance(set_spec, str) and is_storable(set_spec)
        wish = Wanted(prefix, set_spec, _from_micros(first), _from_micros(end), (_at(at), pk), told, total)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Fault("badResumptionToken", _SPOILT) from error
    if not (whole and known):
        raise Fault("badResumptionToken", _SPOILT)
    return wish


_SPOILT = "resumptionToken 不是本库给出的，请从头开始。"


def local_name(index_number: str) -> str:
    """An index number inside an OAI identifier: what the rules for addresses do not allow is written as %XX."""
    return quote(index_number, safe="/-._~")


def index_number_of(identifier: str, domain: str) -> str:
    """The index number in an identifier `oai:<domain>:<index number>`. Raises Fault: idDoesNotExist."""
    scheme, _, rest = identifier.partition(":")
    named, _, local = rest.partition(":")
    index = unquote(local)
    if scheme != "oai" or named != domain or not index or not is_storable(index):
        raise Fault("idDoesNotExist", f"没有标识符“{identifier}”。")
    return index


def utc(at: datetime) -> str:
    """A moment in the granularity of this repository, YYYY-MM-DDThh:mm:ssZ."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    try:
        if _DAY.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        if _SECOND.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise Fault("badArgument", f"“{text}”不是日期；写作 2026-11-22 或者 2026-11-22T08:00:00Z。")


def _after(until: str) -> datetime | None:
    """The first moment after the day or the second that is said; None after the last of all, which is no end."""
    try:
        return _moment(until) + (timedelta(days=1) if _DAY.fullmatch(until) else timedelta(seconds=1))
    except OverflowError:
        return None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _micros(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def _from_micros(said: int | None) -> datetime | None:
    return None if said is None else _at(said)


def _at(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
