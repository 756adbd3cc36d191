"""The small city with a supervisor of everything, and the rules read anew for each test."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime

import pytest
import time_machine

from tests.db.engine.city import ALWAYS, City, build
from tests.standing import standing
from tongban.base.calendar import CHINA
from tongban.platforms.supervision.models import Card
from tongban.platforms.supervision.queries import forget_books
from tongban.platforms.supervision.services import confirm
from tongban.registry.models import Account, Grant, Holding, Post


@pytest.fixture(autouse=True)
def _fresh_book() -> Iterator[None]:
    forget_books()
    yield
    forget_books()


built = standing(build)


@pytest.fixture
def city(built: City, db: None) -> City:
    return deepcopy(built)


@pytest.fixture
def supervisor(city: City) -> Account:
    post = Post.objects.create(code="JC", name="监察员", role="supervisor", organisation=city.bureau)
    account = Account.objects.create_user("supervisor", kind="staff", display_name="监察员")
    Holding.objects.create(post=post, account=account, valid=ALWAYS)
    for verb in ("view", "supervise"):
        Grant.objects.create(role="supervisor", verb=verb, reach=Grant.Reach.EVERYTHING, valid=ALWAYS)
    return account


@pytest.fixture
def carded(city: City, supervisor: Account) -> Callable[[], Card]:
    """A yellow card of a review that took too long, confirmed by supervision."""

    def make() -> Card:
        with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=CHINA), tick=False):
            case = city.apply()
            city.do("clerk", case, "accept")
        with time_machine.travel(datetime(2026, 3, 9, 9, tzinfo=CHINA), tick=False):
            city.do("reviewer", case, "complete", outcome="pass")
            return confirm(
                supervisor,
                Card.objects.get(case_id=case.case_id, level=2, episode="task:2").pk,
                reason="属实",
            )

    return make
