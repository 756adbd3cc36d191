"""Addresses of the supervision pages."""

from django.urls import URLPattern, path

from tongban.platforms.supervision.views import board, cards, lists, rules, trials, wall

app_name = "supervision"
urlpatterns: list[URLPattern] = [
    path("", board.board, name="board"),
    path("wall/", wall.wall, name="wall"),
    path("cases/", lists.cases, name="cases"),
    path("cases/export/", lists.cases_export, name="cases_export"),
    path("units/export/", lists.units_export, name="units_export"),
    path("cards/", cards.cards, name="cards"),
    path("cards/export/", cards.cards_export, name="cards_export"),
    path("cards/<int:card_id>/", cards.card, name="card"),
    path("cards/<int:card_id>/act/", cards.card_act, name="card_act"),
    path("rules/", rules.index, name="rules"),
    path("rules/<str:rule_id>/", rules.rule, name="rule"),
    path("trials/", trials.index, name="trials"),
    path("trials/<int:trial_id>/", trials.trial, name="trial"),
]
