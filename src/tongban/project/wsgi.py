"""The web application as a server imports it: granian --interface wsgi tongban.project.wsgi:application."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongban.project.settings")
os.environ.setdefault("TONGBAN_POOL", "8")

import django

from tongban.project.cluster import own_cluster

if not os.environ.get("DATABASE_URL"):
    own_cluster().hold()
django.setup(set_prefix=False)

from tongban.project.doorway import Application  # noqa: E402 -- it knows models, which are there only now

application = Application()
# What is there now stays: the collector need not look through it again after every few hundred new objects.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
