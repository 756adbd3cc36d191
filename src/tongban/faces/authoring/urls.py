"""Addresses of authoring, under /desk/matters/."""

from django.urls import URLPattern, path

from tongban.faces.authoring.views import campaigns, check, flow, form, manuscripts, review, standing

app_name = "authoring"
urlpatterns: list[URLPattern] = [
    path("drafts/", manuscripts.index, name="manuscripts"),
    path("drafts/new/", manuscripts.begin, name="begin"),
    path("drafts/<int:manuscript_id>/", manuscripts.record, name="record"),
    path("drafts/<int:manuscript_id>/save/", manuscripts.autosave, name="autosave"),
    path("drafts/<int:manuscript_id>/drop/", manuscripts.drop, name="drop"),
    path("drafts/<int:manuscript_id>/flow/", flow.flow, name="flow"),
    path("drafts/<int:manuscript_id>/flow/preview/", flow.preview, name="flow_preview"),
    path("drafts/<int:manuscript_id>/flow.bpmn", flow.bpmn, name="flow_bpmn"),
    path("drafts/<int:manuscript_id>/form/", form.form, name="form"),
    path("drafts/<int:manuscript_id>/form/preview/", form.preview, name="form_preview"),
    path("drafts/<int:manuscript_id>/check/", check.check, name="check"),
    path("drafts/<int:manuscript_id>/review/", review.review, name="review"),
    path("<int:version_id>/revise/", manuscripts.revise, name="revise"),
    path("<int:version_id>/<slug:deed>/", standing.act, name="standing"),
    path("campaigns/", campaigns.index, name="campaigns"),
    path("campaigns/new/", campaigns.begin, name="campaign_begin"),
    path("campaigns/<int:campaign_id>/", campaigns.show, name="campaign"),
    path("campaigns/<int:campaign_id>/close/", campaigns.close, name="campaign_close"),
    path("campaigns/<int:campaign_id>/items/<int:item_id>/", campaigns.judge, name="campaign_item"),
]
