"""Whose site this is: the city's names, numbers and addresses, so that no template names a city.

Read from `settings.TONGBAN_SITE` (a mapping of the fields below); what is not said there keeps its default, which is
the demonstration city. Also what the page chrome needs from a request: today, language, elder mode, who is signed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

ELDER_COOKIE = "tb_elder"


@dataclass(frozen=True, slots=True)
class NavItem:
    """One tab of the main navigation. Phones show `core` only; wide screens `before + core + after`."""

    key: str
    core: str
    href: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """The identity of an installation. The footer items are those every government site must show (主办、标识码…)."""

    city: str = "安澜市"
    name: str = "安澜市政务服务"
    tagline: str = "安澜市人民政府 · 统一门户与办事大厅"
    work_name: str = "通办"
    organiser: str = "安澜市人民政府办公室"  # 主办
    operator: str = "安澜市数据资源管理局"  # 承办
    email: str = "zwfw@anlan.example"
    domain: str = (
        "www.anlan.example"  # 网站域名; also in identifiers for harvesters and feeds, so it never changes
    )
    site_code: str = "3399000001"  # 政府网站标识码
    icp: str = "X ICP 备 00000000 号"  # 备案号
    police: str = "X 公网安备 00000000000000 号"  # 公安备案
    hotline: str = "12345"
    hotline_name: str = "政务服务便民热线"
    hotline_hours: str = "24 小时"
    hall_address: str = "临江区澜汀路 18 号"
    hall_hours: str = "工作日 9:00–17:30，周六 9:00–12:00"
    search_href: str = "/search/"
    suggest_href: str = "/search/suggest/"  # what has been typed so far goes there as q
    track_href: str = "/track/"
    staff_search_href: str = "/desk/search/"
    staff_home: str = "/desk/"
    sign_in_href: str = "/account/login/"
    sign_out_href: str = "/account/logout/"
    me_href: str = "/me/"
    accessibility_href: str = "/about/accessibility/"
    nav: tuple[NavItem, ...] = (
        NavItem("home", "首页", "/"),
        NavItem("service", "服务", "/guides/", before="政务"),
        NavItem("open", "公开", "/open/", before="政务"),
        NavItem("track", "进度", "/track/", after="查询"),
        NavItem("check", "核验", "/check/", before="证照"),
        NavItem("me", "我的", "/me/", after="办事"),
    )
    # What else may be known: beside the catalogue of what is published.
    open_links: tuple[Link, ...] = (
        Link("依申请公开", "/inquiry/"),
        Link("年度报告", "/inquiry/reports/"),
        Link("办件统计", "/statistics/"),
    )
    foot_links: tuple[Link, ...] = (
        Link("政府信息公开", "/open/"),
        Link("依申请公开", "/inquiry/"),
        Link("网站地图", "/about/map/"),
        Link("关于我们", "/about/"),
        Link("联系我们", "/about/contact/"),
        Link("无障碍声明", "/about/accessibility/"),
        Link("隐私与个人信息保护", "/about/privacy/"),
    )
    # 党政机关标识、政府网站找错、适老化: the first line and the second line of a badge, and where it leads.
    badges: tuple[tuple[str, str, str], ...] = (
        ("党政机关", "标识", ""),
        ("政府网站", "找错", "/about/mistake/"),
        ("适老化", "无障碍", "/about/accessibility/"),
    )


@dataclass(frozen=True, slots=True)
class Chrome:
    """What the page shell needs from the request."""

    today: date
    lang: str  # BCP 47, for <html lang>
    elder: bool
    path: str
    signed_in: bool
    who: str


@lru_cache(maxsize=1)
def current_site() -> Site:
    """The site of this installation. Raises ValueError where `settings.TONGBAN_SITE` has another shape."""
    return site_of(getattr(settings, "TONGBAN_SITE", {}))


def site_of(said: Mapping[str, Any]) -> Site:
    """The site that a mapping of the fields describes. Raises ValueError, in words, naming the field that does not fit."""
    known = {f.name for f in fields(Site)}
    if unknown := sorted(set(said) - known):
        raise ValueError(f"没有“{unknown[0]}”这一项，可以写的有 {'、'.join(sorted(known))}")
    rows = {"nav": NavItem, "open_links": Link, "foot_links": Link}
    taken: dict[str, Any] = {}
    for name, value in said.items():
        if name in rows:
            taken[name] = _rows(name, value, rows[name])
        elif name == "badges":
            taken[name] = _badges(value)
        elif isinstance(value, str):
            taken[name] = value
        else:
            raise ValueError(f" {name} 是文字")
    return Site(**taken)


def _rows(name: str, value: Any, kind: type[NavItem] | type[Link]) -> tuple[NavItem | Link, ...]:
    """Rows of one kind; settings that come from JSON say each as a mapping."""
    words = "、".join(f.name for f in fields(kind))
    try:
        made = [item if isinstance(item, kind) else kind(**item) for item in value]
    except TypeError:
        raise ValueError(f" {name} 是一列 {{{words}}}") from None
    if not all(isinstance(getattr(item, f.name), str) for item in made for f in fields(kind)):
        raise ValueError(f" {name} 是一列 {{{words}}}，各项都是文字")
    return tuple(made)


def _badges(value: Any) -> tuple[tuple[str, str, str], ...]:
    good = isinstance(value, list | tuple) and all(
        isinstance(badge, list | tuple) and [type(word) for word in badge] == [str, str, str]
        for badge in value
    )
    if not good:
        raise ValueError(" badges 是一列 [第一行, 第二行, 链接]")
    return tuple((first, second, href) for first, second, href in value)


def chrome_of(request: HttpRequest | None) -> Chrome:
    """Page chrome for a request, or for a page rendered without one (error pages)."""
    user = getattr(request, "user", None)
    signed_in = bool(user is not None and user.is_authenticated)
    language = get_language() or "zh-hans"
    return Chrome(
        today=timezone.localdate(),
        lang="zh-CN" if language.startswith("zh") else language,
        elder=request is not None and request.COOKIES.get(ELDER_COOKIE) == "1",
        path=request.get_full_path() if request is not None else "/",
        signed_in=signed_in,
        who=str(getattr(user, "display_name", "") or user) if signed_in else "",
    )


def site(request: HttpRequest) -> dict[str, object]:
    """Context processor: `site` and `chrome` for every template."""
    return {"site": current_site(), "chrome": chrome_of(request)}


def _forget(*, setting: str, **_: object) -> None:
    if setting == "TONGBAN_SITE":
        current_site.cache_clear()


setting_changed.connect(_forget)
