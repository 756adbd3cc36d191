"""An upgrade gives what was published before its datestamps in small steps, and changes nothing a second time."""

from copy import deepcopy
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection

from tongban.platforms.disclosure import services
from tongban.platforms.disclosure.models import Record
from tongban.registry.models import Organisation

pytestmark = pytest.mark.django_db
past = import_module("tongban.platforms.disclosure.migrations.0005_datestamps_of_the_past")


@pytest.fixture
def records(town_as_built, db):
    """Three records as an older version left them: without datestamp, and without the tokens of their classes."""
    people, unit = deepcopy(town_as_built).people, Organisation.objects.get(key="scjg")
    made = [
        services.create_record(
            people["clerk"], unit, {"title": f"第{n}号通告", "body": "正文。", "theme": "06"}
        )
        for n in range(3)
    ]
    for record in made:
        services.release(people["chief"], record)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE disclosure_record SET changed_at = NULL,"
            " words = ARRAY(SELECT w FROM unnest(words) w WHERE left(w, 2) NOT IN ('g:', 'o:', 'c:'))"
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    return [record.pk for record in made]


def test_every_record_has_its_datestamp_and_the_tokens_of_its_classes_whatever_the_step(records):
    for step in (1, 2, 1000):
        past.fill(None, SimpleNamespace(connection=connection), step)
        told = list(Record.objects.filter(pk__in=records).order_by("pk"))
        for record in told:
            assert record.changed_at == max(record.released_at, record.updated_at)
            classes = [word for word in record.words if word[:2] in {"g:", "o:", "c:"}]
            assert classes == [f"g:{record.genre}", f"o:{record.publisher_id}", "c:06"]


def test_the_catalogue_is_never_held_for_long():
    assert past.Migration.atomic is False
    machines = import_module("tongban.platforms.disclosure.migrations.0004_machines")
    done = [str(vars(operation)) for operation in machines.Migration.operations]
    assert not any(
        "record_changed'" in said or "UPDATE disclosure_record SET changed_at = greatest" in said
        for said in done
    )
