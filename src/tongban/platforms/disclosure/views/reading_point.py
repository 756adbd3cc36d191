"""The reading point 查阅点: the public catalogue on a terminal of an archive or a library, in large type, for whoever stands before it.

Nobody signs in and nothing is kept: what was searched for is only in the address, the page goes back to the first one when
nobody touches it, and no page leads out of the catalogue. What one wants to take along is in the QR code, or printed.
"""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.base.ui import work
from tongban.base.ui.qr import qr_code
from tongban.base.ui.shell import public_page
from tongban.platforms.disclosure import search
from tongban.platforms.disclosure.models import THEMES, Record
from tongban.platforms.disclosure.search import Asked, Chosen
from tongban.platforms.disclosure.together import sections_of
from tongban.platforms.disclosure.views.open_catalogue import lines_of, terms_of, where_of
from tongban.registry.queries import organisation_name

IDLE = 120
"""Seconds without a touch after which the terminal goes back to its first page: reading takes longer than taking a number."""
TILES = 12


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page: search, and the themes with how many documents each has."""
    counts = search.counts(Chosen())
    tiles = [
        (THEMES[value], n, f"?{urlencode({'theme': value})}")
        for value, n in counts["theme"]
        if value in THEMES
    ]
    years = [(value, n, f"?{urlencode({'year': value})}") for value, n in counts["year"]]
    return _page(request, "home", _("政府信息查阅"), idle=False, themes=tiles[:TILES], years=years[:6])


@never_cache
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Documents for words, a number, a theme or a year."""
    asked = Asked.of(request.GET)
    found = asked.found()
    pager = work.pager(asked.said(), asked.page, more=found.more)
    return _page(
        request,
        "find",
        _("找到的文件") if asked.said() else _("最新公开的文件"),
        question=asked.question,
        found=found,
        hits=[(hit, where_of(hit)) for hit in found.hits],
        previous=pager.previous,
        next=pager.next,
    )


@never_cache
@require_safe
def document(request: HttpRequest, index: str) -> HttpResponse:
    """One document, with what hangs together with it in the catalogue."""
    record = Record.objects.public().filter(index_number=index).first()
    if record is None:
        raise Http404
    sections = [(s.title, [row for row in s.rows if row.index]) for s in sections_of(record)]
    address = reverse("disclosure:document", args=[index])
    return _page(
        request,
        "document",
        record.title,
        record=record,
        meta=terms_of(record, organisation_name(record.publisher_id)),
        paragraphs=lines_of(record),
        sections=[(title, rows) for title, rows in sections if rows],
        qr=qr_code(request.build_absolute_uri(address)),
    )


def _page(
    request: HttpRequest, template: str, title: str, *, idle: bool = True, **more: object
) -> HttpResponse:
    context = {
        "page": public_page(title, "open"),
        "idle": IDLE if idle else 0,
        "reset": reverse("disclosure:reading-point"),
    }
    return render(request, f"disclosure/reading_point/{template}.html", {**context, **more})
