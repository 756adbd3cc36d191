"""`python -m bench.supervision [played [cases [processes [first]]] | year [cases [copies]] | watches [number] | idle [number]]`: figures of supervision.

On a durable PostgreSQL of its own (bench.engine), unless DATABASE_URL names one that may be emptied; `played` asks none.
"""

import os
import sys
from contextlib import nullcontext

from bench.engine.__main__ import durable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongban.project.settings")


def main(asked: list[str]) -> None:
    """Run what is asked for, everything when nothing is; each on a database of its own, what needs none without."""
    names = [word for word in asked if not word.isdigit()] or ["played", "year", "watches", "idle"]
    numbers = [int(word) for word in asked if word.isdigit()]
    with nullcontext() if names == ["played"] else durable():
        import django

        from tongban.base.processes import make_room

        make_room()  # as every program of the house
        django.setup()
        from bench.supervision import played, sweep, year

        runs = {"played": played.run, "year": year.run, "watches": sweep.fire, "idle": sweep.rest}
        for name in names:
            begun = os.getloadavg()[0]
            runs[name](*numbers)
            print(f"load average {begun:.1f} before, {os.getloadavg()[0]:.1f} after", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
