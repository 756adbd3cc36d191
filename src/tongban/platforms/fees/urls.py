"""Addresses of payment orders: the cashier's and the payer's."""

from django.urls import URLPattern, path

from tongban.platforms.fees import views

app_name = "fees"
urlpatterns: list[URLPattern] = [
    path("desk/fees/", views.index, name="index"),
    path("desk/fees/export/", views.export, name="export"),
    path("desk/fees/<str:number>/", views.one, name="one"),
    path("pay/notice/", views.notice, name="notice"),
    path("pay/<uuid:token>/", views.slip, name="slip"),
]
