import shutil
import stat

import pytest

from tongban.base.console import CommandError
from tongban.project import installation as room
from tongban.project.cluster import Cluster
from tongban.project.installation import Installation


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout of its own, started by nobody yet, for a user whose data go below tmp_path."""
    monkeypatch.delenv("TONGBAN_DATA", raising=False)
    monkeypatch.delenv("TONGBAN_SECRET_KEY", raising=False)
    monkeypatch.delenv("TONGBAN_FILES", raising=False)
    monkeypatch.setattr(room, "ROOT_DATA", tmp_path / "data")
    monkeypatch.setattr(room, "user_data_path", lambda _: tmp_path / "data")
    folder = tmp_path / "clone"
    folder.mkdir()
    return folder


def place_of(checkout, monkeypatch) -> Installation:
    monkeypatch.setattr(room, "_checkout", lambda: checkout)
    room.installation.cache_clear()
    try:
        return room.installation()
    finally:
        room.installation.cache_clear()


def test_the_place_stays_the_same_after_the_first_start(checkout, monkeypatch):
    first = place_of(checkout, monkeypatch)
    first.prepare()

    assert place_of(checkout, monkeypatch) == first


def test_two_checkouts_have_two_places(checkout, monkeypatch, tmp_path):
    other = tmp_path / "elsewhere" / "clone"
    other.mkdir(parents=True)

    assert place_of(checkout, monkeypatch).data != place_of(other, monkeypatch).data


def test_a_copied_checkout_does_not_share_its_originals_data(checkout, monkeypatch, tmp_path):
    place = place_of(checkout, monkeypatch)
    place.prepare()
    shutil.copytree(checkout, tmp_path / "copy")

    assert place_of(tmp_path / "copy", monkeypatch).data != place.data


def test_a_fresh_clone_at_the_same_path_does_not_meet_the_old_ones_data(checkout, monkeypatch):
    place = place_of(checkout, monkeypatch)
    place.prepare()
    shutil.rmtree(checkout)
    checkout.mkdir()

    assert place_of(checkout, monkeypatch).data != place.data


def test_tongban_data_wins(checkout, monkeypatch, tmp_path):
    place_of(checkout, monkeypatch).prepare()
    monkeypatch.setenv("TONGBAN_DATA", str(tmp_path / "mine"))

    assert place_of(checkout, monkeypatch).data == tmp_path / "mine"


def test_the_secret_key_is_made_once_and_read_by_its_owner_only(checkout, monkeypatch):
    place = place_of(checkout, monkeypatch)

    key = place.secret_key()

    assert len(key) >= 50
    assert place.secret_key() == key
    assert stat.S_IMODE((place.data / "secret-key").stat().st_mode) == 0o600


def test_the_secret_key_of_the_environment_wins(checkout, monkeypatch):
    monkeypatch.setenv("TONGBAN_SECRET_KEY", "from the vault")

    assert place_of(checkout, monkeypatch).secret_key() == "from the vault"


def test_a_place_too_deep_for_a_socket_listens_on_a_short_path(tmp_path):
    deep = Installation(tmp_path, tmp_path / ("d" * 120))

    assert len(str(deep.sockets)) < 60
    assert deep.sockets != Installation(tmp_path, tmp_path / ("e" * 120)).sockets


@pytest.fixture
def used(tmp_path):
    """A data directory that a service has used with a database of its own."""
    place = Installation(tmp_path, tmp_path / "data")
    place.prepare()
    place.note_database("tongban", "/var/run/postgresql")
    return place


def test_beside_the_data_of_another_database_no_private_one_is_made(used):
    before = sorted(used.data.rglob("*"))

    with pytest.raises(CommandError) as refused:
        Cluster(used).acquire()

    assert refused.value.code == "database_not_named"
    assert "tongban @ /var/run/postgresql" in refused.value.message
    assert "DATABASE_URL" in refused.value.message
    assert sorted(used.data.rglob("*")) == before


def test_nor_beside_a_restored_ledger_that_nobody_has_used_yet(tmp_path):
    (tmp_path / "data" / "ledger").mkdir(parents=True)

    with pytest.raises(CommandError) as refused:
        Cluster(Installation(tmp_path, tmp_path / "data")).acquire()

    assert refused.value.code == "database_not_named"


def test_the_note_follows_a_database_that_was_restored_under_another_name(used):
    used.note_database("tongban_restored", "/var/run/postgresql")

    with pytest.raises(CommandError, match="tongban_restored"):
        used.check_private()


def test_a_directory_with_a_private_database_stays_that_ones(tmp_path):
    place = Installation(tmp_path, tmp_path / "data")
    place.cluster.mkdir(parents=True)
    place.note_database("scratch", "localhost")

    place.check_private()


def test_a_fresh_directory_may_have_a_private_database(tmp_path):
    place = Installation(tmp_path, tmp_path / "data")
    place.note_database("nowhere", "localhost")  # not there yet: nothing is written, nothing fails
    place.prepare()

    place.check_private()


def test_a_directory_that_cannot_be_made_is_told_in_words(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(CommandError) as refused:
        Installation(tmp_path, tmp_path / "file" / "data").prepare()

    assert refused.value.code == "data_denied"
    assert "TONGBAN_DATA" in refused.value.remedy
