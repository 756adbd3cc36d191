"""Words that are to become public are searched for what tells who somebody is."""

import time

import pytest

from tongban.base.traces import traces


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("请打13800138000找我", "手机号码"),
        ("单位电话 0990-81045585", "电话号码"),
        ("身份证110101199003070775办的", "证件号码"),
        ("卡号 6222020200112233445", "银行卡号"),
        ("发到 wang@example.org", "邮箱"),
        ("车牌皖A12345", "车牌号码"),
        ("住在东门街3号楼2单元", "门牌"),
        ("请打 138 0013-8000", "手机号码"),
        (
            "请打\uff11\uff13\uff18\uff10\uff10\uff11\uff13\uff18\uff10\uff10\uff10",
            "手机号码",
        ),  # in full width
        ("证件 110101 19900307 0775", "证件号码"),
    ],
)
def test_a_trace_is_named(text: str, what: str) -> None:
    assert any(found.startswith(what) for found in traces(text))


def test_the_name_of_who_asked_is_a_trace() -> None:
    assert traces("王小芳的店", names=("王小芳",)) == ["姓名“王小芳”"]
    assert traces("王 小芳的店", names=("王小芳",)) == ["姓名“王小芳”"]


def test_an_ordinary_answer_has_none() -> None:
    assert not traces(
        "依据《食品经营许可和备案管理办法》第十二条，5个工作日内办结，提交材料3份。", names=("网友",)
    )


@pytest.mark.parametrize("run", ["z", "1", "1 ", "a.", "@", "a@", "电话", "1-", " ", "★", "皖A"])
def test_long_runs_are_looked_through_once(run: str) -> None:
    begun = time.process_time()
    traces(run * 50_000)
    assert time.process_time() - begun < 3
