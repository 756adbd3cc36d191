"""Two processes that need a kind of the house's own at the same moment make it once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection

from tests.town import CODES, build_town
from tongban.engine import house
from tongban.engine.models import FlowVersion
from tongban.platforms.consultation.services import _template
from tongban.registry.models import OfferingVersion, Organisation, Post
from tongban.registry.queries import today


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


@pytest.mark.django_db
def test_rules_that_begin_later_are_added_to_what_is_published() -> None:
    build_town()
    org, template = Organisation.objects.get(code=CODES["scjg"]), _template()

    def under(*starts: date) -> OfferingVersion | None:
        earlier = [house.Earlier(day, template["content"]) for day in starts[:-1]]
        return house.establish(
            "consultation", org, template["content"], template["flow"], template["roles"],
            starts=starts[-1], earlier=earlier,
        )  # fmt: skip

    first = under(date(2020, 1, 1))
    second = under(date(2020, 1, 1), date(2025, 6, 1))
    third = under(date(2020, 1, 1), date(2025, 6, 1), date(2099, 1, 1))
    assert first is not None
    assert second is not None
    assert third is not None
    assert second.no == first.no + 1
    assert third.pk == second.pk  # the newest is not in force yet
    assert under(date(2020, 1, 1), date(2025, 6, 1), date(2099, 1, 1)) == second
    assert house.house_version("consultation", org.pk, date(2021, 1, 1)).no == first.no  # type: ignore[union-attr]
    assert OfferingVersion.objects.filter(flow_key__contains="consultation").count() == 3


@pytest.mark.django_db
def test_a_unit_without_a_post_has_that_of_the_nearest_unit_above() -> None:
    build_town()
    template = _template()
    org = Organisation.objects.get(code=CODES["cg"])
    roles = {"window": "acceptor", "desk": "leader"}  # 城管局 has no leader, nor has the government above it
    for upwards in (False, True):
        assert (
            house.establish(
                "consultation", org, template["content"], template["flow"], roles, upwards=upwards
            )
            is None
        )
    Post.objects.filter(role="leader").update(organisation=Organisation.objects.get(code=CODES["szf"]))
    made = house.establish("consultation", org, template["content"], template["flow"], roles, upwards=True)
    assert made is not None


@pytest.mark.django_db
def test_a_changed_template_is_a_new_edition_from_today_and_only_once() -> None:
    build_town()
    org, template = Organisation.objects.get(code=CODES["scjg"]), _template()

    def under(content: dict[str, Any]) -> OfferingVersion:
        made = house.establish("consultation", org, content, template["flow"], template["roles"])
        assert made is not None
        return made

    first = under(template["content"])
    changed = {**template["content"], "hours": "工作日 9:00—17:30"}
    second = under(changed)
    assert second.no == first.no + 1
    assert second.valid is not None
    assert second.valid.lower == today()
    assert second.content["hours"] == "工作日 9:00—17:30"
    assert under(changed) == second
    assert house.house_version("consultation", org.pk, date(2021, 1, 1)) == first
    third = under(
        template["content"]
    )  # on the same day: from tomorrow, for two editions never hold on one day
    assert third == second
    assert under(template["content"]) == second
    assert OfferingVersion.objects.filter(flow_key__contains="consultation").count() == 3
