"""Two processes that need a kind of the house's own at the same moment make it once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import connection

from tests.town import CODES, build_town
from tongban.engine import house
from tongban.engine.models import FlowVersion
from tongban.platforms.consultation.services import _template
from tongban.registry.models import OfferingVersion, Organisation


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_version(monkeypatch: pytest.MonkeyPatch) -> None:
    build_town()
    org, template = Organisation.objects.get(code=CODES["scjg"]), _template()
    seen, look = Barrier(2, timeout=2), house.house_version

    def both_look_first(kind: str, of: int) -> OfferingVersion | None:
        """Neither goes on before both have seen that there is none."""
        found = look(kind, of)
        if found is None:
            with suppress(BrokenBarrierError):  # a second look is alone
                seen.wait()
        return found

    monkeypatch.setattr(house, "house_version", both_look_first)

    def establish(_: int) -> int:
        try:
            made = house.establish(
                "consultation", org, template["content"], template["flow"], template["roles"]
            )
            assert made is not None
            return made.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(establish, range(2)))
    assert made[0] == made[1]
    assert OfferingVersion.objects.filter(flow_key__contains="consultation").count() == 1
    assert FlowVersion.objects.filter(key__contains="consultation").count() == 1
