"""窗口核验: a number belongs to whose document a clerk has seen; who only stated it loses it and is told."""

import html

import pytest
from django.core.cache import caches
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from tests.db.engine.city import City
from tests.web.desk.conftest import SignIn
from tongban.faces.desk.views.identity import TRIES
from tongban.faces.hall.services import state_real_name
from tongban.registry.identity import find_resident
from tongban.registry.models import AccessRecord, Account, RegistryChange

NUMBER, OTHER = "110101199003070775", "11010119900307109X"
FIRM = "91110000600037341L"
FIND = reverse("desk:identity")


@pytest.fixture(autouse=True)
def stated(city: City) -> None:
    """Both residents stated the one number; it is the applicant's."""
    caches["default"].clear()
    for name, said in (("stranger", "王小骗"), ("applicant", "王伟")):
        assert not state_real_name(city.person(name), name=said, id_number=NUMBER, phone="13800138000")


def fresh(city: City, name: str) -> Account:
    account = city.person(name)
    account.refresh_from_db()
    return account


def page_of(city: City, name: str) -> str:
    return reverse("desk:identity_one", args=[city.person(name).uid])


def verify(client: Client, city: City, who: str, **said: str) -> str:
    """What the clerk reads after confirming."""
    answer = client.post(page_of(city, who), {"name": "王伟", "number": NUMBER, **said}, follow=True)
    return html.unescape(answer.content.decode())


def test_the_clerk_finds_the_account_by_its_exact_name(city: City, as_: SignIn) -> None:
    clerk = as_("clerk")
    answer = clerk.post(FIND, {"q": "applicant"})
    assert answer["Location"] == page_of(city, "applicant")
    shown = clerk.get(answer["Location"]).content.decode()
    assert NUMBER not in shown
    assert "王伟" not in shown, "names are read from the document, not from the screen"
    assert "没有这个账号" in clerk.post(FIND, {"q": "applican"}).content.decode()
    assert "没有这个账号" in clerk.post(FIND, {"q": "clerk"}).content.decode(), "staff are not found here"
    assert "几个账号" in clerk.post(FIND, {"q": "13800138000"}).content.decode(), "both gave that number"


def test_every_look_is_written_down_without_what_was_typed(city: City, as_: SignIn) -> None:
    as_("clerk").post(FIND, {"q": "applicant"}, follow=True)
    as_("clerk").post(FIND, {"q": "nobody"})
    found = list(
        AccessRecord.objects.order_by("pk").values_list("account__username", "act", "subject", "detail")
    )
    about = f"account {city.person('applicant').uid}"
    assert found == [
        ("clerk", "lookup", about, {"found": 1, "searched": True}),
        ("clerk", "lookup", about, {"found": 1}),
        ("clerk", "lookup", "account", {"found": 0, "searched": True}),
    ]


def test_verified_the_number_is_the_owners_and_nobody_elses(city: City, as_: SignIn) -> None:
    assert "实名等级 2" in verify(as_("clerk"), city, "applicant")
    applicant, stranger = fresh(city, "applicant"), fresh(city, "stranger")
    assert find_resident("111", NUMBER) == applicant
    assert (applicant.real_name_level, applicant.display_name) == (2, "王伟")
    assert (stranger.real_name_level, stranger.id_digest, stranger.id_number_sealed) == (0, "", "")


def test_who_loses_a_number_is_told_and_so_is_who_was_verified(city: City, as_: SignIn) -> None:
    verify(as_("clerk"), city, "applicant")
    for name, told in (("stranger", "您填报的身份证号码已取消"), ("applicant", "您的身份已在窗口核验")):
        client = as_(name)
        assert told in client.get("/me/messages/").content.decode()
        notice = city.person(name).notices.get()
        assert client.post("/me/messages/read/", {"notice": notice.pk})["Location"] == reverse(
            "hall:me-profile"
        )


def test_the_deed_stands_in_the_log_for_good_and_holds_nothing_personal(city: City, as_: SignIn) -> None:
    verify(as_("clerk"), city, "applicant")
    lines = RegistryChange.objects.filter(subject="account").order_by("pk")
    assert list(lines.values_list("actor__username", "action", "before", "after")) == [
        ("clerk", "identity.taken", {"level": 1}, {"level": 0}),
        ("clerk", "identity.verified", {"level": 1}, {"level": 2}),
    ]
    with pytest.raises(DatabaseError), transaction.atomic():
        lines.delete()


def test_with_the_authority_of_a_firm_it_is_level_three(city: City, as_: SignIn) -> None:
    assert "实名等级 3" in verify(as_("clerk"), city, "applicant", firm=FIRM)
    assert RegistryChange.objects.get(action="identity.verified").after == {"level": 3, "firm": FIRM}
    assert "实名等级 3" in verify(as_("clerk"), city, "applicant"), (
        "and stays it when the name is compared again"
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"number": OTHER}, "账号可能是别人的"),
        ({"number": "110101199003070776"}, "没有办成"),
        ({"name": ""}, "请填写证件上的姓名"),
        ({"firm": "91110000600037341X"}, "没有办成"),
    ],
)
def test_what_does_not_agree_is_not_verified(city: City, as_: SignIn, said: dict[str, str], why: str) -> None:
    assert why in verify(as_("clerk"), city, "applicant", **said)
    assert fresh(city, "applicant").real_name_level == 1
    assert fresh(city, "stranger").real_name_level == 1


def test_an_account_whose_owner_stated_nothing_cannot_be_made_somebodys(city: City, as_: SignIn) -> None:
    """Else anybody could have a stranger's account verified as their own, and its password set anew."""
    Account.objects.filter(username="stranger").update(
        real_name_level=0, id_type="", id_digest="", id_number_sealed=""
    )
    assert "还不能核验" in as_("clerk").get(page_of(city, "stranger")).content.decode()
    assert "没有填报身份证号码" in verify(as_("clerk"), city, "stranger")
    assert fresh(city, "stranger").real_name_level == 0


def test_one_number_is_verified_for_one_account(city: City, as_: SignIn) -> None:
    verify(as_("clerk"), city, "applicant")
    state_real_name(city.person("stranger"), name="王小骗", id_number=NUMBER, phone="")
    assert "另一个账号上核验过" in verify(as_("clerk"), city, "stranger")
    assert find_resident("111", NUMBER) == city.person("applicant")


@pytest.mark.parametrize("who", ["reviewer", "section_head", "outsider"])
def test_who_serves_at_no_counter_verifies_nobody(city: City, as_: SignIn, who: str) -> None:
    client = as_(who)
    assert FIND not in client.get("/desk/").content.decode()
    for answer in (
        client.get(FIND), client.post(FIND, {"q": "applicant"}), client.get(page_of(city, "applicant")),
        client.post(page_of(city, "applicant"), {"name": "王伟", "number": NUMBER}),
    ):  # fmt: skip
        assert answer.status_code == 403
    assert fresh(city, "applicant").real_name_level == 1
    assert not AccessRecord.objects.exists()


def test_the_rail_leads_there(as_: SignIn) -> None:
    assert FIND in as_("clerk").get(reverse("desk:counter")).content.decode()


def test_a_clerk_cannot_go_through_the_accounts(city: City, as_: SignIn) -> None:
    clerk = as_("clerk")
    tries = [clerk.post(FIND, {"q": f"name-{n}"}).status_code for n in range(TRIES)]
    assert tries == [422] * TRIES
    assert clerk.post(FIND, {"q": "applicant"}).status_code == 429
    assert clerk.post(page_of(city, "applicant"), {"name": "王伟", "number": NUMBER}).status_code == 429
