"""Settings of the test run: the real ones, with a throwaway database and nothing slow or left behind."""

import atexit
import os
import shutil
import tempfile

os.environ.setdefault("TONGBAN_SECRET_KEY", "a key for tests, known to everybody and used nowhere else")
_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if (
    os.environ.get("TONGBAN_TESTS_OF") != _worker
):  # a place of its own for each worker, shared with the programs it starts
    os.environ["TONGBAN_TESTS_OF"] = _worker
    os.environ["TONGBAN_DATA"] = tempfile.mkdtemp(prefix="tongban-tests-")
    atexit.register(shutil.rmtree, os.environ["TONGBAN_DATA"], ignore_errors=True)

os.environ.setdefault("TONGBAN_LOG", "json")

from tongban.project.settings import *  # noqa: E402, F403 -- the environment comes first; tests change only what follows

DATABASES["default"]["CONN_HEALTH_CHECKS"] = False  # noqa: F405
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT = None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
ACCOUNT_RATE_LIMITS = False
