"""The catalogue as a data provider of OAI-PMH 2.0. Withdrawn records stay in it as deleted, for ever.

A datestamp is the last change of what the public sees of a record (`Record.changed_at`, kept by trigger); lists go by it and
by key, so that what changes during a harvest comes again at its end instead of being missed. Dublin Core, and the core
metadata of 政府信息公开目录 in a format of their own (`gpi`, its schema at /open/data/record.xsd).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Min, Q, QuerySet
from django.urls import reverse
from lxml import etree

from tongban.base.ui.site import current_site
from tongban.platforms.disclosure.columns import Column, Item
from tongban.platforms.disclosure.machines import harvesting
from tongban.platforms.disclosure.machines.described import (
    Described,
    address,
    described,
    plain,
    published_once,
)
from tongban.platforms.disclosure.machines.harvesting import Fault, Wanted
from tongban.platforms.disclosure.models import GENRE_CODES, THEMES, Record
from tongban.platforms.disclosure.provisions import schemes
from tongban.registry.queries import as_of, today

OAI, XSI = "http://www.openarchives.org/OAI/2.0/", "http://www.w3.org/2001/XMLSchema-instance"
OAI_DC, DC = "http://www.openarchives.org/OAI/2.0/oai_dc/", "http://purl.org/dc/elements/1.1/"
IDENTIFIER = "http://www.openarchives.org/OAI/2.0/oai-identifier"
GPI = "urn:tongban:government-public-information:1"
SIZES = {"ListRecords": 200, "ListIdentifiers": 1000}
"""How many of a list one answer holds."""
_SETS = {"theme": "主题分类", "genre": "体裁分类", "org": "发布机构"}
_GPI_TEXTS = (
    "identifier", "title", "number", "description", "issuer", "publisher", "publisher_code", "issued", "published", "theme_name",
    "theme_second", "genre_name", "keywords", "columns", "audience", "language", "validity", "ends", "url", "file",
)  # fmt: skip
_GPI_CODES = {"theme_name": "theme", "genre_name": "genre"}


def answer(given: Mapping[str, Sequence[str]], now: datetime) -> bytes:
    """The response document for the arguments of a request. Error conditions are answers too (§3.6)."""
    root = etree.Element(_oai("OAI-PMH"), nsmap={None: OAI, "xsi": XSI})  # type: ignore[dict-item]  # the stubs do not know the default namespace
    root.set(f"{{{XSI}}}schemaLocation", f"{OAI} {OAI}OAI-PMH.xsd")
    _put(root, "responseDate", harvesting.utc(now))
    asked = _put(root, "request", _base())
    try:
        said = harvesting.arguments(given)
        for name, value in said.items():
            asked.set(name, plain(value))
        root.append(_VERBS[said["verb"]](said))
    except Fault as fault:
        if fault.code in {"badVerb", "badArgument"}:
            asked.attrib.clear()
        _put(root, "error", plain(fault.message)).set("code", fault.code)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def record_schema() -> bytes:
    """The XML schema of the format `gpi`."""
    texts = "".join(
        f'<xs:element ref="g:{_camel(name)}" minOccurs="0" maxOccurs="unbounded"/>' for name in _GPI_TEXTS
    )
    elements = "".join(
        f'<xs:element name="{_camel(name)}" type="{"g:coded" if name in _GPI_CODES else "xs:string"}"/>'
        for name in _GPI_TEXTS
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:g="{GPI}" targetNamespace="{GPI}" elementFormDefault="qualified">
<xs:annotation><xs:documentation xml:lang="zh">政府信息公开目录核心元数据</xs:documentation></xs:annotation>
<xs:complexType name="coded"><xs:simpleContent><xs:extension base="xs:string"><xs:attribute name="code" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType>
<xs:complexType name="named"><xs:simpleContent><xs:extension base="xs:anyURI"><xs:attribute name="kind" type="xs:string"/><xs:attribute name="identifier" type="xs:string"/><xs:attribute name="name" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType>
{elements}<xs:element name="annex" type="g:named"/><xs:element name="relation" type="g:named"/>
<xs:element name="information"><xs:complexType><xs:sequence>{texts}<xs:element ref="g:annex" minOccurs="0" maxOccurs="unbounded"/><xs:element ref="g:relation" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
</xs:schema>
""".encode()  # noqa: E501 -- as it is written out


