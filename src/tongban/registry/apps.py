"""The one library (一库): who is who, who may do what, and what may be applied for."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Wiring of the registry."""

    name = "tongban.registry"
    label = "registry"
    verbose_name = "一库"
