"""Which published flow a matter's flow code (`flow_key`) means.

Flows belong to the engine, above; it says here, when it starts, how to find one. Where no engine is, no flow is found.
"""

from collections.abc import Callable

Finder = Callable[[str], bytes | None]
_finders: list[Finder] = []


def published_flow(key: str) -> bytes | None:
    """The digest of the newest published flow of that code; None where none is published, or none is named."""
    found = (find(key) for find in _finders) if key else iter(())
    return next((sha for sha in found if sha is not None), None)


def find_flows_with(finder: Finder) -> None:
    """Declare how published flows are found; declaring the same again changes nothing."""
    if finder not in _finders:
        _finders.append(finder)
