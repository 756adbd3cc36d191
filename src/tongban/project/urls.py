"""Every address of the installation."""

from django.urls import URLPattern, URLResolver, include, path

from tongban.project import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", health.metrics),
    path("account/", include("allauth.urls")),
    path("ui/", include("tongban.base.ui.urls")),
    path("", include("tongban.faces.hall.urls")),
    path("", include("tongban.faces.hall.urls")),
]
