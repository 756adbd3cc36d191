from django.apps import AppConfig


class HallConfig(AppConfig):
    name = "tongban.faces.hall"
    label = "hall"
