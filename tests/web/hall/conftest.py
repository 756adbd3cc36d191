"""A small city whose permit can be applied for on the web, and people who sign in."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.db.engine.city import CONTENT, City, build
from tests.standing import standing
from tongban.registry.identity import set_identity

ID_NUMBER = "110101199003070775"
LONG = {"rule": "length", "constraint": "2-30"}


PERSON = {"field": "app_type", "equals": "自然人"}
FIRM = {"field": "app_type", "equals": "法人或其他组织"}


def field(name: str, label: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"name": name, "label": label, "type": kind, "required": True, **more}


CONTENT_ON_THE_WEB: dict[str, Any] = {
    **deepcopy(CONTENT),
    "initiated_by": "application",
    "project_type": "promised",
    "online_depth": 4,
    "service_objects": ["1", "2"],
    "phone": "0990-81045585",
    "materials": [
        {"key": "form", "name": "申请书", "necessity": "required"},
        {"key": "plan", "name": "平面图", "necessity": "conditional", "when": "form.area > 50"},
        {"key": "training", "name": "培训材料", "necessity": "later"},
    ],
    "form": {
        "groups": [
            {
                "title": "申请人信息",
                "fields": [
                    field("app_type", "申请人类型", "radio", options=["自然人", "法人或其他组织"]),
                    field("app_name", "姓名", validation=LONG, personal=True, when=PERSON),
                    field("id_no", "证件号码", "idcard", validation={"rule": "gb11643"}, personal=True, when=PERSON),
                    field("org_name", "单位名称", validation=LONG, when=FIRM),
                    field("uscc", "统一社会信用代码", "uscc", when=FIRM),
                    field("mobile", "手机号码", "mobile", personal=True),
                ],
            },
            {
                "title": "申请内容",
                "fields": [
                    field("area", "面积（平方米）", "number", validation={"rule": "number", "constraint": ">0"}),
                    field("items", "经营项目", "checkbox", options=["热食", "冷食"]),
                    field("chef", "厨师姓名", required=False, when={"field": "items", "contains": "热食"}),
                ],
            },
        ]
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


def build_on_the_web() -> City:
    """The small city, where the permit is applied for on the web by somebody whose name is known."""
    made = build(content=CONTENT_ON_THE_WEB)
    applicant = made.people["applicant"]
    applicant.display_name, applicant.real_name_level, applicant.phone = "王伟", 2, "13800138000"
    set_identity(applicant, "111", ID_NUMBER)
    applicant.save()
    return made


built = standing(build_on_the_web)


@pytest.fixture
def city(built: City, db: None) -> City:
    return deepcopy(built)


@pytest.fixture
def signed_in(city: City) -> Callable[[str], Client]:
    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(city.person(name), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def pdf(name: str = "a.pdf", words: bytes = b"one") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n" + words)


def fill(client: Client, code: str = "M1-scjg", who: str = "self") -> str:
    """Fill an application up to its last screen; gives the draft's address without the step."""
    at = client.post(f"/apply/{code}/", {"_who": who}).url
    base = at.rsplit("/", 2)[0]
    assert client.post(f"{base}/2/", {"mobile": "13800138000"}).status_code == 302
    assert client.post(f"{base}/3/", {"area": "12.50", "items": ["热食"], "chef": "李强"}).status_code == 302
    assert client.post(f"{base}/4/", {"form": pdf(), "_later": ["training"]}).status_code == 302
    return base
