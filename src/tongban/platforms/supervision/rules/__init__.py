"""The rules of electronic supervision (电子监察): pure functions of a case's facts, and nothing else.

A rule reads its inputs from the facts, judges them by thresholds that are data, and can judge the same inputs again
from the snapshot that a card keeps. Writes nothing, asks no database and no clock; who receives a card is decided
elsewhere.
"""

from tongban.platforms.supervision.rules.book import (
    EMPTY_BOOK,
    RULES,
    STUDIES,
    Entry,
    RuleBook,
    examine,
    reprove,
    thresholds_problem,
    worst,
)
from tongban.platforms.supervision.rules.rule import LEVEL_NAMES, Rule, Study

__all__ = [
    "EMPTY_BOOK", "LEVEL_NAMES", "RULES", "STUDIES", "Entry", "Rule", "RuleBook", "Study", "examine", "reprove",
    "thresholds_problem", "worst",
]  # fmt: skip
