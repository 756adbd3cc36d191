"""What power operation declares to the engine: its kinds of case. Flow, clock and audit are the engine's."""

from tongban.engine.kinds import Kind, register_kind

LICENCE = Kind("licence", "办件", papers=True)  # 依申请: permits, confirmations, payments, public services
OFFICE = Kind(
    "office", "执法案件", number_prefix="AJ", public=False
)  # 依职权: penalties, compulsion, inspection
JOINT = Kind(
    "joint", "联办件", number_prefix="LB", papers=True
)  # 并联审批: one application, several departments


def declare() -> None:
    """Called once, when the programme starts."""
    for kind in (LICENCE, OFFICE, JOINT):
        register_kind(kind)
