"""A ledger directory of its own for each test, and the hash asked anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tongban.engine.ledger.origin import installed_hash


@pytest.fixture(autouse=True)
def ledger_dir(settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    settings.TONGBAN_LEDGER_DIR = tmp_path / "ledger"
    monkeypatch.delenv("TONGBAN_LEDGER_KEY", raising=False)
    monkeypatch.setenv("TONGBAN_LEDGER_NAME", "anlan.example/tongban")
    installed_hash.cache_clear()
    yield tmp_path / "ledger"
    installed_hash.cache_clear()
