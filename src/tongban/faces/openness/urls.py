"""Addresses of disclosure on request: the public's and the desk's."""

from django.urls import path

from tongban.faces.openness.views import links, public, register, reports

app_name = "openness"
urlpatterns = [
    path("inquiry/", public.index, name="index"),
    path("inquiry/apply/", public.apply, name="apply"),
    path("inquiry/reports/", public.reports, name="public-reports"),
    path("inquiry/reports/<int:report_id>/", public.report, name="public-report"),
    path("inquiry/reports/<int:report_id>/<str:ending>/", public.report_file, name="public-report-file"),
    path("inquiry/<str:number>/", public.digest, name="digest"),
    path("desk/disclosure/<uuid:uid>/links/", links.links, name="links"),
    path("desk/inquiries/", register.index, name="register"),
    path("desk/inquiries/export/", register.export, name="register-export"),
    path("desk/inquiries/enter/", register.enter, name="enter"),
    path("desk/inquiries/disputes/", register.disputes, name="disputes"),
    path("desk/inquiries/reports/", reports.index, name="reports"),
    path("desk/inquiries/reports/<int:report_id>/", reports.one, name="report"),
    path(
        "desk/inquiries/reports/<int:report_id>/cells/<str:row>/<slug:column>/", reports.behind, name="cell"
    ),
    path("desk/inquiries/reports/<int:report_id>/<str:ending>/", reports.file, name="report-file"),
    path("desk/inquiries/<str:number>/", register.one, name="one"),
]
