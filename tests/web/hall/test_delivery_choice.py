"""How the result is to come: chosen when sending, kept with the case, shown at the delivery step, never to others."""

import pytest

from tests.db.engine.city import build
from tongban.platforms.delivery import services as delivery
from tongban.platforms.delivery.models import Wish

EXPRESS = {
    "_way": "邮寄",
    "_to_name": "王伟",
    "_to_phone": "13812345678",
    "_to_address": "人民路 8 号 2 单元 301",
}


@pytest.mark.parametrize("name", ["_to_name", "_to_phone", "_to_address"])
def test_what_is_to_be_sent_needs_somebody_and_somewhere(name):
    _said, errors = delivery.read({**EXPRESS, name: ""})
    assert list(errors) == [name]


def test_who_fetches_the_result_is_asked_for_nothing_more():
    said, errors = delivery.read({"_way": "窗口领取"})
    assert (said.way, errors) == ("窗口领取", {})


def test_a_form_that_asks_itself_is_not_asked_twice_and_its_answer_counts():
    results = {"results": [{"key": "r1"}]}
    own = {**results, "form": {"groups": [{"fields": [{"name": "delivery"}]}]}}
    assert (delivery.asked(results), delivery.asked(own), delivery.asked({})) == (True, False, False)
    said = {"delivery": "邮寄送达", "app_name": "王伟", "mobile": "13812345678", "post_addr": "人民路 8 号"}
    assert delivery.told(said) == delivery.Said("邮寄", "王伟", "13812345678", "人民路 8 号")
    assert (
        delivery.told({**said, "post_addr": ""}) == delivery.told({"delivery": "电子证照"}) == delivery.Said()
    )


@pytest.mark.django_db
def test_the_choice_stands_at_the_case_and_the_first_one_counts():
    case = build().apply()
    said, _errors = delivery.read(EXPRESS)
    delivery.choose(case.case_id, said)
    delivery.choose(case.case_id, delivery.read({"_way": "窗口领取"})[0])
    assert Wish.objects.get(pk=case.case_id).address == EXPRESS["_to_address"]
    assert delivery.wish_of(case.case_id + 1) is None
