"""Addresses of notices at the workbench."""

from django.urls import URLPattern, path

from tongban.platforms.notices import views

app_name = "notices"
urlpatterns: list[URLPattern] = [
    path("", views.deliveries, name="deliveries"),
    path("templates/", views.templates, name="templates"),
    path("templates/<str:event>/<slug:channel>/", views.template, name="template"),
]
