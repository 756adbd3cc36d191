"""Addresses of disclosure: the public catalogue under /open/, the workbench under /desk/disclosure/."""

from django.urls import URLPattern, path

from tongban.platforms.disclosure.views import (
    annexes,
    columns,
    figures,
    importing,
    machines,
    open_catalogue,
    reading_point,
    records,
    withheld,
)

app_name = "disclosure"
urlpatterns: list[URLPattern] = [
    path("open/", open_catalogue.index, name="catalogue"),
    path("open/data/", machines.data, name="data"),
    path("open/data/records.jsonl", machines.json_lines, name="json-lines"),
    path("open/data/records.csv", machines.csv_file, name="csv"),
    path("open/data/schema.json", machines.schema, name="schema"),
    path("open/data/record.xsd", machines.record_schema, name="record-schema"),
    path("open/feed.atom", machines.atom, name="atom"),
    path("open/feed.rss", machines.rss, name="rss"),
    path("open/oai", machines.harvest, name="oai"),
    path("open/sitemap.xml", machines.sitemap, name="sitemap"),
    path("open/sitemap-columns.xml", machines.sitemap_columns, name="sitemap-columns"),
    path("open/sitemap-<int:no>.xml", machines.sitemap_part, name="sitemap-part"),
    path("open/info/<path:index>/annexes/<int:no>/", annexes.one, name="annex"),
    path("open/info/<path:index>/file/", open_catalogue.file, name="file"),
    path("open/info/<path:index>/", open_catalogue.document, name="document"),
    path("open/columns/", columns.index, name="columns"),
    path("open/columns/<slug:key>/", columns.one, name="column"),
    path("desk/disclosure/columns/", columns.gaps, name="gaps"),
    path("desk/disclosure/withheld/", withheld.index, name="withheld"),
    path("reading-point/", reading_point.home, name="reading-point"),
    path("reading-point/find/", reading_point.find, name="reading-point-find"),
    path("reading-point/info/<path:index>/", reading_point.document, name="reading-point-document"),
    path("desk/disclosure/figures/", figures.index, name="figures"),
    path("desk/disclosure/figures/records/", figures.records, name="figures-records"),
    path("desk/disclosure/figures/export/", figures.export, name="figures-export"),
    path("desk/disclosure/", records.index, name="records"),
    path("desk/disclosure/import/", importing.begin, name="import"),
    path("desk/disclosure/import/<uuid:batch_id>/", importing.batch, name="batch"),
    path("desk/disclosure/import/<uuid:batch_id>/<int:no>/", importing.row, name="row"),
    path("desk/disclosure/<uuid:uid>/annexes/", annexes.manage, name="annexes"),
    path("desk/disclosure/<uuid:uid>/annexes/<int:no>/", annexes.kept, name="record-annex"),
    path("desk/disclosure/<uuid:uid>/file/", annexes.original, name="record-file"),
    path("desk/disclosure/<uuid:uid>/", records.one, name="record"),
]
