"""BPMN 2.0 as the public face of a flow: published and exchanged as XML with its diagram, taken in as a draft.

The flow document stays the truth; nothing here is executed.
"""

from tongban.engine.bpmn.export import export
from tongban.engine.bpmn.importer import Draft, Fill, ImportRefused, import_flow

__all__ = ["Draft", "Fill", "ImportRefused", "export", "import_flow"]
