"""The JSON tables of the demo city, read once: matters, organisations, words, answers, names, courses. Pure."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> Any:
    """One document of `demo/data`; the same object every time, so nobody changes it."""
    return json.loads(read(name))


def read(name: str) -> bytes:
    """The bytes of one document of `demo/data`."""
    return files("tongban.project.demo").joinpath("data", name).read_bytes()


def names(folder: str) -> list[str]:
    """The names of the documents in a folder of `demo/data`, sorted, without their ending."""
    entries = files("tongban.project.demo").joinpath("data", folder).iterdir()
    return sorted(e.name.removesuffix(".json") for e in entries if e.name.endswith(".json"))
