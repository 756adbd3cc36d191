"""Reading a guide (办事指南)."""

import json
from datetime import date, timedelta
from typing import Any

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
from tongban.faces import guide as told
from tongban.faces.pictures import flow_picture, limit_words
from tongban.platforms.consultation.queries import public_answers
from tongban.platforms.rating.book import book
from tongban.platforms.rating.queries import Share, public_share
from tongban.registry import finding, queries
from tongban.registry.kept import FIGURES, kept_for
from tongban.registry.models import OfferingVersion

RELATED = 5
SERVICE = (("政务服务", "/guides/"),)
NEEDS = {"required": "必交", "optional": "选交", "conditional": "符合情形才交", "later": "可以后补"}


@require_safe
@kept_for(on=FIGURES)
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
                    "kind": told.KINDS.get(version.kind, ""),
                    "org": org,
                    "no": version.no,
                    "from": _from(version),
                },
            ),
            "version": version,
            "content": content,
            "precheck": limit_words(terms.precheck),
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
            "answers": list(public_answers(matter_ids=[version.offering.matter_id])[:5]),
            "faq": [parts.More(f.get("question") or f.get("q", ""), f.get("answer") or f.get("a", "")) for f in content.get("faq", ())],
            "unverified": _unverified(content),
            "rated": _rated(version),
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


def _rated(version: OfferingVersion) -> tuple[Share, list[tuple[str, str]]] | None:
    """What people thought of it (好差评), once enough have said."""
    share = public_share(version.offering.organisation_id, version.offering.matter_id)
    if share is None:
        return None
    return share, [
        (name, f"{share.percent(n):.0f}%") for n, name in sorted(book().levels.items(), reverse=True)
    ]


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
    near = [
        row
        for name in version.content.get("life_events", ())
        for row in finding.rows_of(finding.listed_guides(f"event:{name}")[:RELATED])
    ]
    near += finding.rows_of(finding.listed_guides(org_ids=[version.offering.organisation_id])[:RELATED])
    others = {row.version_id: row for row in near if row.version_id != version.pk}
    return [(row.name, reverse("hall:guide", args=[row.code])) for row in list(others.values())[:RELATED]]


def _json_ld(request: HttpRequest, version: OfferingVersion, org: str, promise: str) -> SafeString:
    """schema.org GovernmentService for search engines, as the content of a data block: nothing in it can end the block."""
    said = {
        "@context": "https://schema.org",
        "@type": "GovernmentService",
        "name": version.name,
        "serviceType": told.KINDS.get(version.kind, ""),
        "provider": {"@type": "GovernmentOrganization", "name": org},
        "identifier": version.offering.implementation_code,
        "url": request.build_absolute_uri(),
        "areaServed": version.content.get("handle_area", ""),
        "processingTime": promise,
    }
    text = json.dumps(said, ensure_ascii=False)
    return mark_safe(text.replace("<", "\\u003C").replace(">", "\\u003E").replace("&", "\\u0026"))  # noqa: S308 -- escaped
