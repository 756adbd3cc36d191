"""The cashier's pages: the order is found, paid, printed, exported; a gateway's notice pays it."""

import json
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client, override_settings

from tests.web.scene import NAME
from tongban.platforms.fees.gateways import Notice
from tongban.platforms.fees.models import Order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_stays")]


class Told:
    """A gateway that signs with a word."""

    name = "试验平台"

    def pay_href(self, number, amount, title, back):
        return f"/gateway/{number}"

    def read_notice(self, body, headers):
        if headers.get("X-Signature") != "right":
            return None
        said = json.loads(body)
        return Notice(said["order"], Decimal(said["amount"]), said["bill"])


def test_the_cashier_pays_an_order_with_the_receipt_of_the_bank(scene):
    clerk, address = scene.client("clerk"), f"/desk/fees/{scene.order}/"
    assert scene.order in clerk.get("/desk/fees/").content.decode()
    refused = clerk.post(address, {"do": "pay", "bill": "", "command_id": str(uuid4())})
    assert refused.status_code == 409
    clerk.post(address, {"do": "pay", "bill": "B-1", "command_id": str(uuid4())})
    assert "B-1" in clerk.get(address).content.decode()
    clerk.post(address, {"do": "refund", "reason": "多收", "command_id": str(uuid4())})
    assert Order.objects.get(number=scene.order).status == "refunded"
    trail = clerk.get(f"/desk/cases/{scene.number}/trail/").content.decode()
    assert scene.order in trail


def test_the_applicant_finds_the_order_and_the_paper_masks_the_name(scene):
    assert scene.order in scene.client("owner").get(f"/track/{scene.number}/").content.decode()
    slip = Client().get(f"/pay/{scene.order_token}/").content.decode()
    assert scene.order in slip
    assert "¥10.00" in slip
    assert NAME not in slip


def test_the_days_orders_are_exported_by_who_may_export(scene):
    answer = scene.client("chief").get("/desk/fees/export/")
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")


@override_settings(TONGBAN_PAYMENT_GATEWAY="tests.web.fees.test_cashier.Told")
def test_a_gateways_notice_pays_the_order_once_and_only_signed(scene):
    body = json.dumps({"order": scene.order, "amount": "10.00", "bill": "G-7"})

    def send(signature):
        return Client().post(
            "/pay/notice/", body, content_type="application/json", headers={"X-Signature": signature}
        )

    assert f"/gateway/{scene.order}" in Client().get(f"/pay/{scene.order_token}/").content.decode()
    assert send("wrong").status_code == 401
    assert [send("right").json()["status"] for _n in range(2)] == ["paid", "paid"]
    assert Order.objects.get(number=scene.order).way == "试验平台"
