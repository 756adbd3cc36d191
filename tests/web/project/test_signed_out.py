"""A sign-in that has run out costs nobody their way: what was sent leads to signing in and back to the page it stood on."""

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_stays")]
HTML = {"accept": "text/html"}


def sent(client, to, page, **headers):
    return client.post(to, {}, headers={"referer": f"http://testserver{page}", **headers})


def test_a_form_of_the_desk_leads_to_signing_in_and_back_to_its_page(scene):
    case = f"/desk/cases/{scene.number}/"
    answer = sent(Client(), f"{case}act/", f"{case}?task=2")
    assert answer.headers["Location"] == f"/account/login/?next={case}%3Ftask%3D2"
    assert Client().get(case).headers["Location"] == f"/account/login/?next={case}"


@pytest.mark.parametrize(
    "page", ["", "https://elsewhere.example/desk/", "//elsewhere.example/", "javascript:alert(1)"]
)
def test_a_page_of_somebody_else_is_no_way_back(scene, page):
    answer = Client().post(f"/desk/cases/{scene.number}/act/", {}, headers={"referer": page})
    assert answer.headers["Location"] == "/account/login/?next=/"


def test_a_script_is_told_that_nobody_is_signed_in(scene):
    case = f"/desk/cases/{scene.number}/"
    assert sent(Client(), f"{case}draft/", case, **{"sec-fetch-mode": "same-origin"}).status_code == 401


def test_a_draft_of_somebodys_asks_to_sign_in_and_one_that_is_not_there_is_not_there(scene):
    owner = scene.client("owner")
    begun = owner.post("/apply/P-1/", {"_who": "self"}).headers["Location"]
    assert Client().get(begun).headers["Location"] == f"/account/login/?next={begun}"
    assert sent(Client(), begun, begun).headers["Location"] == f"/account/login/?next={begun}"
    assert scene.client("stranger").get(begun).status_code == 404
    nobodys = begun.replace(begun.split("/")[3], "6c1d4b0e-3f64-4d54-9c1e-2c9f6a3f0001")
    assert Client().get(nobodys).status_code == 404


def test_an_address_that_only_takes_forms_says_where_to_go_on(scene):
    client, case = scene.client("clerk"), f"/desk/cases/{scene.number}/"
    answer = client.get(f"{case}act/", headers=HTML)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert f'href="{case}"' in answer.content.decode()
    assert client.get("/api/v1/me", headers={"accept": "application/json"}).status_code != 405
