"""Every address of the installation."""

from django.urls import URLPattern, URLResolver, include, path

from tongban.project import health
from tongban.project.api.views import api

handler400 = "tongban.base.ui.views.bad_request"
handler500 = "tongban.project.health.fault"
urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", health.metrics),
    path("account/", include("allauth.urls")),
    path("api/v1/", api.urls),
    path("ui/", include("tongban.base.ui.urls")),
    path("desk/matters/", include("tongban.faces.catalogue.urls")),
    path("desk/matters/", include("tongban.faces.authoring.urls")),
    path("desk/archive/", include("tongban.platforms.papers.urls")),
    path("", include("tongban.platforms.disclosure.urls")),
    path("", include("tongban.platforms.fees.urls")),
    path("", include("tongban.faces.lobby.urls")),
    path("desk/notices/", include("tongban.platforms.notices.urls")),
    path("desk/ratings/", include("tongban.platforms.rating.urls")),
    path("desk/reporting/", include("tongban.platforms.reporting.urls")),
    path("", include("tongban.faces.openness.urls")),
    path("supervision/bulletins/", include("tongban.faces.bulletin.urls")),
    path("desk/", include("tongban.faces.desk.urls")),
    path("", include("tongban.platforms.statistics.urls")),
    path("supervision/", include("tongban.platforms.supervision.urls")),
    path("", include("tongban.faces.hall.urls")),
]
