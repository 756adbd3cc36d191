"""A column of the catalogue as a feed: Atom (RFC 4287, with tombstones RFC 6721) and RSS 2.0."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from email.utils import format_datetime
from typing import Any

from django.utils import timezone
from lxml import etree

from tongban.base.calendar import CHINA
from tongban.base.ui.site import current_site
from tongban.platforms.disclosure.machines.described import described, moment, plain, published_once, tag_of
from tongban.platforms.disclosure.models import Record

ATOM, TOMBSTONE = "http://www.w3.org/2005/Atom", "http://purl.org/atompub/tombstones/1.0"
SIZE = 50
"""Newest records of a column that a feed tells."""
REMEMBERED = timedelta(days=90)
"""How long a feed tells of what was withdrawn; the other exports tell it for ever."""
SUMMARY = 200
"""Characters of the text that stand for a description where there is none."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a feed is of: its name in words, its page, its own addresses."""

    name: str
    page: str
    here: str


@dataclass(frozen=True, slots=True)
class Item:
    """One record of a feed."""

    told: dict[str, Any]
    summary: str
    released: datetime
    changed: datetime


def items_of(within: Mapping[str, Any]) -> list[Item]:
    """The newest public records of a column; `within` are the conditions by which a record belongs to it."""
    rows = Record.objects.public().filter(**within).order_by("-published_on", "-pk")
    records = list(rows.defer("words", "digest")[:SIZE])
    return [
        Item(told, summary_of(record), released(record), record.changed_at or released(record))
        for record, told in zip(records, described(records), strict=True)
    ]  # fmt: skip


def gone_from(within: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was withdrawn from a column lately: its identifier in feeds, and when."""
    rows = published_once().filter(
        state=Record.State.WITHDRAWN, withdrawn_at__gte=timezone.now() - REMEMBERED, **within
    )
    return [
        (tag_of(str(index), day), moment(at))
        for index, day, at in rows.order_by("-withdrawn_at").values_list(
            "index_number", "published_on", "withdrawn_at"
        )[:SIZE]
    ]


def atom(column: Column, items: Sequence[Item], gone: Sequence[tuple[str, str]]) -> bytes:
    """The feed as Atom. Its `updated` is that of the newest change it tells."""
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM, "at": TOMBSTONE})  # type: ignore[dict-item]  # the stubs do not know the default namespace
    site = current_site()
    _text(root, "id", column.here)
    _text(root, "title", f"{column.name} · {site.name}")
    newest = max((item.changed for item in items), default=None)
    _text(root, "updated", moment(newest) or (gone[0][1] if gone else "1970-01-01T00:00:00Z"))
    etree.SubElement(root, f"{{{ATOM}}}link", rel="self", href=column.here, type="application/atom+xml")
    etree.SubElement(root, f"{{{ATOM}}}link", rel="alternate", href=column.page, type="text/html")
    _author(root, site.organiser)
    for item in items:
        _atom_entry(root, item)
    for tag, at in gone:
        etree.SubElement(root, f"{{{TOMBSTONE}}}deleted-entry", ref=tag, when=at)
    return _written(root)


def rss(column: Column, items: Sequence[Item]) -> bytes:
    """The feed as RSS 2.0, for readers that know nothing newer."""
    root = etree.Element("rss", nsmap={"atom": ATOM}, version="2.0")
    channel = etree.SubElement(root, "channel")
    site = current_site()
    for name, text in (
        ("title", f"{column.name} · {site.name}"),
        ("link", column.page),
        ("description", column.name),
        ("language", "zh-cn"),
    ):
        etree.SubElement(channel, name).text = text
    etree.SubElement(channel, f"{{{ATOM}}}link", rel="self", href=column.here, type="application/rss+xml")
    if items:
        etree.SubElement(channel, "lastBuildDate").text = _mail_date(max(item.changed for item in items))
    for item in items:
        _rss_item(channel, item)
    return _written(root)


def summary_of(record: Record) -> str:
    """Its description, or the beginning of its text."""
    return plain(record.description or _opening(record))


def released(record: Record) -> datetime:
    """When it became public: to the minute where it was released here, at the beginning of the day where elsewhere before."""
    at, day = record.released_at, record.published_on
    if at is not None and (day is None or at.astimezone(CHINA).date() == day):
        return at
    return datetime.combine(day, time(), CHINA) if day else datetime.fromtimestamp(0, CHINA)


def _atom_entry(root: etree._Element, item: Item) -> None:
    told = item.told
    entry = etree.SubElement(root, f"{{{ATOM}}}entry")
    _text(entry, "id", tag_of(told["identifier"], told["published"]))
    _text(entry, "title", told["title"])
    _text(entry, "updated", moment(item.changed))
    _text(entry, "published", moment(item.released))
    etree.SubElement(entry, f"{{{ATOM}}}link", rel="alternate", href=told["url"], type="text/html")
    if told["file"]:
        etree.SubElement(entry, f"{{{ATOM}}}link", rel="enclosure", href=told["file"])
    _author(entry, told["publisher"])
    for scheme, code, name in (
        ("theme", told["theme"], told["theme_name"]),
        ("genre", told["genre"], told["genre_name"]),
    ):
        if code:
            etree.SubElement(entry, f"{{{ATOM}}}category", term=code, scheme=f"urn:tongban:{scheme}", label=name)  # fmt: skip
    _text(entry, "summary", item.summary)


def _rss_item(channel: etree._Element, item: Item) -> None:
    told = item.told
    entry = etree.SubElement(channel, "item")
    etree.SubElement(entry, "title").text = told["title"]
    etree.SubElement(entry, "link").text = told["url"]
    etree.SubElement(entry, "guid", isPermaLink="false").text = tag_of(told["identifier"], told["published"])
    etree.SubElement(entry, "pubDate").text = _mail_date(item.released)
    for name in filter(None, (told["theme_name"], told["genre_name"])):
        etree.SubElement(entry, "category").text = name
    etree.SubElement(entry, "description").text = item.summary


def _author(parent: etree._Element, name: str) -> None:
    author = etree.SubElement(parent, f"{{{ATOM}}}author")
    _text(author, "name", name)


def _text(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}{name}").text = text


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _mail_date(at: datetime) -> str:
    return format_datetime(at.astimezone(CHINA))


def _opening(record: Record) -> str:
    """The beginning of the text, without the title that most texts repeat."""
    lines = [line.strip() for line in record.body.split("\n") if line.strip()]
    if lines and "".join(lines[0].split()) == "".join(record.title.split()):
        lines = lines[1:]
    text = "".join(lines)
    return text[:SUMMARY] + ("…" if len(text) > SUMMARY else "")
