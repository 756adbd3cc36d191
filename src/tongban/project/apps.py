from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "tongban.project"
    label = "project"
