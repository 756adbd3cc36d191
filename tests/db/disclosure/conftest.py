"""The town in which documents are written, reviewed and published."""

from copy import deepcopy

import pytest

from tests.standing import standing
from tests.town import build_town

built = standing(build_town)


@pytest.fixture
def town(built, db):
    return deepcopy(built)


@pytest.fixture
def clerk(town):
    return town.people["clerk"]
