"""One door for all; behind it residents and staff go different ways. Its pages wear the site's dress."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.db.engine.city import City
from tests.web.desk.conftest import SignIn


@pytest.mark.parametrize(("name", "lands"), [("clerk", "/desk/"), ("applicant", "/me/")])
def test_after_signing_in_everybody_lands_where_they_belong(city: City, name: str, lands: str) -> None:
    account = city.person(name)
    account.set_password("a-long-password")
    account.save()
    answer = Client().post(reverse("account_login"), {"login": name, "password": "a-long-password"})
    assert answer["Location"] == lands


def test_sign_in_pages_look_like_the_site(city: City, as_: SignIn) -> None:
    for name in ("account_login", "account_signup", "account_reset_password"):
        page = Client().get(reverse(name)).content.decode()
        assert "tb-foot" in page
        assert "安澜市政务服务" in page
        assert "<style" not in page
    for name in ("account_logout", "account_change_password", "account_reauthenticate"):
        assert "tb-foot" in as_("clerk").get(reverse(name), follow=True).content.decode()
