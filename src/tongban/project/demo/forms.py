"""Filling in a form the way an applicant would, from its field definitions. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from tongban.project.demo.people import Firm, Person, Population

# What people write where the form asks for free text: field name -> possible answers.
TEXTS: Mapping[str, tuple[str, ...]] = {
    "shop_name": ("巷子里面馆", "阿婆早餐店", "江风小吃店", "半山奶茶铺", "老城砂锅店", "晨光便利店"),
    "shop": ("望江路烟花爆竹零售点", "沙河街便民零售点", "人民街烟花专店"),
    "corp_name": ("安澜市云川信息技术有限公司", "安澜市禾木餐饮管理有限公司", "安澜市江澜供应链有限公司", "安澜市青石文化传播有限公司"),
    "scope": ("餐饮服务；食品销售", "日用百货销售；文具用品零售", "软件开发；信息技术咨询服务", "普通货物仓储服务；国内货物运输代理"),
    "site": ("安澜市江北区滨江路66号一层", "安澜市江北区学府路12号", "安澜市望川县临港镇港前路21号"),
    "premises": ("安澜市江北区新桥路28号商铺", "安澜市江北区滨江路102号一层", "安澜市江北区文汇路9号"),
    "project_name": ("江北区学府路幼儿园扩建工程", "临港镇标准厂房二期", "滨江花园三期住宅项目", "云溪县文化馆改造工程"),
    "project_code": ("2609-990102-04-01-310286", "2608-990122-04-01-208417", "2607-990121-04-01-118530"),
    "agent_name": ("钟远航", "叶思敏", "姚子涵", "夏雨桐"),
    "hospital": ("安澜市人民医院", "江北区第二人民医院", "云溪县中医院", "安澜市妇幼保健院"),
    "subjects": ("内科；中医科", "口腔科", "全科医疗科；康复医学科"),
    "school_name": ("江北区启航职业培训学校", "安澜市知行文化培训学校", "江北区小荷艺术培训学校"),
    "org_title": ("安澜市餐饮行业协会", "安澜市社区养老服务中心", "安澜市青年创业促进会"),
    "road": ("滨江路（新桥路口至码头段）北侧人行道", "学府路（校门东侧五十米）", "文汇路中段南侧人行道"),
    "dest": ("省城人民医院所在市", "云溪县建筑垃圾消纳场", "临港综合利用厂"),
    "from": ("南江市社会保险中心", "东海市社会保险中心", "临川市社会保险中心"),
    "last": ("202608", "202605", "202609"),
    "start": ("202611", "202612"),
    "period": ("每日22:00至次日5:00", "2026年10月"),
    "contract": ("澜房网签2026-01882", "澜不动产权第0003817号"),
    "cert_no": ("澜（2021）江北区不动产权第0018266号", "澜（2019）江北区不动产权第0007715号"),
    "unit_no": ("990102001001GB00012F00030052",),
    "lease_no": ("澜租备2026006618", "澜租备2026003025"),
    "account": ("9901026001822", "9901026007734"),
    "live_addr": ("安澜市江北区新桥街道新桥路88号3幢502室", "安澜市江北区学府街道学府路20号1幢301室"),
    "last_emp": ("安澜市恒顺商贸有限公司", "安澜市宏基建设工程有限公司"),
    "qual_no": ("199990102202100186",),
    "exam_no": ("2026HS0118273",),
    "permit_no": ("990102202509180101",),
    "design_no": ("澜建消审字〔2026〕第0032号",),
    "equip_no": ("3110990102202600018",),
    "dis_no": ("99010219700101001X42",),
    "cert": ("Z990102188",),
    "train_no": ("PX2026-0071",),
    "icp": ("澜B2-20260188",),
    "location": ("滨江路116号裙楼东立面",),
    "size": ("12×4", "8×3"),
    "show": ("澜江之夜民乐专场", "经典话剧巡演安澜站"),
    "venue": ("安澜大剧院", "江北区文化馆剧场"),
    "industry": ("食品制造业", "金属制品业"),
    "respondent": ("城关镇东山村第三村民小组", "石门镇石门村村民委员会"),
    "land": ("城关镇东山村大坪坡地块", "石门镇石门村后山林地"),
    "claim": ("请求确认大坪坡地块的使用权归申请人，并撤销对方在该地块上的登记。", "请求依据一九八二年山林清册确认后山林地的权属。"),
    "reason": ("家庭主要劳动力患病，收入减少", "场地受地质条件限制不能修建"),
    "tip_no": ("12315202609180027",),
    "code": ("AL778201",),
    "brief": ("在建筑工地务工八个月，项目完工后仍被拖欠工资两万六千元，多次讨要没有结果。", "上班途中发生交通事故受伤，单位拒绝承担医疗费用。"),
    "opponent": ("安澜市筑城建设工程有限公司", "安澜市万里物流有限公司"),
    "use": ("门店装修和购置设备",),
    "family": ("",),
    "species": ("杉木", "马尾松"),
    "point": ("望川县沙河镇沙河左岸取水口",),
    "doctor": ("顾明远",),
    "safety_man": ("叶思敏", "钟远航", "夏雨桐"),
    "pharmacist": ("范佳宁",),
    "quality": ("魏明达",),
    "origin_region": ("南江市",),
    "part": ("右手食指", "左小腿"),
    "place": ("江北区滨江路施工现场", "江北区新桥路路口"),
    "floors": ("1-2",),
    "year": ("2027",),
    "maker": ("安澜市方圆印章有限公司",),
    "sponsor_unit": ("安澜市商务局",),
    "clinic": ("江北区顾氏内科诊所",),
    "store": ("康民大药房新桥店", "益寿堂药店学府店"),
}  # fmt: skip
AMOUNTS: Mapping[str, tuple[int, ...]] = {
    "area": (68, 86, 120, 168, 240), "kitchen_area": (22, 30, 46), "capital": (50, 100, 300), "shareholders": (1, 2, 3),
    "amount": (12000, 18600, 24000), "rent": (1800, 2400, 3200), "price": (96, 128, 156), "income": (1600, 2400),
    "staff": (4, 8, 15), "volume": (8, 12, 30), "outlets": (1, 2), "fam": (2, 3, 4), "members": (2, 3), "cap": (8, 20, 60),
    "max_weight": (9000, 18000), "vehicles": (2, 5), "ratio": (5, 8, 12), "fund": (10, 30, 50), "gfa": (2600, 8800),
    "house_area": (0, 18), "cost": (16000, 42000), "dist": (420,), "height": (24, 50), "weeks": (38, 39, 40), "invest": (800,),
    "eco_invest": (60,), "indiv": (58, 76), "unit_m": (12, 35), "annual": (3, 12), "need": (30000, 80000), "base": (42000, 96000),
    "land_area": (6600,), "trucks": (6,), "sessions": (2,), "crowd": (680,), "hire": (6, 12), "children": (1,), "should": (380,),
    "period": (180, 260), "capacity": (60, 120), "beds": (0, 4), "pool": (300,), "tenants": (2, 3), "rooms": (12,), "flow": (6, 18),
}  # fmt: skip


def fill(
    content: Mapping[str, Any], who: Person, firm: Firm | None, town: Population, rng: Random, today: date,
    given: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Answers to every field the form shows; numbers that are not whole would be text, and dates are ISO text.

    `given` are answers that are settled already.
    """
    given = given or {}
    data: dict[str, Any] = {}
    for group in content["form"]["groups"]:
        for field in group["fields"]:
            if not _shown(field.get("when"), data):
                continue
            if field["name"] in given:
                data[field["name"]] = given[field["name"]]
                continue
            if not field["required"] and rng.random() < 0.3:
                continue
            value = _answer(field, who, firm, town, rng, today)
            if value not in (None, "", []):
                data[field["name"]] = value
    return data


