"""Wiring of the installation."""

from django.apps import AppConfig
from django.core.signals import got_request_exception

from tongban.project.logs import log_fault


class ProjectConfig(AppConfig):
    name = "tongban.project"
    label = "project"

    def ready(self) -> None:
        got_request_exception.connect(log_fault, dispatch_uid="tongban.project.log_fault")
