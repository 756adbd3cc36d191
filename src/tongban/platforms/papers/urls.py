"""Addresses of archive, forms, agencies' words and retention, under /desk/archive/."""

from django.urls import URLPattern, path

from tongban.platforms.papers.views import archive, forms, offices, retention

app_name = "papers"
urlpatterns: list[URLPattern] = [
    path("", archive.archive, name="archive"),
    path("<int:package_id>/", archive.package, name="package"),
    path("forms/", forms.index, name="forms"),
    path("forms/<slug:key>/", forms.one, name="form"),
    path("forms/<slug:key>/<int:no>.pdf", forms.preview, name="form_preview"),
    path("offices/", offices.index, name="offices"),
    path("offices/<int:org_id>/", offices.one, name="office"),
    path("retention/", retention.rules, name="retention"),
    path("due/", retention.due, name="due"),
    path("due/<int:package_id>/", retention.decide, name="decide"),
]
