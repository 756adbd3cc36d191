"""An empty installation in shape."""


def migrate() -> None:
    """Bring the database to the shape of the program."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
