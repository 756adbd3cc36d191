"""One record as machines are told of it: the core metadata 核心元数据 with links, or that it was withdrawn.

政府信息公开目录系统实施指引: fourteen core elements. Every export is made of these descriptions, so that none says more or
less than another.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from tongban.base.calendar import CHINA
from tongban.base.ui.site import current_site
from tongban.platforms.disclosure.models import Annex, Link, Record
from tongban.platforms.disclosure.ties import ties_of
from tongban.registry.queries import as_of

CHUNK = 1000
"""Records read at a time; an export of any length needs the memory of these."""
RELATIONS = {
    Link.Kind.REPLACES: ("replaces", "replaced_by"),
    Link.Kind.AMENDS: ("amends", "amended_by"),
    Link.Kind.REPEALS: ("repeals", "repealed_by"),
    Link.Kind.INTERPRETS: ("interprets", "interpreted_by"),
    Link.Kind.CONSULTED_AS: ("consulted_as", "consultation_of"),
    Link.Kind.FORWARDS: ("forwards", "forwarded_by"),
}
"""What the source of a link is to its target, and the target to the source."""
_HEAVY = ("body", "words", "digest")
_CONTROL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Described = dict[str, Any]


def published_once() -> QuerySet[Record]:
    """Every record that ever was public, withdrawn ones included: machines are told of both, for ever."""
    return Record.objects.filter(released_at__isnull=False, index_number__isnull=False)


def in_order(rows: QuerySet[Record]) -> Iterator[list[Described]]:
    """The descriptions of all rows by ascending key, in chunks; no cursor is held open between them."""
    last = 0
    while chunk := list(rows.defer(*_HEAVY).filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield described(chunk)
        last = chunk[-1].pk


def described(records: Sequence[Record]) -> list[Described]:
    """Descriptions of records in their order: three queries, however many they are."""
    tree = as_of()
    related = _related([record.pk for record in records])
    annexes = _annexes([record.pk for record in records])
    told = []
    for record in records:
        if not record.is_public:
            told.append(_gone(record))
            continue
        node = tree.nodes.get(record.publisher_id)
        unit = (node.key, node.name, node.code) if node else ("", "", "")
        told.append(_one(record, unit, related.get(record.pk, []), annexes.get(record.pk, [])))
    return told


def address(path: str) -> str:
    """The permanent address of a path: that of the installation, whatever host a request came in by."""
    return f"{settings.TONGBAN_URL}{path}"


def page_of(index_number: str) -> str:
    """The permanent address of a record; it survives a change of publisher and withdrawal."""
    return address(reverse("disclosure:document", args=[index_number]))


def tag_of(index_number: str, day: object) -> str:
    """An identifier for feeds that survives a change of host (tag URI, RFC 4151)."""
    return f"tag:{current_site().domain},{str(day)[:4]}:{quote(index_number)}"


def plain(text: str) -> str:
    """The text without characters that XML cannot carry (control characters a document may bring along)."""
    return _CONTROL.sub("", text)


def _one(
    record: Record,
    unit: tuple[str, str, str],
    related: list[dict[str, str]],
    annexes: list[dict[str, str]],
) -> Described:
    key, name, code = unit
    file = address(reverse("disclosure:file", args=[record.index_number])) if record.offers_file else None
    told = {
        "identifier": record.index_number,
        "url": page_of(str(record.index_number)),
        "title": record.title,
        "number": record.number,
        "description": record.description,
        "issuer": record.issuer,
        "publisher": record.publisher_name or name,
        "publisher_key": key,
        "publisher_code": code,
        "issued": record.issued_on.isoformat() if record.issued_on else None,
        "published": record.published_on.isoformat() if record.published_on else None,
        "theme": record.theme,
        "theme_name": record.theme_name,
        "theme_second": record.theme_second,
        "genre": record.genre,
        "genre_name": record.genre_name,
        "keywords": list(record.keywords),
        "columns": list(record.columns),
        "audience": list(record.audience),
        "language": record.language,
        "validity": record.validity,
        "ends": record.ends_on.isoformat() if record.ends_on else None,
        "file": file,
        "annexes": annexes,
        "relations": related,
        "modified": moment(record.changed_at or record.released_at),
        "withdrawn": None,
        "withdrawn_why": "",
    }
    return {name: _clean(value) for name, value in told.items()}


def _gone(record: Record) -> Described:
    """That a record is no longer public: nothing of what it said, only that it was, since when and why."""
    since = record.withdrawn_at or record.changed_at
    return {
        "identifier": record.index_number,
        "url": page_of(str(record.index_number)),
        "theme": record.theme,
        "genre": record.genre,
        "modified": moment(record.changed_at or since),
        "withdrawn": since.astimezone(CHINA).date().isoformat() if since else None,
        "withdrawn_why": plain(record.withdrawn_why),
    }


def moment(at: datetime | None) -> str:
    """A time to the second, in China time with its offset; "" for none."""
    return at.astimezone(CHINA).isoformat(timespec="seconds") if at else ""


def _clean(value: Any) -> Any:
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {name: _clean(item) for name, item in value.items()}
    return plain(value) if isinstance(value, str) else value


def _related(ids: Iterable[int]) -> Mapping[int, list[dict[str, str]]]:
    """How records stand to others that anybody may read, by key."""
    found = dict[int, list[dict[str, str]]]()
    for tie in sorted(ties_of(list(ids)), key=lambda tie: (not tie.ahead, tie.link)):
        said = RELATIONS[Link.Kind(tie.kind)][not tie.ahead]
        found.setdefault(tie.mine, []).append(
            {"kind": said, "identifier": tie.index, "title": tie.title, "url": page_of(tie.index)}
        )
    return found


def _annexes(ids: Iterable[int]) -> Mapping[int, list[dict[str, str]]]:
    found: dict[int, list[dict[str, str]]] = {}
    rows = Annex.objects.filter(record_id__in=list(ids)).order_by("record_id", "no")
    for pk, index, no, name in rows.values_list("record_id", "record__index_number", "no", "name"):
        where = address(reverse("disclosure:annex", args=[index, no]))
        found.setdefault(pk, []).append({"name": name, "url": where})
    return found
