"""The case engine: flows, cases, tasks, clocks, events, the ledger. Knows no business."""

from django.apps import AppConfig


class EngineConfig(AppConfig):
    """Wiring of the engine."""

    name = "tongban.engine"
    label = "engine"
    verbose_name = "办件引擎"

    def ready(self) -> None:
        """Declare what the engine itself does after a commit."""
        from django.db.backends.signals import connection_created

        from tongban.engine import joint, wire
        from tongban.engine.flows import published_sha
        from tongban.registry.flows import find_flows_with

        connection_created.connect(wire.be_patient, dispatch_uid="engine.be_patient")

        joint.declare()
        find_flows_with(published_sha)
