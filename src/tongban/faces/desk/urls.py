"""Addresses of the workbench."""

from django.urls import URLPattern, path

from tongban.faces.desk.views import (
    account,
    answers,
    case,
    counter,
    coverage,
    materials,
    matters,
    papers,
    todo,
    unit,
)

app_name = "desk"
urlpatterns: list[URLPattern] = [
    path("", todo.inbox, name="todo"),
    path("export/", todo.export, name="todo_export"),
    path("bulk/", todo.bulk, name="bulk"),
    path("done/", todo.done, name="done"),
    path("search/", todo.search, name="search"),
    path("unit/", unit.board, name="unit"),
    path("unit/list/", unit.listing, name="unit_list"),
    path("unit/export/", unit.export, name="unit_export"),
    path("coverage/zero/", coverage.zero, name="coverage_zero"),
    path("coverage/depth/", coverage.depth, name="coverage_depth"),
    path("counter/", counter.choose, name="counter"),
    path("counter/<str:code>/", counter.intake, name="intake"),
    path("receipts/<str:number>/", counter.receipt, name="receipt"),
    path("matters/", matters.index, name="matters"),
    path("matters/<int:version_id>/", matters.show, name="matter"),
    path("answers/", answers.index, name="answers"),
    path("answers/<str:number>/", answers.one, name="answer"),
    path("messages/", account.messages, name="messages"),
    path("account/", account.show, name="account"),
    path("cases/<str:number>/", case.handle, name="case"),
    path("cases/<str:number>/act/", case.act, name="act"),
    path("cases/<str:number>/draft/", case.draft, name="draft"),
    path("cases/<str:number>/materials/", materials.materials, name="materials"),
    path("cases/<str:number>/materials/add/", materials.add_file, name="add_file"),
    path("cases/<str:number>/files/<uuid:file_id>/", materials.file, name="file"),
    path("cases/<str:number>/flow/", case.flow, name="flow"),
    path("cases/<str:number>/flow.bpmn", case.flow_file, name="flow_file"),
    path("cases/<str:number>/trail/", case.trail, name="trail"),
    path("cases/<str:number>/proof/", case.proof, name="proof"),
    path("cases/<str:number>/watch/", case.watch, name="watch"),
    path("cases/<str:number>/related/", case.related, name="related"),
    path("cases/<str:number>/print/", papers.whole, name="print"),
    path("cases/<str:number>/papers/<int:seq>/", papers.notice, name="notice"),
]
