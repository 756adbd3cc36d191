"""The archive at the desk: found, counted and handed out by the one predicate."""

import io

import pytest

from tests.db.engine.city import ALWAYS
from tests.web.papers.test_documents_on_pages import as_, city  # noqa: F401
from tongban.engine import outbox
from tongban.engine.ledger.origin import installed_hash
from tongban.engine.ledger.sealing import checkpoint, seal_events
from tongban.platforms.papers.bag import verify_bag
from tongban.platforms.papers.filing import file_finished
from tongban.platforms.papers.models import ArchivePackage
from tongban.registry.models import Grant, Holding, Post


@pytest.fixture
def package(city, settings, tmp_path, monkeypatch):  # noqa: F811
    settings.TONGBAN_LEDGER_DIR = tmp_path / "ledger"
    monkeypatch.delenv("TONGBAN_LEDGER_KEY", raising=False)
    installed_hash.cache_clear()
    city.granted()
    while outbox.deliver():
        pass
    while seal_events().more:
        pass
    checkpoint()
    file_finished()
    yield ArchivePackage.objects.get()
    installed_hash.cache_clear()


def test_who_works_on_the_case_finds_the_package_and_takes_it_away(city, package):  # noqa: F811
    desk = as_(city, "clerk")
    for asked in (
        "",
        f"?q={package.archival_number}",
        f"?q={package.case.number}",
        f"?year={package.year}",
        "?period=30",
    ):
        assert package.archival_number in desk.get(f"/desk/archive/{asked}").content.decode()
    for asked in ("?q=没有", "?year=1999", "?period=permanent"):
        assert package.archival_number not in desk.get(f"/desk/archive/{asked}").content.decode()
    answer = desk.get(f"/desk/archive/{package.pk}/")
    assert verify_bag(io.BytesIO(b"".join(answer.streaming_content))).case_number == package.case.number


def test_nobody_else_finds_it(city, package):  # noqa: F811
    desk = as_(city, "outsider")
    assert package.archival_number not in desk.get("/desk/archive/").content.decode()
    assert desk.get(f"/desk/archive/{package.pk}/").status_code == 404
    assert as_(city, "applicant").get("/desk/archive/").status_code == 403


def test_who_only_watches_sees_that_it_is_filed_and_no_way_into_it(city, package):  # noqa: F811
    """The package holds personal values; for whom the case is no work it is a number and a case."""
    post = Post.objects.create(code="JC", name="监察岗", role="monitor", organisation=city.neighbour_bureau)
    Holding.objects.create(post=post, account=city.person("outsider"), valid=ALWAYS)
    Grant.objects.create(role="monitor", verb="view", reach=Grant.Reach.EVERYTHING, valid=ALWAYS)
    into, watcher = f'href="/desk/archive/{package.pk}/"', as_(city, "outsider")
    listed = watcher.get("/desk/archive/").content.decode()
    assert package.archival_number in listed
    assert into not in listed
    assert watcher.get(f"/desk/archive/{package.pk}/").status_code == 404
    assert into in as_(city, "clerk").get("/desk/archive/").content.decode()
