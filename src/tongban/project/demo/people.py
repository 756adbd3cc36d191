"""The people and firms of 安澜市 who apply: names, identity numbers and credit codes with right check characters.

Pure and fictional. Identity numbers begin with 99, which GB/T 2260 gives to nobody, and phones with 199000.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tongban.base.codes import make_citizen_id, make_org_code, make_uscc
from tongban.project.demo.tables import table


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
        rng, town = self._rng, table("town.json")
        while not name or name in self._taken:
            first = rng.choice(town["first"]) if rng.random() < 0.75 else ""
            name = rng.choice(town["surnames"]) + first + rng.choice(town["last"])
        self._taken.add(name)
        self._next += 1
        region = rng.choices(tuple(town["streets"]), (70, 15, 15))[0]
        birth = date(born[0], 1, 1) + timedelta(days=rng.randrange((born[1] - born[0] + 1) * 365))
        number = make_citizen_id(region, birth, rng.randrange(1, 999)).text
        return Person(name, number, f"199000{self._next:05d}", self.address(region), birth, region)

    def firm(self, *, sole: bool = False, trade: str = "") -> Firm:
        """An enterprise, or a sole trader (个体工商户)."""
        rng, town = self._rng, table("town.json")
        trade = trade or ("餐饮管理" if sole else rng.choice(tuple(town["trades"])))
        legal = self.person(born=(1965, 1998))
        place = town["districts"][legal.region] if sole else "安澜市"
        kind = rng.choice(town["shops"]) if sole else f"{trade}有限公司"
        word = rng.choice(town["trades"][trade])
        for more in legal.name[1:] + legal.name[:1]:  # the name is taken: the registrar asks for a word more
            if f"{place}{word}{kind}" not in self._taken:
                break
            word += more
        name = f"{place}{word}{kind}"
        self._taken.add(name)
        self._next += 1
        body = make_org_code(f"MA9{self._next:05d}").text
        code = make_uscc("92" if sole else "91", legal.region, body).text
        return Firm(name, code, legal, self.address(legal.region))

    def address(self, region: str = "990102") -> str:
        """A street address in that county."""
        rng, town = self._rng, table("town.json")
        street = rng.choice(town["streets"][region])
        flat = f"{rng.randint(1, 18)}幢{rng.randint(1, 24)}0{rng.randint(1, 4)}室"
        tail = rng.choice(("", flat, f"-{rng.randint(1, 9)}号商铺"))
        return f"安澜市{town['districts'][region]}{street}{rng.randint(1, 268)}号{tail}"
