"""What a public page says of itself to machines: page tags 网页标签 (《政府网站发展指引》附件) and schema.org as JSON-LD."""

import json
from collections.abc import Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tongban.base.calendar import CHINA
from tongban.platforms.disclosure.machines.described import Described, page_of
from tongban.platforms.disclosure.machines.feeds import released, summary_of
from tongban.platforms.disclosure.models import Record

Tags = list[tuple[str, str]]
COLUMN_TYPE = "政府信息公开目录"
_FORCE = {
    "valid": "InForce", "amended": "PartiallyInForce", "repealed": "NotInForce", "expired": "NotInForce",
}  # fmt: skip
_LEGAL_GENRES = frozenset({"01", "02"})
"""Genres that schema.org knows as Legislation: orders and decisions."""
_RELATED = {
    "amends": "legislationChanges",
    "replaces": "legislationRepeals",
    "repeals": "legislationRepeals",
    "interprets": "isBasedOn",
    "consulted_as": "isBasedOn",
    "forwards": "isBasedOn",
}
_RELATED_BACK = frozenset({"amended_by", "replaced_by", "repealed_by", "interpreted_by", "forwarded_by"})


def of_column(name: str, about: str, keywords: Sequence[str]) -> Tags:
    """栏目标签: the four that every column page must have."""
    return [
        ("ColumnName", name),
        ("ColumnType", COLUMN_TYPE),
        ("ColumnDescription", about),
        ("ColumnKeywords", ",".join(keywords)),
    ]


def of_document(record: Record, told: Described) -> Tags:
    """内容页标签: title, time (年-月-日 时:分), source, keywords, author, description and address of a document."""
    column = record.theme_name or _("政府信息公开目录")
    keywords = list(dict.fromkeys(filter(None, [*record.keywords, record.theme_second, record.theme_name])))
    summary = summary_of(record)
    return [
        *of_column(column, _("%(n)s方面的政府信息") % {"n": column}, [column, _("政府信息公开")]),
        ("ArticleTitle", told["title"]),
        ("PubDate", f"{released(record).astimezone(CHINA):%Y-%m-%d %H:%M}"),
        ("ContentSource", record.issuer or told["publisher"]),
        ("Keywords", ",".join(keywords)),
        ("Author", told["publisher"]),
        ("Description", summary),
        ("Url", told["url"]),
    ]


def json_ld(told: Described) -> SafeString:
    """A description as JSON-LD, safe inside a script element. Its context is written out, so that nothing is fetched to read it."""
    legal = told["genre"] in _LEGAL_GENRES
    said: dict[str, Any] = {
        "@context": {"@vocab": "https://schema.org/", "xsd": "http://www.w3.org/2001/XMLSchema#"},
        "@type": ["Legislation" if legal else "DigitalDocument"],
        "@id": told["url"],
        "url": {"@id": told["url"]},
        "identifier": [text for text in (told["identifier"], told["number"]) if text],
        "name": told["title"],
        "inLanguage": told["language"],
        "dateCreated": _day(told["issued"]),
        "datePublished": _day(told["published"]),
        "dateModified": {"@value": told["modified"], "@type": "xsd:dateTime"},
        "expires": _day(told["ends"]),
        "publisher": {"@type": "GovernmentOrganization", "name": told["publisher"], "taxID": told["publisher_code"]},
        "author": {"@type": "GovernmentOrganization", "name": told["issuer"]} if told["issuer"] else None,
        "about": told["theme_name"] or None,
        "genre": told["genre_name"],
        "keywords": told["keywords"] or None,
        "abstract": told["description"] or None,
        "isAccessibleForFree": True,
        "encoding": [
            {"@type": "MediaObject", "name": name, "contentUrl": {"@id": where}}
            for name, where in [
                *([(told["title"], told["file"])] if told["file"] else []),
                *((annex["name"], annex["url"]) for annex in told["annexes"]),
            ]
        ] or None,
    }  # fmt: skip
    if legal:
        said["legislationIdentifier"] = told["number"] or told["identifier"]
        said["legislationDate"] = _day(told["issued"])
        force = _FORCE.get(told["validity"])
        said["legislationLegalForce"] = {"@id": f"https://schema.org/{force}"} if force else None
    for relation in told["relations"]:
        name = _RELATED.get(relation["kind"]) or (
            "subjectOf" if relation["kind"] in _RELATED_BACK else "isRelatedTo"
        )
        said.setdefault(name, []).append({"@id": page_of(relation["identifier"]), "name": relation["title"]})
    text = json.dumps({key: value for key, value in said.items() if value is not None}, ensure_ascii=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return mark_safe(text)  # noqa: S308 -- markup characters are written as escapes above


def _day(text: str | None) -> dict[str, str] | None:
    return {"@value": text, "@type": "xsd:date"} if text else None
