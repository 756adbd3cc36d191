"""`/robots.txt`: search engines may list guides; what concerns one person is not theirs to fetch."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

#: Rooms that concern one person, or the staff. The bare question pages (`/track/`, `/check/`) hold nothing to index.
CLOSED = ("/apply/", "/track/", "/check/", "/me/", "/account/", "/desk/", "/supervision/", "/api/", "/ui/")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Everything public is open, the rooms above are closed."""
    lines = ["User-agent: *", "Allow: /guides/", *(f"Disallow: {room}" for room in CLOSED)]
    maps = (reverse("hall:sitemap"), reverse("disclosure:sitemap"))
    lines += [*(f"Sitemap: {request.build_absolute_uri(path)}" for path in maps), ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
