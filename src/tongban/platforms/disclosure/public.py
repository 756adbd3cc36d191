"""What is public, said once: for the ORM, for queries of our own, for a record in hand.

The counts of classes are kept by a trigger, which says it in its own words (`sql/guards.sql`); a test holds the two together.
"""

from collections.abc import Mapping

from django.db.models import Q

_SAID: Mapping[str, str] = {"state": "released", "attribute": "proactive"}
"""Columns of a record, and what they say of one that anybody may read."""


def public_q(through: str = "") -> Q:
    """The condition on records; `through` is the way to them, as "source" from a link."""
    way = f"{through}__" if through else ""
    return Q(**{f"{way}{column}": value for column, value in _SAID.items()})


def public_sql(table: str = "") -> str:
    """The same as a condition of SQL on the columns of disclosure_record, or of that alias of it."""
    way = f"{table}." if table else ""
    return " AND ".join(f"{way}{column} = '{value}'" for column, value in _SAID.items())


def public_as(state: str, attribute: str) -> bool:
    """The same of one record in hand."""
    return {"state": state, "attribute": attribute} == _SAID
