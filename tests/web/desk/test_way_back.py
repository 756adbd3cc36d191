"""忘记密码: who helps gives a link that works once; the person sets the password. Nobody learns somebody else's."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from tests.db.engine.city import ALWAYS, City
from tests.web.desk.conftest import SignIn
from tongban.project.cli import main
from tongban.registry.identity import set_identity
from tongban.registry.models import Account, Grant, Holding, Post, RegistryChange

NUMBER, OTHER = "110101199003070775", "11010119900307109X"
NEW = "a-password-of-my-own"
STAFF = reverse("desk:staff_accounts")


@pytest.fixture(autouse=True)
def people(city: City) -> None:
    """A resident whose identity was verified, and the three administrators of the bureau."""
    caches["default"].clear()
    applicant = city.person("applicant")
    applicant.real_name_level = 2
    set_identity(applicant, "111", NUMBER)
    applicant.save()
    for name, verb in (
        ("system_admin", "administer"),
        ("security_admin", "permit"),
        ("audit_admin", "audit"),
    ):
        post = Post.objects.create(code=name, name=name, role=name, organisation=city.bureau)
        city.people[name] = Account.objects.create_user(name, kind="staff")
        Holding.objects.create(post=post, account=city.people[name], valid=ALWAYS)
        Grant.objects.create(role=name, verb=verb, reach=Grant.Reach.OWN, valid=ALWAYS)


def link_in(page: str) -> str:
    found = re.search(r"/account/password/reset/key/[0-9a-z]+-[0-9a-z]+-[0-9a-f]+/", page)
    assert found, "no link on the page"
    return found[0]


def opened(link: str) -> tuple[Client, str]:
    """Somebody's phone, and the page the link leads to."""
    phone = Client()
    answer = phone.get(link, follow=True)
    return phone, answer.redirect_chain[-1][0] if answer.redirect_chain else ""


def at_the_counter(client: Client, city: City, **said: str) -> Any:
    address = reverse("desk:identity_password", args=[city.person("applicant").uid])
    return client.post(address, {"number": NUMBER, **said})


def of_staff(client: Client, username: str, **said: str) -> Any:
    return client.post(STAFF, {"username": username, **said})


def sets_a_password(link: str, username: str) -> bool:
    phone, form = opened(link)
    if not form:
        return False
    phone.post(form, {"password1": NEW, "password2": NEW})
    signed = Client().post(reverse("account_login"), {"login": username, "password": NEW})
    return signed.status_code == 302


def test_a_verified_resident_sets_a_password_with_the_link_once(city: City, as_: SignIn) -> None:
    link = link_in(at_the_counter(as_("clerk"), city).content.decode())
    phone, form = opened(link)
    assert "tb-foot" in phone.get(form).content.decode()
    assert sets_a_password(link, "applicant")
    assert "不能用了" in Client().get(link, follow=True).content.decode()


def test_the_link_is_dead_after_half_an_hour(
    city: City, as_: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = link_in(at_the_counter(as_("clerk"), city).content.decode())
    later = datetime.now() + timedelta(minutes=31)  # noqa: DTZ005 -- as the generator counts
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda _: later)
    assert not opened(link)[1]


def test_the_deed_is_logged_and_the_resident_is_told(city: City, as_: SignIn) -> None:
    at_the_counter(as_("clerk"), city)
    line = RegistryChange.objects.get(subject="account")
    assert (line.actor, line.action) == (city.person("clerk"), "password.link_given")
    assert "有人为您的账号出了重设密码的链接" in as_("applicant").get("/me/messages/").content.decode()


def test_without_the_document_there_is_no_link(city: City, as_: SignIn) -> None:
    assert "不一致" in at_the_counter(as_("clerk"), city, number=OTHER).content.decode()
    Account.objects.filter(username="applicant").update(real_name_level=1)
    assert "没有在窗口核验过" in at_the_counter(as_("clerk"), city).content.decode()
    assert at_the_counter(as_("reviewer"), city).status_code == 403
    assert not RegistryChange.objects.filter(subject="account").exists()


def test_lost_factors_are_given_up_only_when_asked(city: City, as_: SignIn) -> None:
    Authenticator.objects.create(user=city.person("applicant"), type="totp", data={})
    at_the_counter(as_("clerk"), city)
    assert Authenticator.objects.exists()
    at_the_counter(as_("clerk"), city, factors="on")
    assert not Authenticator.objects.exists()
    assert RegistryChange.objects.filter(action="factors.given_up").exists()


def test_the_system_administrator_helps_staff_of_their_unit(city: City, as_: SignIn) -> None:
    administrator = as_("system_admin")
    assert STAFF in administrator.get("/desk/").content.decode()
    link = link_in(of_staff(administrator, "clerk").content.decode())
    assert sets_a_password(link, "clerk")


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("security_admin", "三员分立"),
        ("audit_admin", "三员分立"),
        ("neighbour", "没有在该单位"),
        ("outsider", "没有岗位"),
        ("system_admin", "另一名系统管理员"),
        ("applicant", "没有这个工作人员账号"),
    ],
)
def test_and_nobody_elses_nor_those_who_check_them(city: City, as_: SignIn, who: str, why: str) -> None:
    page = of_staff(as_("system_admin"), who, factors="on").content.decode()
    assert why in page
    assert "reset/key" not in page
    assert not RegistryChange.objects.filter(subject="account").exists()


@pytest.mark.parametrize("who", ["clerk", "head", "security_admin", "audit_admin"])
def test_who_administers_nothing_helps_no_staff(as_: SignIn, who: str) -> None:
    client = as_(who)
    assert STAFF not in client.get("/desk/").content.decode()
    assert client.get(STAFF).status_code == of_staff(client, "clerk").status_code == 403


def test_the_console_helps_everybody(
    city: City, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Security administrators too, whom nobody helps on a page."""
    monkeypatch.setattr("tongban.project.cli.make_ready", lambda _: None)
    monkeypatch.setattr("tongban.project.cli.deep", lambda work: work())
    Authenticator.objects.create(user=city.person("security_admin"), type="totp", data={})
    assert main(["account", "reset-factors", "security_admin"]) == 0
    assert not Authenticator.objects.exists()
    capsys.readouterr()
    assert main(["account", "reset-password", "security_admin"]) == 0
    assert sets_a_password(link_in(capsys.readouterr().out), "security_admin")
    assert main(["account", "reset-password", "nobody"]) == 4
    assert [line.actor_name for line in RegistryChange.objects.filter(subject="account")] == ["本系统"] * 2


def test_the_page_promises_what_there_is() -> None:
    page = Client().get(reverse("account_reset_password")).content.decode()
    assert "链接" in page
    assert "系统管理员" in page
