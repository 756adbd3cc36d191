"""Addresses of statistics: the supervisors' pages, and the page for everybody with its data beside it."""

from django.urls import URLPattern, path

from tongban.platforms.statistics.views import board, public

app_name = "statistics"
urlpatterns: list[URLPattern] = [
    path("supervision/statistics/", board.board, name="board"),
    path("supervision/statistics/cases/", board.cases, name="cases"),
    path("supervision/statistics/export/", board.export, name="export"),
    path("statistics/", public.page, name="public"),
    path("statistics/data.json", public.data_json, name="public_json"),
    path("statistics/data.csv", public.data_csv, name="public_csv"),
]
