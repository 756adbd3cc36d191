"""The web application as a server imports it: granian --interface wsgi tongban.project.wsgi:application."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongban.project.settings")
os.environ.setdefault("TONGBAN_POOL", "8")

import django

from tongban.base.processes import make_room, settle
from tongban.project.cluster import own_cluster

make_room()
if not os.environ.get("DATABASE_URL"):
    own_cluster().hold()
django.setup(set_prefix=False)

from tongban.project.doorway import Application  # noqa: E402 -- it knows models, which are there only now

application = Application()
settle()
