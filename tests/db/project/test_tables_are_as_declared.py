"""What the migrations made of an empty database is what the models say: every column, its type, and whether it may be empty."""

import pytest
from django.apps import apps
from django.db import connection, models

pytestmark = pytest.mark.django_db
MODELS = [
    model
    for model in apps.get_models(include_auto_created=True)
    if model.__module__.startswith("tongban.") and model._meta.managed and not model._meta.proxy
]


def test_every_column_of_every_model_stands_in_its_table_as_declared():
    found = columns("IN (SELECT oid FROM pg_class WHERE relkind IN ('r', 'p'))")
    declared = {
        (model._meta.db_table, field.column): (
            field.db_type(connection).split(" COLLATE ")[0],
            not field.null,
        )
        for model in MODELS
        for field in model._meta.local_concrete_fields
    }
    kinds = as_the_database_says({kind for kind, _full in declared.values()})
    wrong = [
        f"{place}: {found.get(place)}, and not {kind}, full: {full}"
        for place, (kind, full) in declared.items()
        if found.get(place) != (kinds[kind], full)
    ]
    assert not wrong, "\n".join(wrong)
    assert len(MODELS) > 100


def test_every_relation_is_held_by_the_database():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, attname, confrelid::regclass::text FROM pg_constraint"
            " JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] WHERE contype = 'f'"
        )
        held = {tuple(name.strip('"') for name in row) for row in cursor}
    wanted = {
        (model._meta.db_table, field.column, field.related_model._meta.db_table)
        for model in MODELS
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.ForeignKey) and field.db_constraint
    }
    assert not wanted - held


def columns(tables):
    """(table, column) → (type, whether it must be full)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull"
            f" FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND attrelid {tables}"
        )
        return {(table.strip('"'), column): (kind, full) for table, column, kind, full in cursor}


def as_the_database_says(kinds):
    """What PostgreSQL calls the types that are declared by another of their names."""
    wanted = sorted(kinds)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE asked ({', '.join(f'c{n} {kind}' for n, kind in enumerate(wanted))})"
        )
    said = columns("= 'asked'::regclass")
    return {kind: said["asked", f"c{n}"][0] for n, kind in enumerate(wanted)}
