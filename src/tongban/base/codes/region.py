"""Region code 行政区划代码, GB/T 2260, with the statistical twelve digits for towns and villages.

Only the shape: which code was in force on which date is a table of the registry.
"""

import re
from dataclasses import dataclass
from typing import Literal

from tongban.base.codes.reading import CodeError, holds, tidy

Level = Literal["province", "city", "county", "town", "village"]
_PROVINCES = frozenset(
    str(n)
    for n in (
        *range(11, 16),
        *range(21, 24),
        *range(31, 38),
        *range(41, 47),
        *range(50, 55),
        *range(61, 66),
        71,
        81,
        82,
    )
)


@dataclass(frozen=True, slots=True)
class RegionCode:
    """`text` is six digits down to the county, twelve below it."""

    text: str
    level: Level

    @property
    def parent(self) -> "RegionCode | None":
        """The region above by the structure of the code (counties directly under a province have a city-shaped one)."""
        match self.level:
            case "village":
                return RegionCode(self.text[:9] + "000", "town")
            case "town":
                return parse_region(self.text[:6])
            case "county":
                return RegionCode(self.text[:4] + "00", "city")
            case "city":
                return RegionCode(self.text[:2] + "0000", "province")
        return None

    @property
    def twelve(self) -> str:
        """The code padded to twelve digits, as statistical exchanges want it."""
        return self.text.ljust(12, "0")


def parse_region(text: str) -> RegionCode:
    """The code of 6, 9 or 12 digits in its shortest written form. Raises CodeError region.shape or region.province."""
    plain = tidy(text)
    if not re.fullmatch(r"[0-9]{6}|[0-9]{9}|[0-9]{12}", plain):
        raise CodeError("region.shape", "行政区划代码应为 6 位、9 位或 12 位数字。")
    if plain[:2] not in _PROVINCES:
        raise CodeError("region.province", f"没有以 {plain[:2]} 开头的省级行政区。")
    full = plain.ljust(12, "0")
    county, town, village = full[:6], full[6:9], full[9:]
    if (county[2:4] == "00" and county[4:] != "00") or (town == "000" and village != "000"):
        raise CodeError("region.shape", "行政区划代码的上级段为零，下级段却不为零。")
    if town != "000":
        if county.endswith("00") and county[2:] == "0000":
            raise CodeError("region.shape", "乡镇代码应有所属的县或市。")
        return RegionCode(full, "town" if village == "000" else "village")
    if county.endswith("0000"):
        return RegionCode(county, "province")
    return RegionCode(county, "city" if county.endswith("00") else "county")


def is_region(text: str) -> bool:
    """Whether the text has the shape of a region code."""
    return holds(parse_region, text)
