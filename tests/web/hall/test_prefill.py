"""带出: what is known of the applicant fills the form at its first opening, can be changed, and stays as it was changed."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.db.engine.city import City, build
from tests.web.hall.conftest import CONTENT_ON_THE_WEB, ID_NUMBER, field
from tongban.engine.services import Applicant, Handed
from tongban.faces.hall.models import Draft
from tongban.faces.hall.steps import known_of
from tongban.faces.prefill import _FROM, SOURCES
from tongban.registry.identity import set_identity
from tongban.registry.models import OfferingVersion

SignIn = Callable[[str], Client]
USCC = "91110108551385082Q"
GROUP = {
    "title": "带出",
    "fields": [
        field("contact", "联系人", prefill="account.name"),
        field("phone2", "联系电话", prefill="account.phone"),
        field("born", "出生日期", "date", prefill="id.birth"),
        field("sex", "性别", "radio", options=["男", "女"], prefill="id.sex"),
        field("addr", "联系地址", "address", required=False),
    ],
}  # fmt: skip


@pytest.fixture
def city(db: None) -> City:
    content: dict[str, Any] = deepcopy(CONTENT_ON_THE_WEB)
    content["form"]["groups"].append(GROUP)
    made = build(content=content)
    applicant = made.people["applicant"]
    applicant.display_name, applicant.real_name_level, applicant.phone = "王伟", 2, "13800138000"
    set_identity(applicant, "111", ID_NUMBER)
    applicant.save()
    return made


def opened(client: Client, who: str = "self") -> str:
    return client.post("/apply/M1-scjg/", {"_who": who}).url.rsplit("/", 2)[0]


def content_of() -> dict[str, Any]:
    found: dict[str, Any] = OfferingVersion.objects.get(offering__implementation_code="M1-scjg").content
    return found


def test_the_first_opening_is_filled_and_says_so(city: City, signed_in: SignIn) -> None:
    client = signed_in("applicant")
    page = client.get(f"{opened(client)}/4/").content.decode()
    assert 'value="王伟"' in page
    assert 'value="13800138000"' in page
    assert 'value="1990-03-07"' in page
    assert page.count("已自动填写") == 4


def test_what_is_changed_or_emptied_stays_so(city: City, signed_in: SignIn) -> None:
    client = signed_in("applicant")
    base = opened(client)
    client.post(
        f"{base}/4/", {"contact": "赵六", "phone2": "", "born": "1990-03-07", "sex": "女", "later": "1"}
    )
    page = client.get(f"{base}/4/").content.decode()
    assert 'value="赵六"' in page
    assert 'value="13800138000"' not in page
    assert Draft.objects.get().typed["contact"] == "赵六"


def test_a_typed_number_gives_birth_and_sex_of_another_person(city: City) -> None:
    known = known_of(city.person("applicant"), "agent", content_of(), {"id_no": "110101198506152399"})
    assert known["born"].value == "1985-06-15"
    assert known["sex"].value == "男"
    assert "contact" not in known  # it is somebody else's application


def test_nothing_is_known_of_who_has_not_signed_in(city: City) -> None:
    page = Client()
    base = opened(page)
    assert "已自动填写" not in page.get(f"{base}/4/").content.decode()


def test_the_last_application_of_a_firm_fills_the_next(city: City) -> None:
    account = city.person("applicant")
    data = {
        "app_type": "法人或其他组织", "org_name": "兴旺餐饮公司", "uscc": USCC, "mobile": "13800138000", "area": 10,
        "items": ["热食"], "contact": "王伟", "phone2": "13800138000", "born": "1990-03-07", "sex": "男", "addr": "东门大街1号",
    }  # fmt: skip
    city.apply(
        data=data, applicant=Applicant("兴旺餐饮公司", "organisation", "uscc", USCC, "", account),
        materials=(Handed("form"), Handed("plan")), command_id=uuid4(),
    )  # fmt: skip
    known = known_of(account, "firm", content_of())
    assert (known["uscc"].value, known["org_name"].value) == (USCC, "兴旺餐饮公司")
    assert not known["uscc"].locked
    assert "addr" not in known  # the firm's form does not tell where the person lives
    typed = known_of(account, "firm", content_of(), {"uscc": USCC})
    assert typed["org_name"].value == "兴旺餐饮公司"
    assert "org_name" not in known_of(account, "firm", content_of(), {"uscc": "91000000000000000X"})
    assert "org_name" not in known_of(city.person("stranger"), "firm", content_of(), {"uscc": USCC})
    assert known_of(account, "self", content_of())["addr"].value == "东门大街1号"


def test_every_source_that_can_be_chosen_is_known() -> None:
    assert set(SOURCES) == set(_FROM)
