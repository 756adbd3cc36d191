"""Addresses of the supervision pages."""

from django.urls import URLPattern, path

from tongban.platforms.supervision import views

app_name = "supervision"
urlpatterns: list[URLPattern] = [
    path("cards/", views.cards, name="cards"),
    path("cards/export/", views.cards_export, name="cards_export"),
    path("cards/<int:card_id>/", views.card, name="card"),
    path("cards/<int:card_id>/act/", views.card_act, name="card_act"),
]
