"""Addresses of what departments' systems report, under /desk/reporting/."""

from django.urls import URLPattern, path

from tongban.platforms.reporting import views

app_name = "reporting"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("<int:client_id>/", views.objects, name="objects"),
    path("<int:client_id>/batches/", views.batches, name="batches"),
    path("<int:client_id>/days/", views.days, name="days"),
    path("<int:client_id>/days/<str:day>/<slug:kind>/", views.differences, name="differences"),
]
