import pytest

from tests.reporting import Department
from tongban.platforms.reporting.clients import create_client


@pytest.fixture
def department(town, client):
    made, secret = create_client("许可系统", "scjg")
    return Department(client, made.key_id, secret)
