from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "tongban.faces.desk"
    label = "desk"
