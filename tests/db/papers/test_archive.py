"""A finished case is filed whole, kept as long as the rules say, and checked by anybody without this installation."""

import io
import subprocess
import sys
import zipfile
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from tongban.base.files import open_file
from tongban.engine.ledger.origin import installed_hash
from tongban.engine.ledger.sealing import checkpoint, seal_events
from tongban.platforms.papers.bag import BagError, make_bag, verify_bag
from tongban.platforms.papers.filing import file_finished
from tongban.platforms.papers.models import ArchivePackage, Paper
from tongban.registry.queries import today


@pytest.fixture(autouse=True)
def own_ledger(settings, tmp_path, monkeypatch):
    settings.TONGBAN_LEDGER_DIR = tmp_path / "ledger"
    monkeypatch.delenv("TONGBAN_LEDGER_KEY", raising=False)
    monkeypatch.setenv("TONGBAN_LEDGER_NAME", "anlan.example/tongban")
    installed_hash.cache_clear()
    yield
    installed_hash.cache_clear()


def sealed():
    while seal_events().more:
        pass
    checkpoint()


def content(package: ArchivePackage) -> bytes:
    with open_file(package.file) as file:
        return file.read()


@pytest.fixture
def filed(city, delivered):
    case = city.granted()
    delivered()
    sealed()
    assert file_finished() == 1
    return case, ArchivePackage.objects.get()


def test_it_holds_documents_data_chain_and_proof_under_its_retention_rule(filed):
    case, package = filed
    seen = verify_bag(io.BytesIO(content(package)))

    assert seen.case_number == case.number
    assert seen.archival_number == package.archival_number == f"{'1' * 9}-{today().year}-D30-00001"
    assert seen.documents == package.documents == Paper.objects.count() == 4
    assert (package.period, package.keep_until) == ("30", date(today().year + 30, 12, 31))
    assert seen.proven.events == package.events
    with zipfile.ZipFile(io.BytesIO(content(package))) as bag:
        assert bag.read("bagit.txt").startswith(b"BagIt-Version: 1.0")
        assert any(n.endswith("食品经营许可证.pdf") for n in bag.namelist())


def test_filing_again_does_nothing_until_something_is_added(filed, city, delivered):
    case, _ = filed
    assert file_finished() == 0
    city.do("head", case, "revoke_result", how="revoked", reason="骗取", basis="行政许可法第六十九条")
    delivered()
    assert file_finished() == 0, "not before it is sealed"
    sealed()
    assert file_finished() == 1
    assert list(ArchivePackage.objects.order_by("no").values_list("no", flat=True)) == [1, 2]


def test_a_case_still_running_or_with_effects_waiting_is_not_filed(city):
    city.apply()
    city.granted()
    sealed()
    assert file_finished() == 0


@pytest.mark.parametrize("what", ["document", "case", "extra", "manifest", "cut"])
def test_whatever_is_touched_is_found(filed, what):
    _, package = filed
    data = content(package)
    with zipfile.ZipFile(io.BytesIO(data)) as bag:
        files = {n: bag.read(n) for n in bag.namelist()}
    document = next(n for n in files if n.startswith("data/documents/"))
    if what == "document":
        files[document] += b" "
    elif what == "case":
        files["data/case.json"] = files["data/case.json"].replace("王伟".encode(), "王五".encode())
    elif what == "extra":
        files["data/more.txt"] = b"x"
    elif what == "manifest":
        del files["manifest-sha256.txt"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bag:
        for name, body in files.items():
            bag.writestr(name, body)
    spoilt = out.getvalue() if what != "cut" else data[: len(data) // 2]
    with pytest.raises(BagError):
        verify_bag(io.BytesIO(spoilt))


def test_a_package_made_anew_around_another_document_is_found(filed):
    _, package = filed
    with zipfile.ZipFile(io.BytesIO(content(package))) as bag:
        files = {n.removeprefix("data/"): bag.read(n) for n in bag.namelist() if n.startswith("data/")}
    files[next(n for n in files if n.startswith("documents/"))] += b" "
    forged = make_bag({"External-Identifier": "x"}, files)
    with pytest.raises(BagError, match="不是存证记录里的文书"):
        verify_bag(io.BytesIO(forged))


def test_it_is_checked_without_database_and_settings(filed, tmp_path):
    _, package = filed
    file = tmp_path / "a.zip"
    file.write_bytes(content(package))
    key = verify_bag(io.BytesIO(content(package))).key

    def verified(key):
        return subprocess.run(
            [sys.executable, "-m", "tongban.project.cli", "archive", "verify", str(file), "--key", key],
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": "src", "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
            capture_output=True, check=False,
        )  # fmt: skip

    run = verified(key)
    assert run.returncode == 0, run.stderr.decode()
    assert package.archival_number in run.stdout.decode()
    wrong = key[:-6] + ("AAAAA=" if not key.endswith("AAAAA=") else "BBBBB=")
    with pytest.raises(BagError):
        verify_bag(io.BytesIO(content(package)), wrong)
    assert verified(wrong).returncode == 1, "the command worked and found something wrong"


def test_a_package_is_frozen(filed):
    with pytest.raises(IntegrityError), transaction.atomic():
        ArchivePackage.objects.update(period="10")
