from django.apps import AppConfig


class EngineConfig(AppConfig):
    name = "tongban.engine"
    label = "engine"
