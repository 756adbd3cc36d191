from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "tongban.project.api"
    label = "api"
    verbose_name = "接口"
