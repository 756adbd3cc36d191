"""Files of a test run lie in memory where there is room, and programs among them may be carried out."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from tongban.project.testbed import ROOM, place_in_memory


@pytest.mark.parametrize(
    ("free", "flags", "place"),
    [
        (ROOM, 0, Path("/dev/shm")),
        (ROOM - 1, 0, None),
        (ROOM, os.ST_NOEXEC, None),
        (ROOM, os.ST_RDONLY, None),
    ],
)
def test_a_tmpfs_is_used_where_it_has_room_and_lets_programs_run(monkeypatch, free, flags, place):
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=free, f_frsize=1, f_flag=flags))
    monkeypatch.setattr(os, "access", lambda *_: True)
    assert place_in_memory() == place


def test_a_machine_without_one_uses_its_disk(monkeypatch):
    def missing(_place: Path) -> os.statvfs_result:
        raise FileNotFoundError

    monkeypatch.setattr(os, "statvfs", missing)
    assert place_in_memory() is None
