"""Addresses of the monthly bulletin."""

from django.urls import URLPattern, path

from tongban.faces.bulletin import views

app_name = "bulletin"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("<int:bulletin_id>/", views.show, name="show"),
    path("<int:bulletin_id>/edit/", views.edit, name="edit"),
    path("<int:bulletin_id>/recount/", views.recount, name="recount"),
    path("<int:bulletin_id>/release/", views.release, name="release"),
    path("<int:bulletin_id>/discard/", views.discard, name="discard"),
    path("<int:bulletin_id>/bulletin.pdf", views.pdf, name="pdf"),
    path("<int:bulletin_id>/bulletin.docx", views.word, name="word"),
]