def _identify(said: Mapping[str, str]) -> etree._Element:
    node, site = _verb("Identify"), current_site()
    earliest = published_once().aggregate(first=Min("changed_at"))["first"]
    _put(node, "repositoryName", f"{site.name} · 政府信息公开目录")
    _put(node, "baseURL", _base())
    _put(node, "protocolVersion", "2.0")
    _put(node, "adminEmail", site.email)
    _put(node, "earliestDatestamp", harvesting.utc(earliest or datetime(2008, 5, 1, tzinfo=UTC)))
    _put(node, "deletedRecord", "persistent")
    _put(node, "granularity", "YYYY-MM-DDThh:mm:ssZ")
    shape = etree.SubElement(
        _put(node, "description"),
        f"{{{IDENTIFIER}}}oai-identifier",
        nsmap={None: IDENTIFIER},  # type: ignore[dict-item]  # the stubs do not know the default namespace
    )
    shape.set(
        f"{{{XSI}}}schemaLocation", f"{IDENTIFIER} http://www.openarchives.org/OAI/2.0/oai-identifier.xsd"
    )
    sample = f"oai:{site.domain}:01413881X/2013-00051"
    for name, text in (
        ("scheme", "oai"),
        ("repositoryIdentifier", site.domain),
        ("delimiter", ":"),
        ("sampleIdentifier", sample),
    ):
        etree.SubElement(shape, f"{{{IDENTIFIER}}}{name}").text = text
    return node


def _formats(said: Mapping[str, str]) -> etree._Element:
    if "identifier" in said:
        _found(said["identifier"])
    node = _verb("ListMetadataFormats")
    for prefix, schema, space in (
        ("oai_dc", f"{OAI}oai_dc.xsd", OAI_DC),
        ("gpi", address(reverse("disclosure:record-schema")), GPI),
    ):
        one = _put(node, "metadataFormat")
        _put(one, "metadataPrefix", prefix)
        _put(one, "schema", schema)
        _put(one, "metadataNamespace", space)
    return node


def _sets(said: Mapping[str, str]) -> etree._Element:
    if "resumptionToken" in said:
        raise Fault("badResumptionToken", "集合一次给全，没有续传。")
    node = _verb("ListSets")
    units = {unit.key: unit.name for unit in as_of().nodes.values()}
    classes = {"theme": THEMES, "genre": GENRE_CODES, "org": dict(sorted(units.items()))}
    for facet, title in _SETS.items():
        for spec, name in [
            (facet, title),
            *((f"{facet}:{code}", name) for code, name in classes[facet].items()),
        ]:
            _put_set(node, spec, name)
    _put_set(node, "column", "重点领域和法定主动公开内容")
    for scheme in schemes(today()):
        for column in scheme.columns:
            _put_set(node, f"column:{column.key}", column.name)
            for item in column.items:
                _put_set(node, set_of_item(column, item), item.name)
    return node


def set_of_item(column: Column, item: Item) -> str:
    """The set of one thing that must be in a required column, below that of the column."""
    return f"column:{column.key}:{item.key.removeprefix(column.key + '-')}"


def _put_set(node: etree._Element, spec: str, name: str) -> None:
    one = _put(node, "set")
    _put(one, "setSpec", spec)
    _put(one, "setName", name)


def _get(said: Mapping[str, str]) -> etree._Element:
    record = _found(said["identifier"])
    prefix = harvesting.known_prefix(said["metadataPrefix"])
    node = _verb("GetRecord")
    node.append(_record(record, described([record])[0], prefix, _sets_now()))
    return node


def _list(said: Mapping[str, str]) -> etree._Element:
    wish, verb = harvesting.wanted(said), said["verb"]
    rows = _rows(wish)
    total = wish.total if wish.total >= 0 else rows.count()
    if wish.after:
        moment, pk = wish.after
        rows = rows.filter(Q(changed_at__gt=moment) | Q(changed_at=moment, pk__gt=pk), changed_at__gte=moment)
    size = SIZES[verb]
    shown = list(rows.defer("body", "words", "digest").order_by("changed_at", "pk")[: size + 1])
    if not shown and not wish.after:
        raise Fault("noRecordsMatch", "没有符合条件的记录。")
    node, page, sets = _verb(verb), shown[:size], _sets_now()
    if verb == "ListIdentifiers":
        node.extend([_header(record, sets) for record in page])
    else:
        pairs = zip(page, described(page), strict=True)
        node.extend([_record(record, told, wish.prefix, sets) for record, told in pairs])
    if wish.after or len(shown) > size:
        more = len(shown) > size
        on = wish.going_on((page[-1].changed_at, page[-1].pk), wish.told + len(page), total) if more else None  # type: ignore[arg-type]  # published ones have it
        token = _put(node, "resumptionToken", harvesting.token_of(on) if on else None)
        token.set("completeListSize", str(max(total, wish.told + len(shown))))
        token.set("cursor", str(wish.told))
    return node


_VERBS = {
    "Identify": _identify,
    "ListMetadataFormats": _formats,
    "ListSets": _sets,
    "GetRecord": _get,
    "ListIdentifiers": _list,
    "ListRecords": _list,
}


def _rows(wish: Wanted) -> QuerySet[Record]:
    rows = _in_set(published_once(), wish.set_spec)
    if wish.first:
        rows = rows.filter(changed_at__gte=wish.first)
    return rows.filter(changed_at__lt=wish.end) if wish.end else rows


