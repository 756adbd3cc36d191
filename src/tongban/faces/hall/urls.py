"""Addresses of the public hall."""

from django.urls import URLPattern, path

from tongban.faces.hall.views import guides, home

app_name = "hall"
urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("search/", guides.search, name="search"),
    path("guides/", guides.browse, name="guides"),
    path("guides/<str:code>/", guides.guide, name="guide"),
    path("guides/<str:code>/flow.bpmn", guides.flow_file, name="flow"),
]
