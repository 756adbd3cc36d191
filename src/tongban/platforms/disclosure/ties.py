"""What stands at the other end of a record's links, read for many records in one round trip."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection

from tongban.platforms.disclosure.public import public_sql


@dataclass(frozen=True, slots=True)
class Tie:
    """A public record at the other end of a link that holds. `ahead`: `mine` is the link's source, and the other its target."""

    mine: int
    link: int
    kind: str
    ahead: bool
    other: int
    title: str
    index: str
    number: str
    published_on: date | None


def ties_of(ids: Collection[int]) -> list[Tie]:
    """The ties of these records, those to the newest documents first."""
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, [list(ids), list(ids)])
        return [Tie(*row) for row in cursor.fetchall()]


def _side(mine: str, other: str, *, ahead: bool) -> str:
    return (
        f"SELECT l.{mine}, l.id, l.kind, {ahead}, r.id, r.title, r.index_number, r.number, r.published_on "  # noqa: S608 -- our own words
        f"FROM disclosure_link l JOIN disclosure_record r ON r.id = l.{other} "
        f"WHERE l.confirmed AND l.{mine} = ANY(%s) AND {public_sql('r')}"
    )


_ASKED = (
    f"{_side('source_id', 'target_id', ahead=True)} UNION ALL {_side('target_id', 'source_id', ahead=False)} "
    "ORDER BY 9 DESC, 5 DESC"
)
