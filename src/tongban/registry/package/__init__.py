"""Checking a matter package (事项数据包): completeness and integrity, each finding with why and how to mend.

Pure: what exists in the installation is handed in as ``Known``. The rules are those of the national exchange
columns (GB/T 39554.1, GB/T 39046-2020) and of common review practice; docs/reference/matter-package.md lists them.
"""

from tongban.registry.package.check import check_package
from tongban.registry.package.reading import form_fields, limits_of
from tongban.registry.package.words import (
    CATCH_ALL,
    CHOICE_TYPES,
    COLUMN_TYPES,
    DEFAULT_LIMITS,
    FIELD_TYPES,
    GRADES,
    INITIATED_BY,
    KINDS,
    MOST_COLUMNS,
    MOST_ROWS,
    NECESSITIES,
    PROJECT_TYPES,
    SCHEMA,
    TOP_KEYS,
    UNITS,
    VAGUE,
    Known,
)

__all__ = [
    "CATCH_ALL",
    "CHOICE_TYPES",
    "COLUMN_TYPES",
    "DEFAULT_LIMITS",
    "FIELD_TYPES",
    "GRADES",
    "INITIATED_BY",
    "KINDS",
    "MOST_COLUMNS",
    "MOST_ROWS",
    "NECESSITIES",
    "PROJECT_TYPES",
    "SCHEMA",
    "TOP_KEYS",
    "UNITS",
    "VAGUE",
    "Known",
    "check_package",
    "form_fields",
    "limits_of",
]
