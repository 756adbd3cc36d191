"""Addresses of disclosure on request."""

app_name = "inquiry"
urlpatterns: list[object] = []
