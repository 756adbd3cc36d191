"""The databases of a run: migrated once, the demonstration city loaded once, and cloned for every worker."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from tongban.base.calendar import CHINA
from tongban.engine import definitions, people
from tongban.project.demo import load_demo

PRESENT = datetime(2026, 11, 23, 9, 30, tzinfo=CHINA)
"""The Monday morning to which the city's cases are told."""


def migrate_once_and_clone(folder: Path) -> None:
    """Give this worker its test database as a copy of the one that the first of them migrated.

    Only in a cluster of the run's own: the database that DATABASE_URL names is the original.
    """
    with _one_at_a_time(folder / "migrated") as first:
        if first:
            call_command("migrate", verbosity=0)
            connection.close()
        original = connection.settings_dict["NAME"]
        _clone(original, connection.creation._get_test_db_name())


def city_loaded_once(folder: Path, *, shared: bool) -> str:
    """The name of a database in which the city is loaded; its papers are in `folder/anlan-files`.

    `shared`: all workers of the run use one cluster of its own, so the second takes a copy of what the first loaded.
    """
    mine = f"{connection.settings_dict['NAME']}_anlan"
    connection.close()
    if not shared:
        _clone(connection.settings_dict["NAME"], mine)
        _load(mine, folder)
        return mine
    with _one_at_a_time(folder / "anlan") as first:
        if first:
            _clone(connection.settings_dict["NAME"], "anlan")
            _load("anlan", folder)
        _clone("anlan", mine)
    return mine


def drop(name: str) -> None:
    """Remove a database that `city_loaded_once` made."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def inside(name: str, folder: Path) -> Iterator[None]:
    """Let the default connection lead to that database, and uploads to its papers."""
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    forget()
    try:
        with override_settings(TONGBAN_FILES=folder / "anlan-files"):
            yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
        forget()


def forget() -> None:
    """Empty what this process remembers by number: another database may have given the number to something else."""
    for shelf in (
        definitions._flows, definitions._flow_of, definitions._terms, definitions._definitions,
        definitions._posts, definitions._post_names, people._remembered,
    ):  # fmt: skip
        shelf.clear()


@contextmanager
def copied(name: str, folder: Path) -> Iterator[None]:
    """Let the default connection lead to a copy of that database, in which a module may leave what it likes."""
    copy = f"{name}_copy"
    connection.close()
    _clone(name, copy)
    try:
        with inside(copy, folder):
            yield
    finally:
        drop(copy)


def _load(name: str, folder: Path) -> None:
    (folder / "anlan-files").mkdir(exist_ok=True)
    with inside(name, folder), time_machine.travel(PRESENT):
        with (
            connection.cursor() as cursor
        ):  # what a process remembers under a number is never that of the other database
            cursor.execute("SELECT setval(oid::regclass, 1000000) FROM pg_class WHERE relkind = 'S'")
        assert load_demo(present=PRESENT, ordinary=False) is True


def _clone(original: str, name: str) -> None:
    drop(name)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{original}"')


@contextmanager
def _one_at_a_time(mark: Path) -> Iterator[bool]:
    """Workers take turns; True for the first, until it came to its end."""
    with mark.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not mark.exists()
        mark.touch()
