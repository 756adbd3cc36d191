"""Matters that only the simulated city has: ordinary ones of the demo city, changed so that a rule can be broken in them.

The demo city has no matter that must have a hearing, none whose fee may not be reduced, no first review by a lower organ,
none that was cancelled and is applied for all the same, none whose law has ended. Here are such, each of one of its own.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tongban.project.demo.tables import read

Package = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Variant:
    """A matter made of another one. `change` edits its package and its flow in place."""

    key: str
    base: str
    name: str
    change: Callable[[Package, Package], None]


def matters() -> Iterator[tuple[str, Package, Package]]:
    """Every such matter: its key, its package, its flow; as `demo.city.matters` gives those of the city."""
    for no, variant in enumerate(VARIANTS, 1):
        content: Package = json.loads(read(f"matters/{variant.base}.json"))
        flow: Package = json.loads(read(f"flows/{variant.base}.json"))
        old = content["matter"]["code"]
        code = f"{old[:-3]}9{no:02d}"
        content["matter"] |= {"code": code, "name": variant.name}
        offering = content["offering"]
        offering["implementation_code"] = offering["implementation_code"].replace(old, code)
        content["flow_key"] = flow["key"] = variant.key
        flow["name"] = f"{variant.name}流程"
        variant.change(content, flow)
        yield variant.key, content, flow


def _hearing(content: Package, flow: Package) -> None:
    for special in content["special_procedures"]:
        if special["code"] == "hearing":
            special["required"] = True


def _first_review(content: Package, flow: Package) -> None:
    """The district reviews first; it has twenty working days, the city as many again."""
    content["limits"]["promised"] |= {"amount": 60, "unit": "workday"}
    for step in content["steps"]:
        if step["key"] == "review":
            step |= {"name": "区级初审", "limit": {"amount": 15, "unit": "workday"}}
    for node in flow["nodes"]:
        if node["key"] == "review":
            node |= {"name": "区级初审", "limit": {"amount": 15, "unit": "workday"}}


def _irreducible(content: Package, flow: Package) -> None:
    for fee in content["fees"]:
        fee |= {"reducible": False, "reduce_basis": ""}


def _cancelled(content: Package, flow: Package) -> None:
    content["matter"]["status"] = "cancelled"


def _law_ends(content: Package, flow: Package) -> None:
    """The law that the matter rests on ends in the middle of the year, as was announced when it was published."""
    content["legal_bases"][0]["repealed_on"] = REPEALED_ON


def _law_ends_later(content: Package, flow: Package) -> None:
    """A look-alike of N05: the end of the law is announced, and has not come."""
    content["legal_bases"][0]["repealed_on"] = "2099-01-01"


REPEALED, REPEALED_ON = "人力资源服务备案（依据已废止）", "2025-07-01"
VARIANTS = (
    Variant("v_ting", "gcgh", "重大建设工程规划许可证核发（应当听证）", _hearing),
    Variant("v_chu", "mbxx", "民办学校设立审批（区级初审）", _first_review),
    Variant("v_fei", "bdczy", "国有建设用地使用权转移登记（登记费不得减免）", _irreducible),
    Variant("v_xiao", "rlzy", "人力资源服务许可（已取消）", _cancelled),
    Variant("v_fa", "rlzy", REPEALED, _law_ends),
    Variant("v_xin", "rlzy", "人力资源服务备案（依据将废止）", _law_ends_later),
)
