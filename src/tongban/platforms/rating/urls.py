"""Addresses of ratings at the workbench."""

from django.urls import URLPattern, path

from tongban.platforms.rating import views

app_name = "rating"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("export/", views.export, name="export"),
    path("<int:rating_id>/", views.one, name="one"),
]
