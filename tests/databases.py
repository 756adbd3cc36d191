"""The databases of a run: migrated once, the demonstration city loaded once, and cloned for every worker."""

import fcntl
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from tongban.base.calendar import CHINA
from tongban.engine import definitions, people
from tongban.project.demo import load_demo
from tongban.project.first_tables import rendered_sparingly

PRESENT = datetime(2026, 11, 23, 9, 30, tzinfo=CHINA)
"""The Monday morning to which the city's cases are told."""


def migrated_once(folder: Path) -> None:
    """Give this worker a database of its own, a copy of the one that the first of them migrated.

    Only in a cluster of the run's own: the database that DATABASE_URL names is the original.
    """
    with _one_at_a_time(folder / "migrated") as first:
        if first:
            with rendered_sparingly():  # as the program itself does at its first start
                call_command("migrate", verbosity=0)
            connection.close()
        original = connection.settings_dict["NAME"]
        mine = connection.creation._get_test_db_name()
        _clone(original, mine)
    connection.settings_dict["NAME"] = mine


@dataclass(frozen=True, slots=True)
class Copy:
    """A database of one worker's own, with the uploads that belong to it, and a folder for what else does."""

    name: str
    files: Path
    folder: Path


def made_once(
    what: str, run: Path, build: Callable[[Copy], None], *, shared: bool, original: Copy | None = None
) -> Copy:
    """A copy for this worker of what `build` made out of `original`, else out of the migrated database.

    `run`: the folder of the run. `shared`: all its workers use one cluster of its own, so the second
    takes a copy of what the first built.
    """
    usual = connection.settings_dict["NAME"]
    mine = f"{usual}_{what}"
    made = what if shared else mine
    folder = run / f"of-{made}"
    own = Copy(mine, original.files if original else folder / "files", folder)
    connection.close()
    with _one_at_a_time(run / made) as first:
        if first:
            _clone(original.name if original else usual, made)
            own.files.mkdir(parents=True, exist_ok=True)
            folder.mkdir(exist_ok=True)
            with inside(there := replace(own, name=made)):
                if original is None:
                    _number_apart(what)
                build(there)
        if made != mine:
            _clone(made, mine)
    return own


@contextmanager
def another(what: str) -> Iterator[str]:
    """The DATABASE_URL of one more copy of the migrated database, for a program that is started beside the tests."""
    name = f"{connection.settings_dict['NAME']}_{what}"
    connection.close()
    _clone(connection.settings_dict["NAME"], name)
    yield urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    _drop(name)


def load_city(_copy: Copy) -> None:
    """Load 安澜市, as it stands on the morning to which its cases are told."""
    with time_machine.travel(PRESENT):
        assert load_demo(present=PRESENT, ordinary=False) is True


def drop(copy: Copy) -> None:
    """Remove a database that `made_once` made."""
    _drop(copy.name)


@contextmanager
def inside(copy: Copy) -> Iterator[None]:
    """Let the default connection lead to that database, and uploads and columnar copies to its own."""
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = copy.name
    forget()
    try:
        with override_settings(TONGBAN_FILES=copy.files, TONGBAN_STATISTICS=copy.folder / "statistics"):
            yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
        forget()


def _number_apart(what: str) -> None:
    """Begin to count where no other database does: what a process remembers under a number is of one of them only."""
    first = (10 + zlib.crc32(what.encode()) % 90) * 100_000
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(oid::regclass, %s) FROM pg_class WHERE relkind = 'S'", [first])


def forget() -> None:
    """Empty what this process remembers by number: another database may have given the number to something else."""
    for shelf in (
        definitions._flows, definitions._flow_of, definitions._terms, definitions._definitions,
        definitions._posts, definitions._post_names, people._remembered,
    ):  # fmt: skip
        shelf.clear()


def _drop(name: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _clone(original: str, name: str) -> None:
    _drop(name)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{original}"')


@contextmanager
def _one_at_a_time(mark: Path) -> Iterator[bool]:
    """Workers take turns; True for the first, until it came to its end."""
    with mark.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not mark.exists()
        mark.touch()
