"""The catalogue for machines: feeds, sitemaps, harvesting, the whole of it as files, and a page that says what there is."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.ui import parts
from tongban.base.ui.shell import public_page
from tongban.platforms.disclosure.machines import bulk, copies, feeds, oai
from tongban.platforms.disclosure.machines import sitemap as maps
from tongban.platforms.disclosure.machines.described import address
from tongban.platforms.disclosure.provisions import column
from tongban.platforms.disclosure.search import FACETS, Chosen
from tongban.platforms.disclosure.tasks import ask_for_copy
from tongban.platforms.disclosure.views.columns import feed_name
from tongban.platforms.disclosure.views.open_catalogue import column_name, feeds_of
from tongban.registry.kept import kept, kept_for
from tongban.registry.queries import today

XML = "application/xml; charset=utf-8"
ATOM, RSS = "application/atom+xml; charset=utf-8", "application/rss+xml; charset=utf-8"


@require_safe
@kept_for(*FACETS)
def atom(request: HttpRequest) -> HttpResponse:
    """A class of the catalogue as Atom."""
    chosen = Chosen.of(request.GET)
    told = feeds.atom(
        _class(chosen, "atom"), feeds.items_of(chosen.filters()), feeds.gone_from(chosen.filters())
    )
    return HttpResponse(told, content_type=ATOM)


@require_safe
@kept_for(*FACETS)
def rss(request: HttpRequest) -> HttpResponse:
    """A class of the catalogue as RSS 2.0."""
    chosen = Chosen.of(request.GET)
    told = feeds.rss(_class(chosen, "rss"), feeds.items_of(chosen.filters()))
    return HttpResponse(told, content_type=RSS)


@require_safe
@kept_for("item")
def column_atom(request: HttpRequest, key: str) -> HttpResponse:
    """A required column, or one thing that must be in it, as Atom."""
    column, within = _required(request, key, "atom")
    return HttpResponse(
        feeds.atom(column, feeds.items_of(within), feeds.gone_from(within)), content_type=ATOM
    )


@require_safe
@kept_for("item")
def column_rss(request: HttpRequest, key: str) -> HttpResponse:
    """A required column, or one thing that must be in it, as RSS 2.0."""
    column, within = _required(request, key, "rss")
    return HttpResponse(feeds.rss(column, feeds.items_of(within)), content_type=RSS)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def harvest(request: HttpRequest) -> HttpResponse:
    """OAI-PMH 2.0, by GET or by POST as the protocol asks; nothing is changed by either."""
    given = request.POST if request.method == "POST" else request.GET
    told = oai.answer(dict(given.lists()), timezone.now())
    return HttpResponse(told, content_type="text/xml; charset=utf-8")


@require_safe
@kept
def sitemap(request: HttpRequest) -> HttpResponse:
    """The index of sitemaps."""
    return HttpResponse(maps.index(), content_type=XML)


@require_safe
@kept
def sitemap_columns(request: HttpRequest) -> HttpResponse:
    """The pages of the catalogue."""
    return HttpResponse(maps.columns(), content_type=XML)


@require_safe
def sitemap_part(request: HttpRequest, no: int) -> HttpResponseBase:
    """Records of one range of keys."""
    if no > 2**31 // maps.PART or not maps.has_part(no):
        raise Http404
    return _whole(request, copies.part_name(no), XML)


@require_safe
def json_lines(request: HttpRequest) -> HttpResponseBase:
    """The whole catalogue as JSON Lines."""
    return _whole(request, copies.JSON_LINES, "application/jsonl; charset=utf-8", download="jsonl")


@require_safe
def csv_file(request: HttpRequest) -> HttpResponseBase:
    """The whole catalogue as CSV."""
    return _whole(request, copies.CSV, "text/csv; charset=utf-8", download="csv")


@require_safe
@kept
def schema(request: HttpRequest) -> HttpResponse:
    """The JSON schema of a line."""
    told = json.dumps(bulk.schema(), ensure_ascii=False, indent=1)
    return HttpResponse(told, content_type="application/schema+json; charset=utf-8")


@require_safe
@kept
def record_schema(request: HttpRequest) -> HttpResponse:
    """The XML schema of the harvesting format of our own."""
    return HttpResponse(oai.record_schema(), content_type=XML)


@require_safe
@kept
def data(request: HttpRequest) -> HttpResponse:
    """What machines find here, for the people who send them."""
    rows = (
        (_("全部目录（JSON Lines）"), _("一行一件，含撤下的记录"), reverse("disclosure:json-lines")),
        (_("全部目录（CSV）"), _("同上，可以用表格软件打开"), reverse("disclosure:csv")),
        (_("JSON Schema"), _("上面两个文件每一行的格式"), reverse("disclosure:schema")),
        (_("OAI-PMH 2.0"), _("增量采集：按主题、体裁、机构、栏目分集合，撤下的长期标明"), f"{reverse('disclosure:oai')}?verb=Identify"),
        (_("XML Schema"), _("OAI-PMH 元数据格式 gpi"), reverse("disclosure:record-schema")),
        (_("网站地图"), _("供搜索引擎使用"), reverse("disclosure:sitemap")),
        *((name, _("最新 50 件；每个分类、每个栏目的页面都有自己的订阅地址"), href) for _kind, name, href in feeds_of(Chosen(), column_name(Chosen()))),
        (_("重点领域和法定主动公开内容"), _("按栏目订阅：每个栏目一个 Atom、一个 RSS"), reverse("disclosure:columns")),
    )  # fmt: skip
    return render(
        request,
        "disclosure/data.html",
        {
            "page": public_page(
                _("开放数据与订阅"),
                "open",
                [(_("公开目录"), reverse("disclosure:catalogue"))],
                lead=_("公开目录的全部元数据可以成批下载、增量采集或者订阅，自由使用，注明来源即可。"),
            ),
            "table": parts.table(
                (_("内容"), _("说明"), _("地址")),
                tuple((parts.Cell(name, "", href), about, address(href)) for name, about, href in rows),
                _("开放数据与订阅"),
                caption_hidden=True,
            ),
            "feeds": feeds_of(Chosen(), column_name(Chosen())),
        },
    )


def _class(chosen: Chosen, kind: str) -> feeds.Column:
    said = f"?{urlencode(dict(chosen.named()))}" if chosen.named() else ""
    page, here = reverse("disclosure:catalogue"), reverse(f"disclosure:{kind}")
    return feeds.Column(column_name(chosen), address(f"{page}{said}"), address(f"{here}{said}"))


def _required(request: HttpRequest, key: str, kind: str) -> tuple[feeds.Column, dict[str, Any]]:
    """A required column as a feed, and the condition of its records. Raises Http404 for a column that does not hold today."""
    found = column(key, today())
    if found is None:
        raise Http404
    item = next((i for i in found.items if i.key == request.GET.get("item", "")), None)
    said = f"?{urlencode({'item': item.key})}" if item else ""
    here = address(reverse(f"disclosure:column-{kind}", args=[key]) + said)
    page = address(reverse("disclosure:column", args=[key]) + said)
    keys = [item.key] if item else [i.key for i in found.items]
    return feeds.Column(feed_name(found, item), page, here), {"columns__overlap": keys}


def _whole(request: HttpRequest, name: str, media_type: str, *, download: str = "") -> HttpResponseBase:
    """All of the catalogue: the copy of its state now, else computed, else (503) when to come back for it."""
    now = copies.state()
    if (unchanged := get_conditional_response(request, etag=f'"{now}"')) is not None:
        return unchanged
    response: HttpResponseBase
    if (copy := copies.opened(name, now)) is not None:
        response = FileResponse(copy, filename=name, content_type=media_type)
    elif request.method == "HEAD":
        response = HttpResponse(content_type=media_type)
    elif (lines := copies.computed(name)) is not None:
        ask_for_copy(name)
        response = StreamingHttpResponse(lines, content_type=media_type)
    else:
        said = _("全部目录正在生成，请 %(n)s 秒后再取。") % {"n": copies.AGAIN}
        response = HttpResponse(said, status=503, content_type="text/plain; charset=utf-8")
        response["Retry-After"] = str(copies.AGAIN)
        return response
    response["ETag"], response["Cache-Control"] = f'"{now}"', "no-cache"
    if download:
        response["Content-Disposition"] = f'attachment; filename="catalogue-{today():%Y%m%d}.{download}"'
    return response