def _in_set(rows: QuerySet[Record], spec: str) -> QuerySet[Record]:
    facet, _, value = spec.partition(":")
    if facet == "column":
        keys = [key for key, own in _items().items() if value in ("", *_ending(own))]
        return rows.filter(columns__overlap=keys)
    if not spec or (not value and facet in {"genre", "org"}):
        return rows
    if facet == "theme":
        return rows.filter(theme=value) if value else rows.exclude(theme="")
    if facet == "genre":
        return rows.filter(genre=value)
    unit = (
        next((node.id for node in as_of().nodes.values() if node.key == value), None)
        if facet == "org"
        else None
    )
    return rows.filter(publisher_id=unit) if unit else rows.none()


def _items() -> dict[str, str]:
    """The items of the required columns that hold today, with the set of each."""
    return {
        item.key: set_of_item(column, item)
        for scheme in schemes(today())
        for column in scheme.columns
        for item in column.items
    }


def _ending(spec: str) -> tuple[str, str]:
    """What may stand after “column:” to ask for the set of an item: the item's own, and its column's."""
    own = spec.partition(":")[2]
    return own, own.partition(":")[0]


def _found(identifier: str) -> Record:
    index = harvesting.index_number_of(identifier, current_site().domain)
    record = published_once().defer("body", "words", "digest").filter(index_number=index).first()
    if record is None:
        raise Fault("idDoesNotExist", f"没有标识符“{identifier}”。")
    return record


def _record(record: Record, told: Described, prefix: str, sets: "_Sets") -> etree._Element:
    node = etree.Element(_oai("record"))
    node.append(_header(record, sets))
    if record.is_public:
        _put(node, "metadata").append(_dublin_core(told) if prefix == "oai_dc" else _core_metadata(told))
    return node


def _header(record: Record, sets: "_Sets") -> etree._Element:
    node = etree.Element(_oai("header"))
    if not record.is_public:
        node.set("status", "deleted")
    _put(node, "identifier", f"oai:{current_site().domain}:{harvesting.local_name(str(record.index_number))}")
    _put(node, "datestamp", harvesting.utc(record.changed_at or record.created_at))
    unit = sets.units.get(record.publisher_id, "")
    for facet, value in (("theme", record.theme), ("genre", record.genre), ("org", unit)):
        if value:
            _put(node, "setSpec", f"{facet}:{value}")
    for key in record.columns:
        if key in sets.items:
            _put(node, "setSpec", sets.items[key])
    return node


@dataclass(frozen=True, slots=True)
class _Sets:
    """What the sets of records are called: of each publisher its key, of each item of the required columns its set."""

    units: Mapping[int, str]
    items: Mapping[str, str]


def _sets_now() -> _Sets:
    return _Sets({pk: node.key for pk, node in as_of().nodes.items()}, _items())


def _dublin_core(told: Described) -> etree._Element:
    node = etree.Element(f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC, "xsi": XSI})
    node.set(f"{{{XSI}}}schemaLocation", f"{OAI_DC} {OAI}oai_dc.xsd")
    rows: list[tuple[str, Sequence[str | None]]] = [
        ("title", [told["title"]]),
        ("creator", [told["issuer"]]),
        ("subject", [told["theme_name"], told["theme_second"], *told["keywords"]]),
        ("description", [told["description"]]),
        ("publisher", [told["publisher"]]),
        ("date", [told["published"], told["issued"]]),
        ("type", ["Text", told["genre_name"]]),
        ("format", ["text/html"]),
        ("identifier", [told["url"], told["identifier"], told["number"]]),
        ("language", [told["language"]]),
        ("relation", [relation["url"] for relation in told["relations"]]),
    ]
    for name, texts in rows:
        for text in dict.fromkeys(filter(None, texts)):
            etree.SubElement(node, f"{{{DC}}}{name}").text = text
    return node


def _core_metadata(told: Described) -> etree._Element:
    node = etree.Element(_gpi("information"), nsmap={None: GPI, "xsi": XSI})  # type: ignore[dict-item]  # the stubs do not know the default namespace
    node.set(f"{{{XSI}}}schemaLocation", f"{GPI} {address(reverse('disclosure:record-schema'))}")
    for name in _GPI_TEXTS:
        value: Any = told[name]
        for text in value if isinstance(value, list) else [value] if value else []:
            one = etree.SubElement(node, _gpi(_camel(name)))
            one.text = text
            if name in _GPI_CODES:
                one.set("code", told[_GPI_CODES[name]])
    for annex in told["annexes"]:
        etree.SubElement(node, _gpi("annex"), name=annex["name"]).text = annex["url"]
    for relation in told["relations"]:
        said = {"kind": relation["kind"], "identifier": relation["identifier"], "name": relation["title"]}
        etree.SubElement(node, _gpi("relation"), said).text = relation["url"]
    return node


def _base() -> str:
    return address(reverse("disclosure:oai"))


def _verb(name: str) -> etree._Element:
    return etree.Element(_oai(name))


def _put(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    node = etree.SubElement(parent, _oai(name))
    node.text = text
    return node


def _oai(name: str) -> str:
    return f"{{{OAI}}}{name}"


def _gpi(name: str) -> str:
    return f"{{{GPI}}}{name}"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
