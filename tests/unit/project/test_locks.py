import json
import re
from pathlib import Path

import pytest

from tongban.project.doctor import locked_packages

TOP = Path(__file__).resolve().parents[3]
LOCKS = sorted(TOP.glob("requirements*.lock"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: p.name)
def test_a_lock_names_no_host_and_no_index(lock):
    text = lock.read_text()

    assert not re.search(r"https?://|file:|--index|--extra-index|--find-links|@ ", text)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: p.name)
def test_every_locked_package_carries_a_hash(lock):
    pins = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text())

    assert [pin for pin in pins if "--hash=sha256:" not in pin] == []


def test_what_runs_is_locked_once_so_that_tests_run_with_what_is_installed():
    run = {name for name, _, _ in locked_packages((TOP / "requirements.lock").read_text())}
    dev = {name for name, _, _ in locked_packages((TOP / "requirements-dev.lock").read_text())}

    assert {"django", "psycopg"} <= run
    assert {"pytest", "mypy"} <= dev
    assert not run & dev


def test_every_declared_dependency_is_locked():
    import tomllib

    declared = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.match(r"[A-Za-z0-9._-]+", d)[0].lower() for d in declared}
    locked = {name.lower() for name, _, _ in locked_packages((TOP / "requirements.lock").read_text())}

    assert names <= locked


def test_the_npm_lock_names_no_address():
    lock = json.loads((TOP / "package-lock.json").read_text())

    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
    assert all(entry.get("integrity") for name, entry in lock["packages"].items() if name)


def test_the_npm_lock_holds_what_the_kit_asks_for():
    kit = json.loads((TOP / "src/tongban/base/ui/vendor.json").read_text())
    lock = json.loads((TOP / "package-lock.json").read_text())["packages"]

    assert {f"node_modules/{name}" for name in kit["packages"] | kit["dev_packages"]} <= lock.keys()
