"""The national topics that guides are filed under (自然人、法人办事主题), in the order of the catalogue."""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Topics:
    """Topics for persons and for firms, and whom a service may be for (code → name)."""

    person: tuple[str, ...]
    firm: tuple[str, ...]
    objects: dict[str, str]


@lru_cache(maxsize=1)
def topics() -> Topics:
    """The topics as shipped (``data/themes.json``)."""
    data = json.loads(files("tongban.registry").joinpath("data/themes.json").read_text(encoding="utf-8"))
    return Topics(tuple(data["person"]), tuple(data["firm"]), data["objects"])
