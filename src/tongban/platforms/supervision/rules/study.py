"""The studies (研判): rules over many cases, or over what is not a case. Their inputs are gathered in `studies/`."""

from collections.abc import Mapping
from typing import Any

from tongban.platforms.supervision.rules.flow import NONE
from tongban.platforms.supervision.rules.rule import Level, Study, Threshold, Thresholds


def _outside_the_platform(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 3 if inputs["differing"] > 0 else 0


def _often_empty(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    enough = inputs["objects"] >= thresholds["least"]
    return 1 if enough and inputs["empty"] * 100 >= inputs["objects"] * thresholds["share"] else 0


def _faulty_guide(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 1 if inputs["problems"] else 0


def _tampered(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 3 if inputs["misfit"] else 0


def _unlike(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    """|z| > limit against the like cases, by whole numbers in hundredths so that it is the same everywhere."""
    if inputs["like"] < thresholds["least"]:
        return 0
    return 1 if abs(inputs["z100"]) > thresholds["z"] * 10 else 0


def _too_close(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    often = inputs["times"] >= thresholds["times"]
    return 1 if often and inputs["times"] * 100 > inputs["all"] * thresholds["share"] else 0


def _related(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 3 if inputs["relation"] else 0


def _again_and_again(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 1 if inputs["earlier"] >= thresholds["times"] else 0


def _crowded(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    many = inputs["late"] >= thresholds["least"]
    return 1 if many and inputs["late"] * 100 >= inputs["all"] * thresholds["share"] else 0


def _not_reported(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 3 if inputs["late"] > 0 else 0


P10 = Study(
    id="P10",
    name="体外循环",
    basis="电子监察规则（全部办件进平台）；政务服务数据对账制度",
    inputs=("部门系统报送的数量", "平台收到的数量", "逐件比对的差异"),
    words="{day}“{type}”对账有 {differing} 件不一致，其中部门系统有而平台没有的 {missing} 件。",
    judged="部门系统报送的数量与平台收到的数量逐件比对，有不一致的，发红牌；每天对前一天判一次。",
    thresholds=NONE,
    window="day",
    judge=_outside_the_platform,
)
N02 = Study(
    id="N02",
    name="必填要素缺失",
    basis="办件数据交换规范（必填数据项）",
    inputs=("报送的数据条数", "必填项为空的条数"),
    words="{month}报送 {objects} 条，必填项为空 {empty} 条，占 {percent}。",
    judged="一个月里报送的数据够多，必填项为空的占到规定比例的，预警；每月判一次。",
    thresholds={
        "share": Threshold("必填项为空的比例达到", "%", 1, 1, 50),
        "least": Threshold("报送至少多少条才判定", "条", 100, 1, 100000),
    },
    window="month",
    judge=_often_empty,
)
N05 = Study(
    id="N05",
    name="事项要素不全或者依据失效",
    basis="政务服务事项基本目录和实施清单管理规定",
    inputs=("现行实施清单", "完整性检查结果", "依据是否废止"),
    words="“{name}”的实施清单有 {count} 处问题：{listed}。",
    judged="现行实施清单要素不全，或者引用的依据已经失效的，预警；每天判一次。",
    thresholds=NONE,
    window="day",
    judge=_faulty_guide,
)
N06 = Study(
    id="N06",
    name="数据回退或被改动",
    basis="电子监察规则（留痕不可更改）；《电子签名法》第五条",
    inputs=("事件链核对结果",),
    words="事件链核对不符：{detail}（第{seq}条）。",
    judged="事件链核对不符，说明留痕被改动或者回退的，发红牌；每天判一次。",
    thresholds=NONE,
    window="day",
    judge=_tampered,
)
J03 = Study(
    id="J03",
    name="同案不同罚",
    basis="《行政处罚法》第五条、第三十四条；类案同罚的要求",
    inputs=("处罚数额", "前十二个月同事项、同情节的处罚数额"),
    words="处罚{amount}元；前十二个月同类 {like} 件平均{mean}元，偏离 {deviation} 个标准差。",
    judged="处罚数额与前十二个月同事项、同情节案件的平均数相差超过规定倍数的标准差的，预警；同类案件太少的不比。",
    thresholds={
        "z": Threshold("偏离超过几个标准差（十分之一为单位）", "十分之一", 20, 10, 60),
        "least": Threshold("同类案件至少多少件才比较", "件", 10, 3, 1000),
    },
    window="day",
    judge=_unlike,
)
R02 = Study(
    id="R02",
    name="同一人高频办理同一相对人",
    basis="廉政风险防控规定",
    inputs=("本季度办理人办结的同一申请人的件数", "该申请人本季度在本单位的全部件数"),
    words="本季度办理同一申请人的事项 {times} 件，占该申请人在本单位办件的 {percent}。",
    judged="一个季度里同一人办理同一申请人的件数和占比都达到规定的，预警。",
    thresholds={
        "times": Threshold("一个季度达到", "件", 5, 2, 100),
        "share": Threshold("占比超过", "%", 30, 1, 99),
    },
    window="quarter",
    judge=_too_close,
)
R03 = Study(
    id="R03",
    name="回避未执行",
    basis="《行政处罚法》第四十三条；《公务员法》第七十六条（回避）",
    inputs=("办理人申报的关系", "申请人"),
    words="{person}与申请人有已申报的关系（{relation}），没有回避，办理了“{step}”。",
    judged="与申请人有已申报的关系，没有回避而办理了的，发红牌。",
    thresholds=NONE,
    window="day",
    judge=_related,
)
R04 = Study(
    id="R04",
    name="反复撤件后结果不同",
    basis="廉政风险防控规定；电子监察规则",
    inputs=("同一申请人同一事项前几次的结果", "本次结果"),
    words="同一申请人此前 {days} 日内 {earlier} 次申请没有办成（{listed}），本次准予，请核查。",
    judged="同一申请人同一事项在规定的时间里多次没有办成，本次又准予的，预警，请核查。",
    thresholds={
        "times": Threshold("此前未办成达到", "次", 2, 1, 10),
        "days": Threshold("多长时间以内", "日", 30, 1, 365),
    },
    window="day",
    judge=_again_and_again,
)
S01 = Study(
    id="S01",
    name="下班前集中办结",
    basis="电子监察规则（随办随录，不得集中补办）",
    inputs=("当日办结件数", "下班前一小时办结件数"),
    words="{day}办结 {all} 件，其中下班前一小时 {late} 件，占 {percent}。",
    judged="一天里下班前一小时办结的件数和占比都达到规定的，预警。",
    thresholds={
        "least": Threshold("下班前一小时至少", "件", 20, 5, 1000),
        "share": Threshold("占当日比例达到", "%", 80, 30, 100),
    },
    window="day",
    judge=_crowded,
)
D04 = Study(
    id="D04",
    name="年度报告逾期未公布",
    basis="《政府信息公开条例》第四十九条（部门每年1月31日前、政府信息公开工作主管部门每年3月31日前）",
    inputs=("报告年度", "公布期限", "是否已经公布"),
    words="{year}年政府信息公开工作年度报告应于{due}前公布，到{day}还没有公布。",
    judged="过了法定的公布期限还没有公布政府信息公开工作年度报告的，发红牌。",
    thresholds=NONE,
    window="day",
    judge=_not_reported,
)
