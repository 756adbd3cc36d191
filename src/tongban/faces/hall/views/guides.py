"""Finding a matter and reading its guide (办事指南)."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.ui import parts
from tongban.base.ui.shell import public_page
from tongban.engine import figures
from tongban.engine.bpmn.export import export
from tongban.engine.errors import Refused
from tongban.engine.flow import Flow, compile_flow
from tongban.engine.services import flow_by_sha
from tongban.engine.state import Limit
from tongban.faces.hall import guide as told
from tongban.faces.hall.cached import cached_public
from tongban.faces.pictures import flow_picture, limit_words
from tongban.registry import finding, queries
from tongban.registry.models import OfferingVersion

MOST_FOUND = 30
SERVICE = (("政务服务", "/guides/"),)
NEEDS = {"required": "必交", "optional": "选交", "conditional": "符合情形才交", "later": "可以后补"}


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Guides that answer a question in everyday words."""
    asked = request.GET.get("q", "").strip()[:100]
    found = finding.search_guides(asked, MOST_FOUND) if asked else []
    found.sort(
        key=lambda f: (not f.all_words, f.version.content["initiated_by"] == "office")
    )  # what one can apply for first
    title = _("“%(q)s”的搜索结果") % {"q": asked} if asked else _("搜索办事指南")
    return render(
        request,
        "hall/search.html",
        {
            "page": public_page(title, "service", query=asked),
            "asked": asked,
            "found": [(f, queries.organisation_name(f.version.offering.organisation_id)) for f in found],
            "exact": any(f.all_words for f in found),
            "empty": parts.Empty(
                _("没有找到“%(q)s”") % {"q": asked},
                _("换个说法试试，比如说想办成的事（“开饭店”），或者按部门找。也可以拨打政务服务热线。"),
                (parts.Act(_("按部门找"), f"{reverse('hall:guides')}?by=department", "primary"),),
                "search",
            ),
        },
    )


@require_safe
@cached_public
def browse(request: HttpRequest) -> HttpResponse:
    """All guides, by department, theme, life event, or for whom."""
    versions = list(queries.published_offerings())
    by, chosen = request.GET.get("by", ""), _chosen(request, versions)
    title, shown = chosen or (_("办事指南"), versions)
    groups = _by_department(shown) if by != "theme" else _by_theme(shown)
    tabs = tuple(
        parts.Tab(text, f"{reverse('hall:guides')}?{urlencode(query)}", all(request.GET.get(k) == v for k, v in query.items()))
        for text, query in (
            (_("按部门"), {"by": "department"}),
            (_("按主题"), {"by": "theme"}),
            (_("个人办事"), {"for": "person"}),
            (_("企业办事"), {"for": "firm"}),
        )
    )  # fmt: skip
    return render(
        request,
        "hall/browse.html",
        {
            "page": public_page(title, "service", SERVICE if chosen else ()),
            "head": parts.SectionHead(_("共 %(n)s 项") % {"n": len(shown)}, "h-browse", tabs=tabs),
            "groups": groups,
            "events": told.life_events(versions),
        },
    )


