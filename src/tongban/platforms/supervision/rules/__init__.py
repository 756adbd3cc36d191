"""The rules of electronic supervision (电子监察): pure functions of a case's facts, and nothing else.

A rule reads its inputs from the facts, judges them by thresholds that are data, and can judge the same inputs again
from the snapshot that a card keeps. Writes nothing, asks no database and no clock; who receives a card is decided
elsewhere.
"""

from tongban.platforms.supervision.rules.book import (
    EMPTY_BOOK,
    RULES,
    Entry,
    RuleBook,
    examine,
    reprove,
    thresholds_problem,
)
from tongban.platforms.supervision.rules.content import N01, N03
from tongban.platforms.supervision.rules.fees import F01, F02
from tongban.platforms.supervision.rules.flow import P01, P03, P05, P06, P07
from tongban.platforms.supervision.rules.rule import LEVEL_NAMES, Rule
from tongban.platforms.supervision.rules.time import T01, T02, T03, T04, T05, T06, T07, T08, T14

__all__ = [
    "EMPTY_BOOK", "F01", "F02", "LEVEL_NAMES", "N01", "N03", "P01", "P03", "P05", "P06", "P07", "RULES", "T01", "T02",
    "T03", "T04", "T05", "T06", "T07", "T08", "T14", "Entry", "Rule", "RuleBook", "examine", "reprove",
    "thresholds_problem",
]  # fmt: skip
