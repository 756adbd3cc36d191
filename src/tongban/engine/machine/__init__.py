"""The pure heart: decide what a command does, and apply what happened. No database, no clock, no network.

The live service, the importer of history, the simulator, the what-if replay and the property tests
all call these same functions.
"""

from tongban.engine.machine.apply import apply, fold
from tongban.engine.machine.decide import AHEAD, Facts, carry_out, decide, issue, wake
from tongban.engine.machine.may import set_by
from tongban.engine.machine.options import Action, Field, allowed

__all__ = [
    "AHEAD",
    "Action",
    "Facts",
    "Field",
    "allowed",
    "apply",
    "carry_out",
    "decide",
    "fold",
    "issue",
    "set_by",
    "wake",
]
