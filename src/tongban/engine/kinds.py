"""Where platforms plug into the engine: kinds of case, guards, detectors, subscribers, effects.

The engine calls what is registered here and imports none of it. Registration happens in `AppConfig.ready`, once;
a second registration under the same name replaces nothing and raises.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from tongban.engine.definition import Definition
from tongban.engine.errors import Refused
from tongban.engine.state import EMPTY, Command, Event, Finding, State, Task

if TYPE_CHECKING:
    from tongban.engine.wire import Message

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of case (办件类型): its words, and whether its events may be shown to the public step by step."""

    key: str
    name: str  # 行政许可, 督办单, 依申请公开 …
    number_prefix: str = ""  # letters before a case number, "" for ordinary cases
    public: bool = True  # can be tracked by number and secret
    secrecy: int = 0  # of a new case
    papers: bool = False  # letters of the licensing law follow it: 受理通知书, 决定书 …
    without: Mapping[str, str] = (
        EMPTY  # commands that make no sense for it, with why; they are not offered and are refused
    )
    elsewhere: frozenset[str] = (
        frozenset()
    )  # commands given on a page of its own; the case page does not offer them too
    words: Mapping[str, str] = EMPTY  # what its commands are called, where they are not called as usual
    answers: Mapping[str, Mapping[str, str]] = EMPTY  # what coded answers of its form say, by field
    free: str = ""  # what is told of its price where a fee is the exception, until one is charged
    form: str = "申请内容"  # what the filled form is called that opened it
    own: str = ""  # what the unit is called whose own work it is (发布单位); "" where somebody applies
    house: bool = (
        False  # the house's own (`engine.house`), of no matter: no figure of a unit's office work counts it
    )


class Facts(Struct, frozen=True):
    """What a detector or a guard is told of a case. Immutable; the same in the transaction, on a watch and in bulk.

    `state` is the case after `events` (the new ones; empty on a watch), `before` the case before them. `now` is the
    instant the question is asked for. `form` is empty unless conditions of the version ask about the form.

    Live the question comes after every step and on every watch, and is what holds now. In bulk it comes once, and with
    `whole` it is what held at any time of the case's life: the limit that was near before the decision, the step that was
    late before it was cancelled.
    """

    case_id: int
    number: str
    kind: str
    title: str
    matter: int
    offering: int
    org: int
    applicant: int | None
    secrecy: int
    channel: str
    definition: Definition
    before: State
    state: State
    events: tuple[Event, ...]
    now: datetime
    form: Mapping[str, Any] = EMPTY
    whole: bool = False

    def finished(self, node: str) -> tuple[Task, ...]:
        """The tasks of a step that were done between `before` and `state`: what a guard of that step asks about."""
        known = {t.no for t in self.before.tasks if t.done is not None}
        return tuple(
            t for t in self.state.tasks if t.node == node and t.status == "done" and t.no not in known
        )


class Verdict(Struct, frozen=True):
    """What a detector says: findings that hold now (the engine drops those already issued), and when to ask again."""

    findings: tuple[Finding, ...] = ()
    next_at: datetime | None = None


class Change(Struct, frozen=True):
    """What a subscriber is told, inside the transaction: one event, and the case around it.

    `seq` is the event's number. The case row is already locked and not yet written; a subscriber may use the ORM for
    its own tables, and must not write the engine's. What need not be read back may be added to `along` instead, prepared
    (`wire.statement`): it travels with what the command writes, and costs no round trip. None where many cases are told of.
    """

    event: Event
    seq: int
    command: Command
    facts: Facts
    along: "list[Message] | None" = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What an outbox handler is told, after the commit: at least once, so it does its work once by `key`."""

    topic: str
    key: str
    case_id: int
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is told of a personal value that was erased, inside its transaction: of which event, and the event that says so."""

    case_id: int
    seq: int
    path: str
    recorded_seq: int
    at: datetime
    files: tuple[str, ...] = ()  # digests of what was handed in, which the case does not hold any more


