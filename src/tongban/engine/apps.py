"""The case engine: flows, cases, tasks, clocks, events, the ledger. Knows no business."""

from django.apps import AppConfig


class EngineConfig(AppConfig):
    """Wiring of the engine."""

    name = "tongban.engine"
    label = "engine"
    verbose_name = "办件引擎"
