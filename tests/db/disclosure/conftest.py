"""Who writes the documents of the town."""

import pytest


@pytest.fixture
def clerk(town):
    return town.people["clerk"]