@require_safe
@cached_public
def guide(request: HttpRequest, code: str) -> HttpResponse:
    """One guide: can I, what do I need, how long, how much, where, what do I get, by which law."""
    version = _version(code)
    content, terms = version.content, told.terms_of(version)
    fee, fee_note = told.fee_words(content)
    applied_for = content["initiated_by"] == "application"
    org = queries.organisation_name(version.offering.organisation_id)
    materials = [m for m in content["materials"] if m["necessity"] != "optional"]
    statutory = limit_words(terms.statutory)
    flow = _flow(version)
    return render(
        request,
        "hall/guide.html",
        {
            "page": public_page(
                version.name,
                "service",
                (*SERVICE, (org, f"{reverse('hall:guides')}?org={version.offering.organisation.code}")),
                lead=_("%(kind)s · %(org)s · 第 %(no)s 版，自 %(from)s 起适用")
                % {
                    "kind": told.KINDS.get(content["matter"]["kind_code"], ""),
                    "org": org,
                    "no": version.no,
                    "from": _from(version),
                },
            ),
            "version": version,
            "content": content,
            "org": org,
            "code": code,
            "applied_for": applied_for,
            "facts": parts.Facts(
                (
                    parts.Fact(_("多久"), told.promise(version), _("法定 %(limit)s") % {"limit": statutory} if statutory else ""),
                    parts.Fact(_("多少钱"), fee, fee_note),
                    parts.Fact(
                        _("跑几次"),
                        _("%(n)s 次") % {"n": content.get("visits") or 0},
                        told.DEPTH_NAMES.get(content.get("online_depth", 1), ""),
                    ),
                    parts.Fact(_("交几份"), _("%(n)s 份") % {"n": len(materials)}, _("可以用电子件")),
                )
            ),
            "questions": _questions(content),
            "materials": _materials(content),
            "flow": flow_picture(flow, risks=False) if flow else None,
            "steps": _steps(content),
            "places": _places(content, org),
            "laws": [
                parts.More(
                    f"{b['law']} {b.get('article', '')} {b.get('document_number', '')}".strip(), b.get("text", ""), i == 0
                )
                for i, b in enumerate(content.get("legal_bases", ()))
            ],
            "faq": [parts.More(f.get("question") or f.get("q", ""), f.get("answer") or f.get("a", "")) for f in content.get("faq", ())],
            "unverified": _unverified(content),
            "usual": figures.usual_days(version.offering_id, timezone.localdate() - timedelta(days=365)),
            "related": _related(version),
            "apply_url": reverse("hall:apply", args=[version.offering.implementation_code or code]),
            "fee": fee,
            "fees": content.get("fees", []),
            "json_ld": _json_ld(request, version, org, told.promise(version)),
        },
    )  # fmt: skip


