"""开餐馆一件事 through the hall: the life event's page, one form, one set of materials; five departments each get their case."""

import re
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tongban.engine.models import Attachment, Case, CaseData, TaskRow
from tongban.engine.outbox import deliver
from tongban.engine.services import SYSTEM, perform
from tongban.registry.models import Account, OfferingVersion
from tongban.registry.queries import holders_of

pytestmark = [pytest.mark.usefixtures("city_of_anlan"), pytest.mark.django_db]

ANSWERS = {
    "addr": "东门大街七十三号", "by_agent": "否", "need_drain": "是", "need_ad": "是", "need_gas": "否", "shop_name": "兴旺小吃店",
    "mode": "个人经营", "scope": "餐饮服务", "premises": "东门大街七十三号一层", "biz_type": "餐饮服务经营者", "items": ["热食类制售"],
    "area": "80", "online_sale": "否", "safety_man": "李强", "kitchen_area": "20", "place": "饭店", "floors": "一层",
    "xfjc_mode": "告知承诺", "open_date": "2027-01-15", "drain_type": "餐饮", "volume": "3", "outlets": "1", "grease": "是",
    "location": "东门大街七十三号外墙", "form": "墙体", "size": "3×1", "start": "2027-01-15", "end": "2027-12-31", "delivery": "电子证照",
    "mobile": "13900001111",
}  # fmt: skip


def pdf(n):
    return SimpleUploadedFile(f"{n}.pdf", f"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n{n}".encode())


def test_one_application_opens_the_cases_of_five_members():
    resident = Account.objects.filter(kind="resident", real_name_level__gte=2).exclude(id_digest="").first()
    client = Client()
    client.force_login(resident, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/events/开餐馆/").content.decode()
    found = re.search(r'href="/apply/([0-9A-Z]+)/">一张表联办', page)
    assert found is not None
    version = OfferingVersion.objects.get(offering__implementation_code=found[1], status="published")

    base = client.post(f"/apply/{found[1]}/", {"_who": "self"}).url.rsplit("/", 2)[0]
    groups = version.content["form"]["groups"]
    for n, group in enumerate(groups, 2):
        typed = {f["name"]: ANSWERS[f["name"]] for f in group["fields"] if f["name"] in ANSWERS}
        answer = client.post(f"{base}/{n}/", typed)
        assert answer.status_code == 302, re.findall(r'href="#f-[^"]*">([^<]*)', answer.content.decode())
    at = len(groups) + 2
    asked = re.findall(
        r'<input id="f-(CL\d+)" name="CL\d+" type="file"', client.get(f"{base}/{at}/").content.decode()
    )
    assert len(asked) == len(set(asked)) > 8
    assert client.post(f"{base}/{at}/", {key: pdf(key) for key in asked}).status_code == 302
    answer = client.post(f"{base}/{at + 1}/", {"_sure": "1"})
    assert answer.status_code == 302, answer.content.decode()[-3000:]

    joint = Case.objects.get(number=answer.url.split("/")[2])
    assert joint.kind == "joint"
    task = TaskRow.objects.get(case=joint, status="open", kind="human")
    perform(holders_of(task.post).first(), joint.pk, "accept", command_id=uuid4(), data={})
    deliver()
    (licence,) = joint.children.all()
    perform(
        SYSTEM, joint.pk, "child_concluded", command_id=uuid4(),
        data={"member": licence.offering.implementation_code, "result": "granted", "child": licence.pk}, channel="joint",
    )  # fmt: skip
    deliver()
    members = list(joint.children.order_by("pk"))
    assert len(members) == 5
    assert {m.applicant_id for m in members} == {resident.pk}
    assert len({m.org_id for m in members}) >= 4
    assert all(CaseData.objects.filter(case_id=m.pk).exists() for m in members)
    assert all(Attachment.objects.filter(case=m).exists() for m in members)
