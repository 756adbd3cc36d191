"""The people and firms of 安澜市 who apply: names, identity numbers and credit codes with right check characters.

Pure and fictional. Identity numbers begin with 99, which GB/T 2260 gives to nobody, and phones with 199000.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tongban.base.codes import make_citizen_id, make_org_code, make_uscc

SURNAMES = "张王李赵陈杨黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
FIRST = "思子佳雨明晓志海建玉静文宇浩若书景云清立一永嘉俊春秋雪梦欣伟丽"
LAST = "远宁涵悦然航琪瑶婷斌涛敏慧妍洁欣桐睿博轩杰鑫岚溪舟松梅兰芳华平康怡达勤恒毅强军霞萍艳红燕玲"
STREETS = {
    "990102": (
        "滨江街道滨江路",
        "学府街道学府路",
        "新桥街道新桥路",
        "滨江街道安澜大道",
        "柳湾镇柳湾街",
        "学府街道文汇路",
    ),
    "990121": ("城关镇云溪大街", "城关镇中心街", "石门镇石门街", "青岭镇青岭街"),
    "990122": ("望川镇望江路", "望川镇人民街", "沙河镇沙河街", "临港镇港前路"),
}
DISTRICTS = {"990102": "江北区", "990121": "云溪县", "990122": "望川县"}
TRADES = (
    ("餐饮管理", ("拾味", "禾香", "江畔", "老街", "青禾", "渔家", "麦田", "福满", "知味", "一品")),
    ("商贸", ("恒顺", "众合", "百川", "同创", "瑞和", "新锐")),
    ("建设工程", ("宏基", "安居", "筑城", "华建", "远达")),
    ("科技", ("云启", "数联", "智汇", "启明", "星河")),
    ("物流", ("通达", "顺路", "捷安", "万里")),
    ("医药", ("康民", "益寿", "仁和堂", "百草")),
    ("文化传播", ("听澜", "墨白", "青鸟")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """One resident."""

    name: str
    id_number: str
    phone: str
    address: str
    birth: date
    region: str


@dataclass(frozen=True, slots=True)
class Firm:
    """One enterprise or sole trader with the person who answers for it."""

    name: str
    code: str
    legal: Person
    address: str


class Population:
    """Makes residents and firms one after another; the same seed makes the same town."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._taken: set[str] = set()
        self._next = 0

    def person(self, *, born: tuple[int, int] = (1958, 2003), name: str = "") -> Person:
        """A resident born in those years."""
        rng = self._rng
        while not name or (name in self._taken):
            name = (
                rng.choice(SURNAMES) + (rng.choice(FIRST) if rng.random() < 0.75 else "") + rng.choice(LAST)
            )
        self._taken.add(name)
        self._next += 1
        region = rng.choices(tuple(STREETS), (70, 15, 15))[0]
        birth = date(born[0], 1, 1) + timedelta(days=rng.randrange((born[1] - born[0] + 1) * 365))
        number = make_citizen_id(region, birth, rng.randrange(1, 999)).text
        return Person(name, number, f"199000{self._next:05d}", self.address(region), birth, region)

    def firm(self, *, sole: bool = False, trade: str = "") -> Firm:
        """An enterprise, or a sole trader (个体工商户)."""
        rng = self._rng
        kind, words = next((t for t in TRADES if t[0] == trade), rng.choice(TRADES))
        while True:
            self._next += 1
            legal = self.person(born=(1965, 1998))
            district = DISTRICTS[legal.region]
            word = rng.choice(words)
            if sole:
                name = f"{district}{word}{rng.choice(('餐馆', '小吃店', '面馆', '便利店', '奶茶店', '火锅店', '早餐店'))}"
            else:
                name = f"安澜市{word}{kind}有限公司"
            if name not in self._taken or len(self._taken) > 900:
                break
            word = word + legal.name[-1]
            name = f"{district}{word}店" if sole else f"安澜市{word}{kind}有限公司"
            if name not in self._taken:
                break
        self._taken.add(name)
        body = make_org_code(f"MA9{self._next:05d}").text
        return Firm(
            name,
            make_uscc("92" if sole else "91", legal.region, body).text,
            legal,
            self.address(legal.region),
        )

    def address(self, region: str = "990102") -> str:
        """A street address in that county."""
        rng = self._rng
        street = rng.choice(STREETS[region])
        tail = rng.choice(
            (
                "",
                f"{rng.randint(1, 18)}幢{rng.randint(1, 24)}0{rng.randint(1, 4)}室",
                f"-{rng.randint(1, 9)}号商铺",
            )
        )
        return f"安澜市{DISTRICTS[region]}{street}{rng.randint(1, 268)}号{tail}"
