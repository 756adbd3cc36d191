"""The case engine: flows, cases, tasks, clocks, events, the ledger. Knows no business."""

from django.apps import AppConfig


class EngineConfig(AppConfig):
    """Wiring of the engine."""

    name = "tongban.engine"
    label = "engine"
    verbose_name = "办件引擎"

    def ready(self) -> None:
        """Declare what the engine itself does after a commit."""
        from tongban.engine import joint, kinds

        kinds.on_effect("child.opened", joint.open_child, "joint")
        kinds.on_effect("child:case.closed", joint.tell_parent, "joint")
