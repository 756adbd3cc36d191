"""What a person sees of a search."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_a_failed_sign_in_says_so_and_keeps_the_name(client):
    answer = client.post(reverse("account_login"), {"login": "nobody", "password": "wrong"})
    text = answer.content.decode()
    assert "没有登录成功" in text
    assert 'value="nobody"' in text
    assert "传好的文件" not in text


def test_a_search_without_hits_says_what_to_do(client):
    text = client.get(reverse("hall:search"), {"q": "造一艘飞船"}).content.decode()
    assert "没有找到" in text
    assert "按部门找" in text
