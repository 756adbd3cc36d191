"""The rows of an import: what was read, whether persons are in it, and where the draft is that was made of it."""

from copy import deepcopy

import pytest
from django.test import Client
from django.urls import reverse

from tongban.platforms.disclosure.models import Record
from tongban.platforms.disclosure.reader.batches import BatchFile
from tongban.platforms.disclosure.services import begin_batch, read_batch
from tongban.registry.models import Organisation

pytestmark = pytest.mark.django_db
TEXT = "安澜市市场监督管理局关于抽检的通告\n联系人身份证号11010519491231002X。\n安澜市市场监督管理局\n2026年3月2日"


@pytest.fixture
def clerk(town_as_built, db):
    client = Client()
    client.force_login(deepcopy(town_as_built).people["clerk"])
    return client


def test_a_row_says_that_persons_are_in_it_and_leads_to_its_draft(clerk):
    unit = Organisation.objects.get(key="scjg")
    held = read_batch(begin_batch(None, unit, [BatchFile("通告.txt", TEXT.encode())], name="一批").pk)
    page = reverse("disclosure:batch", args=[held.pk])
    shown = clerk.get(page).content.decode()
    assert "含个人信息：证件号码" in shown
    assert "11010519491231002X" not in shown
    taken = clerk.post(reverse("disclosure:row", args=[held.pk, 1]), {"title": "抽检的通告"}, follow=True)
    draft = reverse("disclosure:record", args=[Record.objects.get().uid])
    assert taken.content.decode().count(f'href="{draft}"') == 2  # in the message and in the row
