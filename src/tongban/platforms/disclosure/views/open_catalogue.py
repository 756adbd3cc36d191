"""The public catalogue: searched, browsed by class, each record at an address that stays."""

from html import escape
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.files import download
from tongban.base.ui import parts, work
from tongban.base.ui.format import cn_date
from tongban.base.ui.shell import public_page
from tongban.platforms.disclosure import search
from tongban.platforms.disclosure.machines import tags
from tongban.platforms.disclosure.machines.described import described
from tongban.platforms.disclosure.models import GENRE_CODES, THEMES, Record
from tongban.platforms.disclosure.search import FACETS, Asked, Chosen
from tongban.platforms.disclosure.together import sections_of
from tongban.registry.kept import kept, kept_for
from tongban.registry.queries import as_of, organisation_name

SHOWN = 6
"""Classes of a facet shown before the rest is opened."""
CURRENT = ' aria-current="true"'


@require_safe
@kept_for(*FACETS, "page")
def index(request: HttpRequest) -> HttpResponse:
    """The newest records, or those for a question, narrowed by classes that tell how many there are."""
    asked = Asked.of(request.GET)
    found, question, chosen = asked.found(), asked.question, asked.chosen
    pager = work.pager(asked.said(), asked.page, more=found.more)
    if asked.page and not found.hits:
        raise Http404
    return render(
        request,
        "disclosure/catalogue.html",
        {
            "page": public_page(_("政府信息公开目录"), "open", lead=_("按主题、体裁、机构、年份查看，也可以直接输入文号或者索引号。")),
            "question": question,
            "page_tags": tags.of_column(*_column(chosen)),
            "feeds": feeds_of(chosen, _column(chosen)[0]),
            "found": found,
            "hits": [
                (hit, where_of(hit), reverse("disclosure:document", args=[hit.index_number])) for hit in found.hits
            ],
            "no_longer": parts.Chip("hold", _("已失效")).render(),
            "tags": _tags(question, chosen),
            "facets": [] if question else _facets(chosen),
            "hidden": [(name, value) for name, value in Asked(chosen=chosen).said().items()],
            "previous": pager.previous,
            "next": pager.next,
            "empty": parts.Empty(
                _("没有找到"),
                _("换个说法，或者少选几个条件。找不到的政府信息可以申请公开。"),
                (parts.Act(_("看全部目录"), reverse("disclosure:catalogue")),),
                icon="search",
            ),
        },
    )  # fmt: skip


@require_safe
@kept
def document(request: HttpRequest, index: str) -> HttpResponse:
    """One record with its metadata, its text and what hangs together with it; a notice where it was withdrawn (410)."""
    record = _record(index)
    if record.state == Record.State.WITHDRAWN:
        return render(
            request,
            "disclosure/withdrawn.html",
            {
                "page": public_page(
                    _("这份文件已经撤下"), "open", [(_("公开目录"), reverse("disclosure:catalogue"))]
                ),
                "record": record,
            },
            status=410,
        )
    publisher, told = organisation_name(record.publisher_id), described([record])[0]
    return render(
        request,
        "disclosure/document.html",
        {
            "page": public_page(record.title, "open", [(_("公开目录"), reverse("disclosure:catalogue"))]),
            "record": record,
            "meta": terms_of(record, publisher),
            "paragraphs": lines_of(record),
            "sections": sections_of(record),
            "validity": _validity(record),
            "annexes": [
                (annex.name, annex.file.size, reverse("disclosure:annex", args=[index, annex.no]))
                for annex in record.files.select_related("file").defer("text")
            ],
            "page_tags": tags.of_document(record, told),
            "json_ld": tags.json_ld(told),
            "permanent": told["url"],
            "feeds": feeds_of(Chosen(theme=record.theme), record.theme_name),
        },
    )


@require_safe
def file(request: HttpRequest, index: str) -> HttpResponseBase:
    """The file as it was handed in, where it was published with the text."""
    record = _record(index)
    if not record.is_public or not record.offers_file or record.file is None:
        raise Http404
    return download(record.file, record.filename or record.title)


def feeds_of(chosen: Chosen, name: str) -> list[tuple[str, str, str]]:
    """The feeds of a column: media type, name, address."""
    said = f"?{urlencode(Asked(chosen=chosen).said())}" if chosen.named() else ""
    return [
        (f"application/{kind.lower()}+xml", f"{name}（{kind}）", reverse(f"disclosure:{kind.lower()}") + said)
        for kind in ("Atom", "RSS")
    ]


def column_name(chosen: Chosen) -> str:
    """A column of the catalogue by its classes, as its page and its feed are called."""
    return " · ".join(_name(name, value) for name, value in chosen.named()) or _("政府信息公开目录")


