from copy import deepcopy

import pytest

from tests.db.engine.city import City, build
from tests.standing import standing
from tongban.engine import joint, kinds

built = standing(build)


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine with nothing plugged in but its own effects and one kind of case."""
    monkeypatch.setattr(kinds, "_registry", kinds._Registry())
    kinds.register_kind(kinds.Kind("licence", "行政许可"))
    joint.declare()


@pytest.fixture
def city(built: City, db: None, plugins: None) -> City:
    return deepcopy(built)
