from copy import deepcopy

import pytest

from tests.reporting import Department
from tests.standing import standing
from tests.town import build_town
from tongban.platforms.reporting.clients import create_client

built = standing(build_town)


@pytest.fixture
def town(built, db):
    return deepcopy(built)


@pytest.fixture
def department(town, client):
    made, secret = create_client("许可系统", "scjg")
    return Department(client, made.key_id, secret)
