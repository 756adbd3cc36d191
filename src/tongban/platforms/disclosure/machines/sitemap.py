"""The catalogue for search engines (sitemaps.org 0.9): an index, parts of at most fifty thousand, news dates.

A part holds the records of a range of keys, so that it never shifts and only those change whose records change.
"""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from django.db import connection
from django.urls import reverse

from tongban.base.ui.site import current_site
from tongban.platforms.disclosure.machines.described import address, moment, page_of, plain
from tongban.platforms.disclosure.models import Record, Tally
from tongban.platforms.disclosure.provisions import schemes
from tongban.platforms.disclosure.public import public_sql
from tongban.registry.queries import today

PART = 50_000
"""Addresses of one file: the most that the protocol allows."""
NEWS = timedelta(days=2)
"""How long a record is news (as the search engines' news protocol has it)."""
MOST_NEWS = 1000
_CHUNK = 2000
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def index() -> bytes:
    """The index: columns, then the parts, each with its latest change."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id / {PART}, max(changed_at) FROM disclosure_record "  # noqa: S608 -- our own number
            f"WHERE {public_sql()} GROUP BY 1 ORDER BY 1"
        )
        parts = list(cursor.fetchall())
    rows = [f"<sitemap><loc>{_said(address(reverse('disclosure:sitemap-columns')))}</loc></sitemap>"]
    for no, changed in parts:
        where = _said(address(reverse("disclosure:sitemap-part", args=[no])))
        rows.append(f"<sitemap><loc>{where}</loc>{_lastmod(moment(changed))}</sitemap>")
    return f'{_HEAD}<sitemapindex xmlns="{_SPACE}">{"".join(rows)}</sitemapindex>'.encode()


def columns() -> bytes:
    """The pages of the catalogue itself: all of it, each class that has records, and every required column."""
    here = reverse("disclosure:catalogue")
    rows = Tally.objects.filter(inside="", n__gt=0).exclude(value="").order_by("facet", "value")
    paths = [here, reverse("disclosure:data")]
    paths += [f"{here}?{urlencode({facet: value})}" for facet, value in rows.values_list("facet", "value")]
    paths.append(reverse("disclosure:columns"))
    paths += [reverse("disclosure:column", args=[c.key]) for s in schemes(today()) for c in s.columns]
    urls = "".join(f"<url><loc>{_said(address(path))}</loc></url>" for path in paths)
    return f'{_HEAD}<urlset xmlns="{_SPACE}">{urls}</urlset>'.encode()


def part(no: int) -> Iterator[bytes]:
    """The public records of one range of keys, streamed."""
    yield f'{_HEAD}<urlset xmlns="{_SPACE}" xmlns:news="{_NEWS}">'.encode()
    last, end, news = no * PART - 1, (no + 1) * PART - 1, 0
    since = today() - NEWS
    rows = Record.objects.public().order_by("pk")
    while chunk := list(
        rows.filter(pk__gt=last, pk__lte=end).values_list(
            "pk", "index_number", "changed_at", "published_on", "title", "language"
        )[:_CHUNK]
    ):
        out = []
        for _pk, index_number, changed, published, title, language in chunk:
            fresh = published is not None and published >= since and news < MOST_NEWS
            news += fresh
            out.append(
                f"<url><loc>{_said(page_of(str(index_number)))}</loc>{_lastmod(moment(changed))}"
                f"{_news(title, language, published) if fresh else ''}</url>"
            )
        yield "".join(out).encode()
        last = chunk[-1][0]
    yield b"</urlset>"


def has_part(no: int) -> bool:
    """Whether any public record lies in the range."""
    return Record.objects.public().filter(pk__gte=no * PART, pk__lt=(no + 1) * PART).exists()


def _lastmod(said: str) -> str:
    return f"<lastmod>{said}</lastmod>" if said else ""


def _news(title: str, language: str, published: object) -> str:
    return (
        f"<news:news><news:publication><news:name>{_said(current_site().name)}</news:name>"
        f"<news:language>{'zh-cn' if language.startswith('zh') else _said(language[:2])}</news:language></news:publication>"
        f"<news:publication_date>{published}</news:publication_date><news:title>{_said(title)}</news:title></news:news>"
    )


def _said(text: str) -> str:
    return escape(plain(text))
