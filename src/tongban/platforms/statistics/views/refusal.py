"""The page that says why not."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tongban.base.ui import parts
from tongban.base.ui.rail import workbench


def refused(request: HttpRequest, words: str) -> HttpResponse:
    """A page that says why not."""
    notice = parts.Notice("warn", _("不能这样做"), words)
    return render(
        request,
        "statistics/refused.html",
        {"page": workbench(request, _("不能这样做")), "notice": notice},
        status=403,
    )
