"""Addresses of the archive, under /desk/archive/."""

from django.urls import URLPattern, path

from tongban.platforms.papers import views

app_name = "papers"
urlpatterns: list[URLPattern] = [
    path("", views.archive, name="archive"),
    path("<int:package_id>/", views.package, name="package"),
]
