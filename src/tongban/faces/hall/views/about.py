"""Pages every government site must have: about, contact, accessibility, privacy, site map, reporting a mistake."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tongban.base.ui.shell import public_page
from tongban.faces.guide import life_events
from tongban.registry.kept import GUIDES, kept_for

PAGES = {
    "about": _("关于我们"),
    "contact": _("联系我们"),
    "accessibility": _("无障碍声明"),
    "privacy": _("隐私与个人信息保护"),
    "map": _("网站地图"),
    "mistake": _("政府网站找错"),
}


@require_safe
@kept_for(on=GUIDES)
def page(request: HttpRequest, name: str = "about") -> HttpResponse:
    """One of the pages."""
    if name not in PAGES:
        raise Http404(name)
    crumbs = () if name == "about" else ((str(PAGES["about"]), "/about/"),)
    more = {"events": life_events()} if name == "map" else {}
    return render(
        request, f"hall/about/{name}.html", {"page": public_page(str(PAGES[name]), "", crumbs), **more}
    )
