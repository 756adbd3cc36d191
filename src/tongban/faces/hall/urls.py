"""Addresses of the public hall."""

from django.urls import URLPattern, path, re_path

from tongban.faces.hall.views import (
    about,
    apply,
    asking,
    channels,
    check,
    finding,
    guides,
    home,
    me,
    rating,
    robots,
    track,
)
from tongban.faces.hall.views import papers as documents
from tongban.faces.hall.views.guide_pdf import guide_pdf

app_name = "hall"
urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("search/", finding.search, name="search"),
    path("search/suggest/", finding.suggest, name="suggest"),
    path("events/<str:name>/", finding.event, name="event"),
    path("sitemap.xml", finding.sitemap, name="sitemap"),
    path("ask/", asking.ask, name="ask"),
    path("ask/read/", asking.read, name="ask-read"),
    path("ask/<str:number>/", asking.mine, name="ask-mine"),
    path("answers/", asking.answers, name="answers"),
    path("answers/<str:number>/", asking.answer, name="answer"),
    path("guides/", finding.browse, name="guides"),
    path("guides/<str:code>/", guides.guide, name="guide"),
    path("guides/<str:code>/guide.pdf", guide_pdf, name="guide-pdf"),
    path("guides/<str:code>/flow.bpmn", guides.flow_file, name="flow"),
    path("apply/<str:code>/", apply.start, name="apply"),
    path("apply/<str:code>/<uuid:draft>/<int:step>/", apply.step, name="apply-step"),
    path("apply/<str:code>/<uuid:draft>/<int:step>/save/", apply.save, name="apply-save"),
    path("apply/<str:code>/<uuid:draft>/material/<str:key>/", apply.upload, name="apply-upload"),
    path("apply/<str:code>/<uuid:draft>/files/<uuid:file>/", apply.file, name="apply-file"),
    path(
        "apply/<str:code>/<uuid:draft>/files/<uuid:file>/remove/", apply.remove_file, name="apply-remove-file"
    ),
    path("apply/<str:code>/<uuid:draft>/remove/", apply.remove, name="apply-remove"),
    path("apply/<str:code>/<uuid:draft>/restore/", apply.restore, name="apply-restore"),
    path("track/", track.track, name="track"),
    path("track/<str:number>/", track.case, name="case"),
    path("track/<str:number>/receipt/", track.receipt, name="receipt"),
    path("track/<str:number>/result/", track.result, name="result"),
    path("track/<str:number>/supply/", track.supply, name="supply"),
    path("track/<str:number>/files/<uuid:file>/", track.file, name="case-file"),
    re_path(r"^track/(?P<number>[A-Z0-9]+)/(?P<what>withdraw|urge)/$", track.act, name="act"),
    path("rate/<str:token>/", rating.steps, name="rate"),
    path("rate/<str:token>/<slug:step>/<int:no>/", rating.rate, name="rate-step"),
    path("me/", me.cases, name="me"),
    path("me/drafts/", me.drafts, name="me-drafts"),
    path("me/messages/", me.notices, name="me-messages"),
    path("me/messages/read/", me.read, name="me-read"),
    path("me/notices/", channels.channels, name="me-channels"),
    path("me/profile/", me.profile, name="me-profile"),
    path("track/<str:number>/papers/<int:seq>/", documents.paper, name="paper"),
    path("check/", check.check, name="check"),
    path("check/file/", documents.compared, name="check-file"),
    path("check/p/<str:token>/", documents.scanned, name="check-paper"),
    path("check/<str:number>/proof.json", check.proof, name="proof"),
    path("robots.txt", robots.robots, name="robots"),
    path("about/", about.page, name="about"),
    path("about/<slug:name>/", about.page, name="about-page"),
]