def _column(chosen: Chosen) -> tuple[str, str, list[str]]:
    """What the tags of a column page say: its name, a sentence about it, keywords."""
    name = column_name(chosen)
    about = _("%(n)s：主动公开的政府信息，按公开日期排列。") % {"n": name}
    return name, about, [*(_name(facet, value) for facet, value in chosen.named()), _("政府信息公开")]


def _record(index: str) -> Record:
    rows = Record.objects.filter(index_number=index, attribute=Record.Attribute.PROACTIVE)
    found = (
        rows.filter(state__in=(Record.State.RELEASED, Record.State.WITHDRAWN)).select_related("file").first()
    )
    if found is None:
        raise Http404
    return found


def where_of(hit: search.Hit) -> str:
    """What a list says of a record besides its title: number, publisher, day."""
    parts_of = (hit.number, organisation_name(hit.publisher_id), cn_date(hit.published_on))
    return " · ".join(part for part in parts_of if part)


def _name(facet: str, value: str) -> str:
    if facet == "theme":
        return THEMES.get(value, _("未分类"))
    if facet == "genre":
        return GENRE_CODES.get(value, value)
    if facet == "org":
        node = as_of().nodes.get(int(value))
        return node.name if node else value
    if facet == "validity":
        return str(Record.Validity(value).label)
    return _("%(y)s 年") % {"y": value}


def _tags(question: str, chosen: Chosen) -> list[tuple[str, str]]:
    """What is chosen, each with the address without it."""
    rows = [(f"“{question}”", Asked(chosen=chosen).said())] if question else []
    rows += [
        (_name(name, value), Asked(question, chosen.without(name)).said()) for name, value in chosen.named()
    ]
    return [(text, f"?{urlencode(said)}") for text, said in rows]


def _facets(chosen: Chosen) -> list[dict[str, Any]]:
    titles = {
        "theme": _("主题"),
        "genre": _("体裁"),
        "org": _("发布机构"),
        "year": _("年份"),
        "validity": _("有效性"),
    }
    told = search.counts(chosen)
    facets = []
    for name, title in titles.items():
        others, now = Asked(chosen=chosen.without(name)).said(), str(getattr(chosen, name))
        way = f"?{urlencode({**others, name: ''})}"
        rows = [(way + value, now == value, _name(name, value), n) for value, n in told[name] if value]
        if rows:
            facets.append(
                {"key": name, "title": title, "rows": _listed(rows[:SHOWN]), "rest": _listed(rows[SHOWN:])}
            )
    return facets


def _listed(rows: list[tuple[str, bool, str, int]]) -> SafeString:
    """Classes as items of a list: a page has a hundred, which take a template, and `format_html`, ten times as long."""
    return mark_safe(  # noqa: S308 -- what is not ours is escaped
        "".join(
            f'<li><a href="{escape(href)}"{CURRENT if now else ""}>{escape(name)}</a>'
            f' <small class="tb-mute">{n:,}</small></li>'
            for href, now, name, n in rows
        )
    )


def terms_of(record: Record, publisher: str) -> parts.Terms:
    """The metadata 核心元数据 of a record as the public reads it."""
    rows: list[tuple[str, str]] = [
        (_("索引号"), record.index_number or ""),
        (_("主题分类"), " / ".join(filter(None, (record.theme_name, record.theme_second)))),
        (_("体裁分类"), record.genre_name),
        (_("发文机关"), record.issuer),
        (_("发布机构"), record.publisher_name or publisher),
        (_("文号"), record.number),
        (_("成文日期"), cn_date(record.issued_on) if record.issued_on else ""),
        (_("公开日期"), cn_date(record.published_on) if record.published_on else ""),
        (_("有效性"), str(Record.Validity(record.validity).label)),
        (_("失效日期"), cn_date(record.ends_on) if record.ends_on else ""),
        (_("内容概述"), record.description),
    ]
    return parts.Terms(tuple((name, value) for name, value in rows if value))


def _validity(record: Record) -> parts.Notice | None:
    words = {
        Record.Validity.REPEALED: _("这份文件已经废止，仅供查考。"),
        Record.Validity.EXPIRED: _("这份文件已经失效，仅供查考。"),
        Record.Validity.AMENDED: _("这份文件的部分内容已经修改，请同时看修改它的文件。"),
    }
    said = words.get(Record.Validity(record.validity))
    return parts.Notice("warn", said) if said else None


def lines_of(record: Record) -> list[str]:
    """The paragraphs of a record's text, its title left out where it stands first."""
    lines = [line.strip() for line in record.body.split("\n") if line.strip()]
    return lines[1:] if lines and "".join(lines[0].split()) == "".join(record.title.split()) else lines
