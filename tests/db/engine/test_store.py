"""One case through the shell: what is written, what is answered, what is refused."""

from tests.db.engine.city import City, row
from tongban.engine import codec
from tongban.engine.queries import state_at


def test_case_runs_from_application_to_delivery(city: City) -> None:
    case = city.granted()
    found = row(case)
    assert (found.phase, found.result) == ("closed", "granted")
    assert found.tasks.filter(status="open").count() == 0
    assert codec.load(found.state) == state_at(found.pk)
