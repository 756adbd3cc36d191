"""Run as a program: bring the database of an installation to shape, found the town in it, and print everybody's token."""

import json
import sys
from datetime import timedelta

import django


def found() -> dict[str, str]:
    """Migrate, build the town, give each of its people a program."""
    from django.db import transaction

    from tests.town import build_town
    from tongban.base.console import Console
    from tongban.project.api.credentials import create_token
    from tongban.project.contents import apply_migrations

    apply_migrations(Console(as_json=True))
    with transaction.atomic():
        town = build_town()
        return {name: create_token(name, "压力", timedelta(days=1))[1] for name in town.people}


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(found()))
