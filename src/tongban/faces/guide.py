"""What the hall says about an offering version: its address, its facts, its place among themes and life events."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.engine.definition import Terms, compile_terms
from tongban.faces.pictures import limit_words
from tongban.registry.finding import facets_in_force, listed_guides
from tongban.registry.models import OfferingVersion
from tongban.registry.queries import as_of

DEPTH_NAMES = {4: "全程网办", 3: "到场一次", 2: "网上预审", 1: "窗口办理"}
KINDS = {
    "01": "行政许可", "02": "行政处罚", "03": "行政强制", "04": "行政征收", "05": "行政给付", "06": "行政检查",
    "07": "行政确认", "08": "行政奖励", "09": "行政裁决", "10": "其他行政权力", "20": "公共服务",
}  # fmt: skip
# The picture beside a service, by words in its name; first match wins.
ICONS = (
    ("食品", "egg-fried"), ("餐", "egg-fried"), ("公司", "shop"), ("个体", "shop"), ("公积金", "piggy-bank"),
    ("不动产", "house-check"), ("房", "house-check"), ("医保", "heart-pulse"), ("医疗", "heart-pulse"), ("养老", "shield-check"),
    ("社会保", "shield-check"), ("居住证", "person-vcard"), ("身份证", "person-vcard"), ("户口", "person-vcard"),
    ("学校", "mortarboard"), ("用水", "lightning"), ("用电", "lightning"), ("用气", "lightning"), ("道路", "car-front"),
    ("运输", "car-front"), ("许可", "shield-check"), ("备案", "file-earmark-check"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """一件事: what several matters together are for."""

    name: str
    href: str
    matters: int


def url(version: OfferingVersion) -> str:
    """The guide's address."""
    return reverse("hall:guide", args=[version.offering.implementation_code])


def terms_of(version: OfferingVersion) -> Terms:
    """The version's limits, materials and fees as the engine reads them."""
    return compile_terms(version.content, version.pk)


def short_name(name: str) -> str:
    """A name that fits a door: what stands in brackets is left to the guide."""
    return name.split("（", maxsplit=1)[0]


def promise(version: OfferingVersion) -> str:
    """“5 个工作日”, or “当场” for what is done on the spot."""
    if version.content.get("project_type") == "instant":
        return _("当场")
    return limit_words(terms_of(version).promised) or _("按法定期限")


def door_fact(version: OfferingVersion) -> str:
    """The one fact under a door: how far online, how long."""
    return f"{DEPTH_NAMES.get(version.content.get('online_depth', 1), '')} · {promise(version)}"


def icon_of(version: OfferingVersion) -> str:
    """The picture of a service."""
    return next((icon for word, icon in ICONS if word in version.name), "file-earmark-text")


def life_events() -> list[LifeEvent]:
    """The life events that guides name, most matters first."""
    return [LifeEvent(name, reverse("hall:event", args=[name]), n) for name, n in facets_in_force("event")]


def departments() -> list[tuple[str, str, int]]:
    """(name, address of its list, matters) of the departments that have guides, most first."""
    nodes = as_of().nodes
    counted = (
        listed_guides()
        .order_by("version__offering__organisation_id")
        .values_list("version__offering__organisation_id")
        .annotate(n=Count("pk"))
    )
    rows = [
        (nodes[org].short_name or nodes[org].name, f"{reverse('hall:guides')}?org={nodes[org].code}", n)
        for org, n in counted
        if org in nodes
    ]
    return sorted(rows, key=lambda row: (-row[2], row[0]))


def fee_words(content: dict[str, Any]) -> tuple[str, str]:
    """What it costs and a note: (“不收费”, “任何环节都不收”)."""
    fees = content.get("fees", [])
    if not content.get("is_fee") or not fees:
        return _("不收费"), _("任何环节都不收")
    first = fees[0]
    amount = first.get("amount")
    return (f"¥{amount}" if amount is not None else _("按标准收费")), str(first.get("standard", ""))
