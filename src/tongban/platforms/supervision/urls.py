"""Addresses of the supervision pages."""

from django.urls import URLPattern, path

from tongban.platforms.supervision.views import (
    board,
    cards,
    complaints,
    discretion,
    draws,
    lists,
    orders,
    recusals,
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
    path("complaints/<str:number>/order/", complaints.order, name="complaint_order"),
    path("draws/", draws.index, name="draws"),
    path("draws/export/", draws.export, name="draws_export"),
    path("draws/new/", draws.new, name="draw_new"),
    path("draws/public/", draws.published, name="draws_public"),
    path("draws/<int:draw_id>/", draws.draw, name="draw"),
    path("draws/<int:draw_id>/proof.json", draws.proof, name="draw_proof"),
    path("draws/<int:draw_id>/checks/<int:place>/", draws.act, name="draw_act"),
    path("recusals/", recusals.index, name="recusals"),
    path("recusals/<int:relation_id>/", recusals.act, name="recusal_act"),
    path("discretion/", discretion.index, name="discretion"),
    path("discretion/<int:version_id>/", discretion.benchmark, name="benchmark"),
    path("rules/", rules.index, name="rules"),
    path("rules/<str:rule_id>/", rules.rule, name="rule"),
    path("trials/", trials.index, name="trials"),
    path("trials/<int:trial_id>/", trials.trial, name="trial"),
]
