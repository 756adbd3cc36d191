from django.apps import AppConfig
from django.conf import settings


class BaseConfig(AppConfig):
    name = "tongban.base"
    label = "base"
    verbose_name = "基础"

    def ready(self) -> None:
        """Let the installation choose its hash (TONGBAN_HASH: "sha256" or "sm3")."""
        from tongban.base.canonical import use_hash

        use_hash(getattr(settings, "TONGBAN_HASH", "sha256"))