@dataclass(frozen=True, slots=True)
class LetterForm:
    """A form of letters (文书格式) that comes with a kind: `word` stands in its number, `source` is Typst without the head."""

    key: str
    name: str
    word: str
    basis: str
    source: str


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters of one kind of case, declared by its room and set by whoever sets letters; both go by the event.

    `of(event type, payload)` names the form, "" for none. `facts(case id, event number, event type, payload)` is what its
    template asks for beyond what every letter knows; "name" and "to" in it replace the form's name and the applicant.
    `number(word of the agency, word of the form, year, serial)` writes the number; serials run by the form's word.
    """

    kind: str
    forms: Callable[[], Iterable[LetterForm]]
    of: Callable[[str, Mapping[str, Any]], str]
    facts: Callable[[int, int, str, Mapping[str, Any]], Mapping[str, Any]]
    number: Callable[[str, str, int, int], str]


Detector = Callable[[Facts], Verdict]
#: Removes what was made of an erased value: documents, packages, copies.
Eraser = Callable[[Erasure], None]
Guard = Callable[[Command, Facts], None]
Subscriber = Callable[[Change], None]
#: The same for all events of its type that one transaction of many cases had, in their order.
Many = Callable[[Sequence[Change]], None]
Handler = Callable[[Effect], None]
#: What a platform can tell of the days from the first to the last, both included: plain rows for studies over many cases.
Source = Callable[[date, date], Iterable[Mapping[str, Any]]]
#: Gives the next number of a result: organisation, instant of issue. Called in the transaction that issues it.
Numberer = Callable[[int, datetime], str]
#: Whether a number written by hand looks like one the numberer gives, and so is nobody's to write. Pure.
Reserved = Callable[[str], bool]

SILENT = Verdict()


class Watch(Struct, frozen=True):
    """Who is asked about each command: guards before it stands, detectors (by name) after it."""

    guards: Callable[[str], Iterable[Guard]]  # by kind of case
    detectors: Mapping[str, Detector]


@dataclass(slots=True)
class _Registry:
    kinds: dict[str, Kind] = field(default_factory=dict)
    detectors: dict[str, Detector] = field(default_factory=dict)
    guards: dict[str, list[Guard]] = field(default_factory=dict)
    # by kind of case, by type of event; `heard` the same, with those of "*" among them
    subscribers: dict[str, dict[str, list[Subscriber]]] = field(default_factory=dict)
    heard: dict[str, dict[str, list[Subscriber]]] = field(default_factory=dict)
    many: dict[Subscriber, Many] = field(default_factory=dict)
    handlers: dict[str, dict[str, Handler]] = field(default_factory=dict)
    # names of handlers by kind of case, by topic; `wanted` the same, with those of "*" among them
    wanting: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    wanted: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    erasers: list[Eraser] = field(default_factory=list)
    numberer: Numberer | None = None
    sources: dict[str, Source] = field(default_factory=dict)
    reserved: Reserved | None = None
    letters: dict[str, Letters] = field(default_factory=dict)


_registry = _Registry()


def register_kind(kind: Kind) -> Kind:
    """Declare a kind of case. Raises ValueError when the key is taken by another kind."""
    if _registry.kinds.setdefault(kind.key, kind) != kind:
        raise ValueError(f"kind {kind.key!r} is declared already")
    if kind.without:
        register_guard(kind.key, _makes_sense)
    return kind


def _makes_sense(command: Command, facts: Facts) -> None:
    """The kind knows the command. Raises Refused("not_of_this_kind")."""
    why = kind(facts.kind).without.get(command.type)
    if why is not None:
        raise Refused("not_of_this_kind", why)


def kind(key: str) -> Kind:
    """The kind of that key. Raises KeyError."""
    try:
        return _registry.kinds[key]
    except KeyError:
        known = ", ".join(sorted(_registry.kinds)) or "none"
        raise KeyError(
            f"no kind of case {key!r} is declared (is its room installed?); declared: {known}"
        ) from None


def kinds() -> tuple[Kind, ...]:
    """Every kind declared."""
    return tuple(_registry.kinds.values())


def house_kinds() -> list[str]:
    """Keys of the kinds of the house's own, whose cases are not among what a unit receives and finishes of its matters."""
    return [k.key for k in kinds() if k.house]


def register_detector(detector: Detector, name: str = "") -> Detector:
    """Ask this pure function after every command, on its watches and in bulk: `detector(facts) -> Verdict`.

    `name` (default: the function's own) stands in the watch row. Raises ValueError when the name is taken.
    """
    name = name or f"{detector.__module__}.{detector.__qualname__}"
    if _registry.detectors.setdefault(name, detector) is not detector:
        raise ValueError(f"detector {name!r} is declared already")
    return detector


def detectors() -> Mapping[str, Detector]:
    """The detectors by name, in the order they were declared."""
    return _registry.detectors


def register_guard(kind_key: str, guard: Guard) -> Guard:
    """Ask `guard(command, facts)` before a command on a case of that kind is written; it may raise Refused.

    `facts.state` is the case as it would be. Kind "*" means every kind.
    """
    guards = _registry.guards.setdefault(kind_key, [])
    if guard not in guards:
        guards.append(guard)
    return guard


def guards(kind_key: str) -> list[Guard]:
    """The guards of that kind and of every kind."""
    return _registry.guards.get("*", []) + _registry.guards.get(kind_key, [])


def watch() -> Watch:
    """Everybody who is declared."""
    return Watch(guards, detectors())


def subscribe(
    event_type: str, subscriber: Subscriber, many: Many | None = None, *, of: str = "*"
) -> Subscriber:
    """Call `subscriber(change)` inside the transaction for each event of that type. Raising undoes the command.

    `of` is the kind of case it is about; "*" means every kind. Where one transaction carries many cases (`bulk.py`,
    `appending.py`), `many(changes)` is called once instead.
    """
    subscribers = _registry.subscribers.setdefault(of, {}).setdefault(event_type, [])
    if subscriber not in subscribers:
        subscribers.append(subscriber)
    _registry.heard.clear()
    if many is not None:
        _registry.many[subscriber] = many
    return subscriber


