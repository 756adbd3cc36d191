"""What a script may rely on: a command that fails says which way, and no traceback is mistaken for a finding."""

import errno
import stat

import pytest

from tongban.base.console import ExitCode
from tongban.project import cli
from tongban.project.installation import Installation

TEMPLATE = "tongban.registry.workbook.template"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An installation of the test's own, in which faults are kept."""
    place = Installation(tmp_path, tmp_path / "data")
    place.data.mkdir()
    monkeypatch.setattr("tongban.project.installation.installation", lambda: place)
    return place


def failing(monkeypatch, error):
    monkeypatch.setattr(TEMPLATE, lambda: (_ for _ in ()).throw(error))


def test_a_fault_ends_with_70_and_keeps_its_traceback(place, monkeypatch, tmp_path, capsys):
    failing(monkeypatch, ZeroDivisionError("of ours\nDETAIL: Key (name)=(王伟) exists"))

    assert cli.main(["matter", "template", str(tmp_path / "x.xlsx")]) == ExitCode.BROKEN

    told = capsys.readouterr().err
    kept = place.data / "faults.log"
    assert "Traceback" not in told
    assert str(kept) in told.replace("\n", "")
    assert "ZeroDivisionError: of ours" in kept.read_text()
    assert "王伟" not in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_fault_that_cannot_be_kept_is_shown(place, monkeypatch, tmp_path, capsys):
    failing(monkeypatch, ZeroDivisionError("of ours"))
    place.data.rmdir()

    assert cli.main(["matter", "template", str(tmp_path / "x.xlsx")]) == ExitCode.BROKEN
    assert "ZeroDivisionError: of ours" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["none/x.xlsx", "."])
def test_a_named_file_that_cannot_be_written_is_refused_in_words(missing, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(TEMPLATE, lambda: b"PK")

    assert cli.main(["matter", "template", str(tmp_path / missing)]) == ExitCode.REFUSED

    told = capsys.readouterr().err
    assert "file_unusable" in told
    assert "Traceback" not in told


def test_a_file_that_nobody_named_is_a_fault(monkeypatch, tmp_path):
    failing(monkeypatch, FileNotFoundError(errno.ENOENT, "No such file", "/usr/share/ours"))

    assert cli.main(["matter", "template", str(tmp_path / "x.xlsx")]) == ExitCode.BROKEN


def test_a_full_disk_means_that_the_machine_is_not_ready(monkeypatch, tmp_path, capsys):
    failing(monkeypatch, OSError(errno.ENOSPC, "No space left on device"))

    assert cli.main(["matter", "template", str(tmp_path / "x.xlsx")]) == ExitCode.UNREADY
    assert "disk_full" in capsys.readouterr().err
