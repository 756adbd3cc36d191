"""What holds for every test: no other machine is reached, and nothing is left outside temporary directories."""

import pytest
from django.test import override_settings

from tongban.project.testbed import refuse_other_machines

refuse_other_machines()


@pytest.fixture(scope="session", autouse=True)
def own_files(tmp_path_factory):
    """Uploaded files of this run go to a directory of its own."""
    folder = tmp_path_factory.mktemp("files")
    with override_settings(TONGBAN_FILES=folder):
        yield folder
