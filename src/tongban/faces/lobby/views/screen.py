"""The calling screen (叫号屏): numbers and windows, nothing else. It reloads itself without scripts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.base.ui.shell import staff_page
from tongban.faces.lobby.models import Hall
from tongban.faces.lobby.queries import called, lines

EVERY = 5  # seconds


@never_cache
@require_safe
def screen(request: HttpRequest, hall: str) -> HttpResponse:
    """What hangs in the lobby; anybody may look, there is nobody's name on it."""
    row = get_object_or_404(Hall, key=hall, open=True)
    return render(
        request,
        "lobby/screen.html",
        {
            "page": staff_page(row.name + " · " + _("叫号")),
            "hall": row,
            "called": called(row),
            "lines": lines(row),
            "now": timezone.now(),
            "every": EVERY,
        },
    )
