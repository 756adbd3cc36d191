import pytest

from tests.db.engine.city import City, build


@pytest.fixture
def city(db: None) -> City:
    return build()
