import json

import pytest

from tongban.base.console import Console
from tongban.project import up
from tongban.project.installation import Installation


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    """An installation that this very program has prepared before."""
    place = Installation(tmp_path / "checkout", tmp_path / "data")
    (place.checkout / "src").mkdir(parents=True)
    (place.checkout / "src" / "one.py").write_text("1")
    place.prepare()
    monkeypatch.setattr(up, "installation", lambda: place)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    stamp = {"program": up._fingerprint(place.checkout), "demo": True}
    (place.data / "prepared").write_text(json.dumps(stamp))

    def asked(*, demo=True):
        raised = RuntimeError("Django was set up")
        monkeypatch.setattr("django.setup", lambda: (_ for _ in ()).throw(raised))
        try:
            up._prepare(demo=demo, console=Console())
        except RuntimeError as error:
            return error is raised
        return False

    return place, asked


def test_the_same_program_prepares_nothing_again(prepared):
    _, prepares_again = prepared

    assert not prepares_again()


def test_a_changed_program_prepares_again(prepared):
    place, prepares_again = prepared
    (place.checkout / "src" / "one.py").write_text("12")

    assert prepares_again()


def test_asking_for_the_demonstration_city_later_prepares_again(prepared):
    _, prepares_again = prepared

    assert prepares_again(demo=False)


def test_a_database_of_others_is_always_looked_at(prepared, monkeypatch):
    _, prepares_again = prepared
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")

    assert prepares_again()