def tell(changes: Iterable[Change]) -> None:
    """Tell the subscribers of what many cases came to, one type of event after the other."""
    calls: dict[tuple[str, Subscriber], list[Change]] = {}
    for change in changes:
        for subscriber in subscribers(change.facts.kind).get(change.event.type, ()):
            calls.setdefault((change.event.type, subscriber), []).append(change)
    for (_, subscriber), those in calls.items():
        many = _registry.many.get(subscriber)
        if many is not None:
            many(those)
            continue
        for change in those:
            subscriber(change)


def subscribers(kind_key: str) -> Mapping[str, list[Subscriber]]:
    """Who listens to cases of that kind, by event type."""
    heard = _registry.heard.get(kind_key)
    if heard is None:
        heard = _registry.heard[kind_key] = _of_kind(_registry.subscribers, kind_key)
    return heard


def _of_kind(those: Mapping[str, Mapping[str, list[T]]], kind_key: str) -> dict[str, list[T]]:
    """What is said of every kind and of that one, together and each once, by event type or topic."""
    every, own = those.get("*", {}), those.get(kind_key, {})
    return {
        type_: list(dict.fromkeys((*every.get(type_, ()), *own.get(type_, ())))) for type_ in (*every, *own)
    }


def on_effect(topic: str, handler: Handler, name: str = "", *, of: str = "*") -> Handler:
    """Have the worker call `handler(effect)` after the commit, for a topic of the outbox or an event type.

    For an event type ("child:" before it: of sub-cases only), `effect.payload` is {"seq", "type", "occurred_at",
    "payload"}, personal values sealed. Each handler of a topic is delivered to on its own, under `name` (default: the
    function's own). Raises ValueError when it is taken. `of` is the kind of case it is about; "*" means every kind.
    """
    name = name or f"{handler.__module__}.{handler.__qualname__}"
    if _registry.handlers.setdefault(topic, {}).setdefault(name, handler) is not handler:
        raise ValueError(f"handler {name!r} of topic {topic!r} is declared already")
    names = _registry.wanting.setdefault(of, {}).setdefault(topic, [])
    if name not in names:
        names.append(name)
    _registry.wanted.clear()
    return handler


def wanted(kind_key: str) -> Mapping[str, list[str]]:
    """Who is told after the commit of cases of that kind: names of handlers by topic."""
    names = _registry.wanted.get(kind_key)
    if names is None:
        names = _registry.wanted[kind_key] = _of_kind(_registry.wanting, kind_key)
    return names


def register_letters(letters: Letters) -> Letters:
    """Declare the letters of a kind. Raises ValueError when it has others."""
    if _registry.letters.setdefault(letters.kind, letters) is not letters:
        raise ValueError(f"letters of {letters.kind!r} are declared already")
    return letters


def letters_of(kind_key: str) -> Letters | None:
    """The letters of a kind that has its own."""
    return _registry.letters.get(kind_key)


def all_letters() -> tuple[Letters, ...]:
    """The letters of every kind that has its own."""
    return tuple(_registry.letters.values())


def on_erasure(eraser: Eraser) -> Eraser:
    """Call `eraser(erasure)` inside the transaction that erases a personal value. Raising undoes it."""
    if eraser not in _registry.erasers:
        _registry.erasers.append(eraser)
    return eraser


def erasers() -> Iterable[Eraser]:
    """Who removes what was made of erased values."""
    return tuple(_registry.erasers)


def number_results(numberer: Numberer, reserved: Reserved | None = None) -> Numberer:
    """Have results numbered by `numberer(org, at)`, inside the transaction that issues one (undone with it).

    Without one, a result bears its case's number. Numbers of which `reserved` says so are given by the numberer only,
    also where history is imported or another system reports. Raises ValueError when another is declared already.
    """
    if _registry.numberer not in (None, numberer):
        raise ValueError("results are numbered already")
    _registry.numberer, _registry.reserved = numberer, reserved
    return numberer


def numberer() -> Numberer | None:
    """Who numbers results, if anybody."""
    return _registry.numberer


def register_source(name: str, source: Source) -> Source:
    """Let other platforms ask for what this one knows, by name; platforms never import each other.

    Raises ValueError when the name is taken.
    """
    if _registry.sources.setdefault(name, source) is not source:
        raise ValueError(f"source {name!r} is declared already")
    return source


def ask_source(name: str, first: date, last: date) -> Iterable[Mapping[str, Any]]:
    """What the source of that name tells; nothing where no platform has declared it."""
    source = _registry.sources.get(name)
    return () if source is None else source(first, last)


def reserved() -> Reserved | None:
    """Which numbers of results nobody writes by hand."""
    return _registry.reserved


def handlers() -> Mapping[str, Mapping[str, Handler]]:
    """Outbox handlers by topic and name, of whatever kind of case."""
    return _registry.handlers
