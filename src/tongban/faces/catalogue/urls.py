"""Addresses of bulk import and export, under /desk/matters/."""

from django.urls import URLPattern, path

from tongban.faces.catalogue import views

app_name = "catalogue"
urlpatterns: list[URLPattern] = [
    path("import/", views.upload, name="import"),
    path("import/template.xlsx", views.blank, name="template"),
    path("import/<uuid:import_id>/", views.show, name="show"),
    path("export/", views.export, name="export"),
]
