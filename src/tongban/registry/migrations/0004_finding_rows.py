"""Write the new index of guides for what is published already."""

from typing import Any

from django.db import migrations

from tongban.base.text import sort_key
from tongban.registry.search import body_of, facets_of, letter_of, lexemes_of


def fill(apps: Any, _schema: Any) -> None:
    """Index every version that is or was in force."""
    versions = apps.get_model("registry", "OfferingVersion").objects
    index, terms = (
        apps.get_model("registry", "GuideIndex").objects,
        apps.get_model("registry", "GuideTerm").objects,
    )
    rows = versions.filter(status__in=["published", "retired"]).values_list("pk", "name", "content")
    for pk, name, content in rows.iterator(chunk_size=200):
        index.update_or_create(
            version_id=pk,
            defaults={
                "sort_key": sort_key(name),
                "letter": letter_of(name),
                "facets": facets_of(content),
                "body": body_of(content),
            },
        )
        terms.filter(version_id=pk).delete()
        terms.bulk_create(
            [terms.model(version_id=pk, lexeme=w, weight=n) for w, n in lexemes_of(content).items()]
        )


class Migration(migrations.Migration):
    """Fill the index."""

    dependencies = [("registry", "0003_finding")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
