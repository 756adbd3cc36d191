"""What holds for every test: no other machine is reached, nothing is left outside temporary directories, long work first."""

import gc
import os
import re
import shutil
from copy import deepcopy
from dataclasses import replace
from functools import partial
from itertools import count

import pytest
from django.db import connection
from django.test import override_settings
from hypothesis import settings as examples
from playwright.sync_api import sync_playwright

from tests import databases
from tests.standing import kept_beside, once_a_run, what_is_in
from tests.town import build_town
from tongban.base.processes import deep, settle
from tongban.project.testbed import OURS, refuse_other_machines

refuse_other_machines()
gc.disable()  # until all tests are collected: what is made for that stays
examples.register_profile("house", deadline=None)  # how long an example takes says how busy the machine is
examples.load_profile("house")

#: What takes longest is begun first, so that no worker is left alone with it at the end. The walk through the loaded city
#: comes before everything, because others wait for the city; its parts come later, and whoever is free takes one.
LONGEST = (
    "tests/browser/test_every_page.py::test_links",
    "tests/faults/test_kill.py",
    "tests/faults/",
    "tests/browser/test_the_whole_story.py",
    "tests/browser/test_a_new_matter.py",
    "tests/browser/test_every_page.py",
    "tests/browser/",
    "tests/db/demo/",
    "tests/db/simulator/",
    "tests/db/statistics/",
    "tests/db/registry/",
    "tests/db/ledger/",
    "tests/web/test_",
    "tests/web/project/",
    "tests/web/",
    "tests/db/",
)
_ledgers = count()
QUIET = [
    "--no-sandbox",  # CI runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--renderer-process-limit=1",  # pages of one profile share a process: starting one costs as much as a page
    # the address bar's list, a page of its own beside every window, and a process kept in store
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,SpareRendererForSitePerProcess,PaintHolding,HttpsUpgrades",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]

# Playwright's loop runs in this thread, and Django would refuse the database to whatever comes after it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file stays with one worker, unless its tests are marked to be shared out."""

    def place(item: pytest.Item) -> int:
        return next((i for i, p in enumerate(LONGEST) if item.nodeid.startswith(p)), len(LONGEST))

    for item in items:
        group = item.nodeid if item.get_closest_marker("shared_out") else item.nodeid.split("::")[0]
        item.add_marker(pytest.mark.xdist_group(re.sub(r"[^\w./]+", "-", group)))
    items.sort(key=place)


def pytest_collection_finish() -> None:
    """From here on garbage is looked for as in a program that serves."""
    settle()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> object:
    """Run each test as pytest does, its calls on one piece of memory."""
    runner = item.config.pluginmanager.getplugin("runner")
    return deep(partial(runner.pytest_runtest_protocol, item, nextitem))


@pytest.fixture(scope="session", autouse=True)
def own_files(tmp_path_factory):
    """Uploaded files of this run go to a directory of its own."""
    folder = tmp_path_factory.mktemp("files")
    with override_settings(TONGBAN_FILES=folder):
        yield folder


@pytest.fixture(autouse=True)
def own_ledger(own_files):
    """The key and the kept checkpoints are a test's own: what is undone in the database is not known to the next."""
    with override_settings(TONGBAN_LEDGER_DIR=own_files.parent / f"ledger-{next(_ledgers)}"):
        yield


@pytest.fixture(scope="module", autouse=True)
def fresh_memory():
    """What a module made and undid is not remembered in the next."""
    databases.forget()


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory):
    """One directory for all workers of the run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


if os.environ.get(OURS):

    @pytest.fixture(scope="session")
    def django_db_setup(
        django_test_environment, django_db_modify_db_settings_parallel_suffix, django_db_blocker, run_folder
    ):
        """Where the cluster is the run's own, its database is migrated once and cloned for each worker."""
        with django_db_blocker.unblock():
            databases.migrated_once(run_folder)
        yield
        connection.close()


anlan_database = once_a_run("anlan", databases.load_city)


@pytest.fixture(scope="module")
def city_of_anlan(anlan_database, django_db_blocker):
    """The module's tests find 安澜市 in their database, told to `databases.PRESENT`; what they change is undone."""
    with django_db_blocker.unblock(), databases.inside(anlan_database):
        yield


town_database = once_a_run("town", kept_beside(build_town))  # half of all modules ask for the town


@pytest.fixture(scope="module")
def town_as_built(town_database, own_files, tmp_path_factory, django_db_blocker):
    """The module's tests find the town in their database; what they change is undone. They work on copies of it, in `db`."""
    # workers share what lies beside the database, but write to folders of their own
    mine = replace(town_database, files=own_files, folder=tmp_path_factory.mktemp("town"))
    with django_db_blocker.unblock(), databases.inside(mine):
        yield what_is_in(town_database)


@pytest.fixture
def town(town_as_built, db):
    """The town of the module that asks, to do with as one likes: the next test gets another copy of it."""
    return deepcopy(town_as_built)


@pytest.fixture(scope="session")
def chromium():
    """The browser, one for the session. Missing is a failure: `.ci/run` installs it.

    Debian's headless shell is the same engine without a window's parts, and a sixth cheaper over all pages.
    """
    path = next(
        filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None
    )
    assert path, "browser tests need Chromium: apt-get install chromium fonts-noto-cjk"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()
