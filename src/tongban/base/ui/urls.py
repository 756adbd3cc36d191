"""Addresses of the kit: the gallery and the two switches. Included at `/ui/` by the project."""

from django.urls import path

from tongban.base.ui import views

app_name = "ui"
urlpatterns = [
    path("", views.gallery, {"page": "parts"}, name="gallery"),
    path("switch/elder/", views.switch_elder, name="elder"),
    path("switch/language/", views.switch_language, name="language"),
    path("state/<slug:state>/", views.state, name="state"),
    path("<slug:page>/", views.gallery, name="gallery_page"),
]
