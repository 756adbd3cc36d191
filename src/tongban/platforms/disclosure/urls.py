"""Addresses of disclosure: the public catalogue under /open/, the workbench under /desk/disclosure/."""

from django.urls import URLPattern, path

from tongban.platforms.disclosure.views import columns, importing, open_catalogue, records, withheld

app_name = "disclosure"
urlpatterns: list[URLPattern] = [
    path("open/", open_catalogue.index, name="catalogue"),
    path("open/info/<path:index>/file/", open_catalogue.file, name="file"),
    path("open/info/<path:index>/", open_catalogue.document, name="document"),
    path("open/columns/", columns.index, name="columns"),
    path("open/columns/<slug:key>/", columns.one, name="column"),
    path("desk/disclosure/columns/", columns.gaps, name="gaps"),
    path("desk/disclosure/withheld/", withheld.index, name="withheld"),
    path("desk/disclosure/", records.index, name="records"),
    path("desk/disclosure/import/", importing.begin, name="import"),
    path("desk/disclosure/import/<uuid:batch_id>/", importing.batch, name="batch"),
    path("desk/disclosure/import/<uuid:batch_id>/<int:no>/", importing.row, name="row"),
    path("desk/disclosure/<uuid:uid>/", records.one, name="record"),
]
