"""The small city with a supervisor of everything, and the rules read anew for each test."""

from collections.abc import Iterator
from copy import deepcopy

import pytest

from tests.db.engine.city import ALWAYS, City, build
from tests.standing import standing
from tongban.platforms.supervision.queries import forget_books
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