@require_safe
def flow_file(request: HttpRequest, code: str) -> HttpResponse:
    """The flow as a BPMN 2.0 file, as it was published."""
    flow = _flow(_version(code))
    if flow is None:
        raise Http404(_("这个事项还没有公布流程图"))
    return HttpResponse(
        export(flow),
        content_type="application/xml",
        headers={
            "Content-Disposition": f'attachment; filename="{code}.bpmn"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _version(code: str) -> OfferingVersion:
    version = queries.guide(code)
    if version is None:
        raise Http404(_("没有这个办事指南，或者它已经停用"))
    return version


def _flow(version: OfferingVersion) -> Flow | None:
    if not version.flow_sha256:
        return None
    try:
        return compile_flow(flow_by_sha(version.flow_sha256).document)
    except Refused:
        return None


def _from(version: OfferingVersion) -> str:
    start = version.valid.lower if version.valid else None
    return f"{start.year}年{start.month}月{start.day}日" if isinstance(start, date) else ""


def _chosen(
    request: HttpRequest, versions: list[OfferingVersion]
) -> tuple[str, list[OfferingVersion]] | None:
    """What the address narrows the list to: a heading and the guides."""
    get = request.GET
    if (code := get.get("org")) and (node := queries.organisation(code)):
        return node.name, [v for v in versions if v.offering.organisation_id == node.id]
    if event := get.get("event"):
        return _("%(event)s：要办的事") % {"event": event}, [
            v for v in versions if event in v.content.get("life_events", ())
        ]
    if theme := get.get("theme"):
        return theme, [
            v for v in versions if any(theme in names for names in v.content.get("themes", {}).values())
        ]
    if who := get.get("for"):
        person = who == "person"
        wanted = {"1"} if person else {"2", "3", "4", "6"}
        fit = [
            v
            for v in versions
            if wanted & set(v.content.get("service_objects", ()))
            and v.content["initiated_by"] == "application"
        ]
        return (_("个人办事") if person else _("企业办事")), fit
    return None  # fmt: skip


def _by_department(
    versions: Iterable[OfferingVersion],
) -> list[tuple[str, list[tuple[OfferingVersion, str, str]]]]:
    tree, groups = queries.as_of(), dict[int, list[OfferingVersion]]()
    for v in versions:
        groups.setdefault(v.offering.organisation_id, []).append(v)
    ordered = sorted(groups.items(), key=lambda g: (-len(g[1]), g[0]))
    return [
        (tree.nodes[org].name if org in tree.nodes else "", [_row(v) for v in rows]) for org, rows in ordered
    ]


def _by_theme(versions: list[OfferingVersion]) -> list[tuple[str, list[tuple[OfferingVersion, str, str]]]]:
    groups: dict[str, list[OfferingVersion]] = {}
    for v in versions:
        names = {n for side in v.content.get("themes", {}).values() for n in side} or {_("其他")}
        for name in sorted(names):
            groups.setdefault(name, []).append(v)
    return [
        (name, [_row(v) for v in rows]) for name, rows in sorted(groups.items(), key=lambda g: -len(g[1]))
    ]


def _row(version: OfferingVersion) -> tuple[OfferingVersion, str, str]:
    return version, told.url(version), told.door_fact(version)


def _questions(content: dict[str, Any]) -> parts.Decide | None:
    asked = [c for c in content.get("conditions", ()) if c.get("question")]
    if not asked:
        return None
    return parts.Decide(
        tuple(
            parts.Question(
                c["question"],
                (
                    parts.Answer(_("是：可以办，往下看"), "can")
                    if i == len(asked) - 1
                    else parts.Answer(_("是：看下一题"), "next"),
                    parts.Answer(_("还不是：先做到这一条——%(text)s") % {"text": c["text"]}, "stop"),
                ),
            )
            for i, c in enumerate(asked)
        )
    )  # fmt: skip


def _materials(content: dict[str, Any]) -> parts.Table:
    rows = [
        (
            parts.Cell(m["name"], note=m.get("fill_note", "")),
            m.get("form", ""),
            m.get("source", "") or m.get("issuer", ""),
            parts.Chip("info" if m["necessity"] == "required" else "", NEEDS[m["necessity"]]),
        )
        for m in content["materials"]
    ]
    return parts.table(
        (_("材料"), _("形式"), _("从哪来"), _("要不要交")),
        rows,
        _("共 %(n)s 份") % {"n": len(rows)},
        empty=_("不用交材料。"),
    )


def _steps(content: dict[str, Any]) -> parts.Table | None:
    rows = [
        (
            s["name"],
            s.get("standard", ""),
            parts.Cell(_limit_text(s.get("limit")), number=True),
            s.get("outcome", ""),
        )
        for s in content.get("steps", ())
    ]
    if not rows:
        return None
    return parts.table(
        (_("环节"), _("审查标准"), _("时限"), _("结果")), rows, _("办理环节"), caption_hidden=True
    )


def _limit_text(raw: dict[str, Any] | None) -> str:
    if raw is None:
        return ""
    return limit_words(Limit(raw["amount"], raw.get("unit", "workday")))


def _places(content: dict[str, Any], org: str) -> parts.Table:
    rows = [
        (
            parts.Cell(content.get("place") or org),
            content.get("hours", ""),
            parts.Cell(content.get("phone", ""), number=True),
        )
    ]
    return parts.table((_("地点"), _("时间"), _("电话")), rows, _("线下办理地点"), caption_hidden=True)


def _unverified(content: dict[str, Any]) -> bool:
    """Whether a limit or a legal basis has not been checked against the text of the law."""
    limits = [content["limits"][k] for k in ("statutory", "promised") if content["limits"].get(k)]
    return any(x.get("verified") is False for x in (*limits, *content.get("legal_bases", ())))


def _related(version: OfferingVersion) -> list[tuple[str, str]]:
    """Other guides of the same life event, or of the same department."""
    events = set(version.content.get("life_events", ()))
    others = [v for v in queries.published_offerings() if v.pk != version.pk]
    near = [v for v in others if events & set(v.content.get("life_events", ()))]
    near += [
        v for v in others if v.offering.organisation_id == version.offering.organisation_id and v not in near
    ]
    return [(v.name, told.url(v)) for v in near[:5]]


def _json_ld(request: HttpRequest, version: OfferingVersion, org: str, promise: str) -> SafeString:
    """schema.org GovernmentService for search engines, as the content of a data block: nothing in it can end the block."""
    said = {
        "@context": "https://schema.org",
        "@type": "GovernmentService",
        "name": version.name,
        "serviceType": told.KINDS.get(version.content["matter"]["kind_code"], ""),
        "provider": {"@type": "GovernmentOrganization", "name": org},
        "identifier": version.offering.implementation_code,
        "url": request.build_absolute_uri(),
        "areaServed": version.content.get("handle_area", ""),
        "processingTime": promise,
    }
    text = json.dumps(said, ensure_ascii=False)
    return mark_safe(text.replace("<", "\\u003C").replace(">", "\\u003E").replace("&", "\\u0026"))  # noqa: S308 -- escaped