def _shown(when: Mapping[str, Any] | None, data: Mapping[str, Any]) -> bool:
    if not when:
        return True
    given = data.get(when["field"])
    if "contains" in when:
        return isinstance(given, list) and when["contains"] in given
    return bool(given == when["equals"])


def _answer(
    field: Mapping[str, Any], who: Person, firm: Firm | None, town: Population, rng: Random, today: date
) -> Any:
    name, kind = field["name"], field["type"]
    plain = name.rpartition("_")[2] if name not in TEXTS and name not in AMOUNTS else name
    known: dict[str, Any] = {
        "app_type": "法人或其他组织" if firm else "自然人", "app_name": who.name, "id_type": "居民身份证",
        "id_no": who.id_number, "org_name": firm.name if firm else "", "uscc": firm.code if firm else "",
        "legal_name": firm.legal.name if firm else who.name, "mobile": who.phone,
        "addr": firm.address if firm else who.address, "by_agent": "否", "post_addr": who.address,
        "delivery": rng.choice(("电子证照", "电子证照", "窗口领取", "邮寄送达")), "live_addr": who.address,
    }  # fmt: skip
    if name in known:
        return known[name]
    if field.get("options"):
        options = list(field["options"])
        if kind == "checkbox":
            return options[:1] + [o for o in options[1:] if rng.random() < 0.25]
        if options == ["是", "否"]:
            return (
                rng.choices(options, (30, 70))[0]
                if name not in ("meter", "alarm", "grease", "negotiated")
                else "是"
            )
        if options == ["否", "是"]:
            return "否"
        return rng.choices(options, [3.0] + [1.0] * (len(options) - 1))[0]
    if kind == "idcard":
        return town.person().id_number
    if kind == "uscc":
        return town.firm().code
    if kind == "mobile":
        return town.person().phone
    if kind == "date":
        return (today + timedelta(days=_shift(name, rng))).isoformat()
    if kind in ("number", "money"):
        return rng.choice(AMOUNTS.get(name, AMOUNTS.get(plain, (3, 6, 12))))
    texts = TEXTS.get(name, TEXTS.get(plain))
    if texts:
        return rng.choice(texts)
    return town.person().name  # what is left asks for somebody's name


def _shift(name: str, rng: Random) -> int:
    """How many days from today such a date lies."""
    if name in ("birth",):
        return -rng.randint(5, 40)
    if name in ("license_date", "since"):
        return -rng.randint(400, 2600)
    if name in ("end", "end_date", "next"):
        return rng.randint(120, 360)
    if name in ("start", "book", "time", "due", "open_date"):
        return rng.randint(1, 30)
    return -rng.randint(3, 60)
