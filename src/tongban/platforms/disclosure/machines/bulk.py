"""The whole catalogue as one file: JSON Lines or CSV, streamed, with the JSON schema that every line follows."""

from collections.abc import Iterator
from typing import Any

import orjson

from tongban.base.sheets import csv_line
from tongban.platforms.disclosure.machines.described import Described, address, in_order, published_once
from tongban.platforms.disclosure.models import GENRE_CODES, THEMES, Record

COLUMNS = (
    "identifier", "url", "title", "number", "description", "issuer", "publisher", "publisher_key", "publisher_code", "issued",
    "published", "theme", "theme_name", "theme_second", "genre", "genre_name", "keywords", "columns", "audience", "language",
    "validity", "ends", "file", "annexes", "relations", "modified", "withdrawn", "withdrawn_why",
)  # fmt: skip
"""Columns of the CSV: the members of a description. Lists are joined by "|"; annexes and relations by their addresses."""


def json_lines() -> Iterator[bytes]:
    """One description a line, by the order in which records came into the catalogue."""
    for chunk in in_order(published_once()):
        yield b"".join(orjson.dumps(entry) + b"\n" for entry in chunk)


def csv_lines() -> Iterator[bytes]:
    """The same as CSV (RFC 4180, UTF-8 with a mark), the first line with the names of the columns."""
    yield "\ufeff".encode() + csv_line(COLUMNS).encode()
    for chunk in in_order(published_once()):
        yield "".join(csv_line([_cell(entry.get(name)) for name in COLUMNS]) for entry in chunk).encode()


def schema() -> dict[str, Any]:
    """The JSON schema (2020-12) of a line."""
    text, day = {"type": "string"}, {"type": ["string", "null"], "format": "date"}
    texts = {"type": "array", "items": text}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address("/open/data/schema.json"),
        "title": "政府信息公开目录",
        "description": "目录的一行：一件公开信息的核心元数据；撤下的只说明索引号、地址、撤下的日期和原因。",
        "type": "object",
        "properties": {
            "identifier": {"type": "string", "description": "索引号，永不改变"},
            "url": {"type": "string", "format": "uri", "description": "永久地址"},
            "title": {**text, "description": "名称"},
            "number": {**text, "description": "文号"},
            "description": {**text, "description": "内容概述"},
            "issuer": {**text, "description": "发文机关"},
            "publisher": {**text, "description": "发布机构"},
            "publisher_key": {**text, "description": "发布机构的代号，OAI-PMH 的集合 org:… 用它"},
            "publisher_code": {**text, "description": "发布机构的统一社会信用代码"},
            "issued": {**day, "description": "成文日期"},
            "published": {**day, "description": "公开日期"},
            "theme": {"enum": ["", *THEMES], "description": "主题分类代码"},
            "theme_name": text,
            "theme_second": {**text, "description": "主题分类（二级）"},
            "genre": {"enum": [*GENRE_CODES], "description": "体裁分类代码"},
            "genre_name": text,
            "keywords": {**texts, "description": "关键词"},
            "columns": {**texts, "description": "组配分类"},
            "audience": {**texts, "description": "服务对象分类"},
            "language": {**text, "description": "语种（BCP 47）"},
            "validity": {"enum": list(Record.Validity.values), "description": "有效性"},
            "ends": {**day, "description": "失效日期"},
            "file": {"type": ["string", "null"], "format": "uri", "description": "原文件"},
            "annexes": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"name": text, "url": {"type": "string", "format": "uri"}},
                    "required": ["name", "url"],
                },
            },
            "relations": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"kind": text, "identifier": text, "title": text, "url": text},
                    "required": ["kind", "identifier", "title", "url"],
                },
            },
            "modified": {"type": "string", "format": "date-time", "description": "目录中最后一次变动"},
            "withdrawn": {**day, "description": "撤下的日期；没有撤下的为 null"},
            "withdrawn_why": {**text, "description": "撤下的原因"},
        },
        "required": ["identifier", "url", "modified", "withdrawn"],
        "if": {"properties": {"withdrawn": {"type": "null"}}},
        "then": {"required": ["title", "publisher", "published", "theme", "genre", "validity", "relations"]},
        "else": {"not": {"required": ["title"]}},
        "additionalProperties": False,
    }


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "|".join(_item(item) for item in value)
    return "" if value is None else str(value)


def _item(item: str | Described) -> str:
    return item if isinstance(item, str) else str(item.get("url", ""))
