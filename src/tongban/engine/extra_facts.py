"""Where platforms tell statistics of things that happened to a case and are no event of its chain (ratings)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExtraFacts:
    """A SELECT that gives (case id, type, instant, level or null), small enough to be read whole each time."""

    name: str
    sql: str


_sources: dict[str, ExtraFacts] = {}


def register_facts(source: ExtraFacts) -> None:
    """Declare a source, once, in `AppConfig.ready`. Raises ValueError when the name is taken by another."""
    if _sources.setdefault(source.name, source) != source:
        raise ValueError(f"facts {source.name!r} are declared already")


def extra_facts() -> tuple[ExtraFacts, ...]:
    """Every source declared."""
    return tuple(_sources.values())
