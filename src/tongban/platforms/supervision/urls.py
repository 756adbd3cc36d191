"""Addresses of the supervision pages."""

from django.urls import URLPattern, path

from tongban.platforms.supervision.views import (
    board,
    cards,
    complaints,
    discretion,
    lists,
    orders,
    rules,
    trials,
    wall,
)

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
    path("orders/", orders.orders, name="orders"),
    path("orders/export/", orders.orders_export, name="orders_export"),
    path("complaints/", complaints.complaints, name="complaints"),
    path("complaints/export/", complaints.complaints_export, name="complaints_export"),
    path("discretion/", discretion.index, name="discretion"),
    path("discretion/<int:version_id>/", discretion.benchmark, name="benchmark"),
    path("rules/", rules.index, name="rules"),
    path("rules/<str:rule_id>/", rules.rule, name="rule"),
    path("trials/<int:trial_id>/", trials.trial, name="trial"),
]
