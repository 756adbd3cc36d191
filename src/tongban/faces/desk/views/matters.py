"""事项库: the matters in force, to look up; what the version a case runs under says."""

from datetime import timedelta

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.ui import fields, parts, work
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.engine.definition import compile_terms
from tongban.engine.flow import compile_flow
from tongban.engine.people import scopes
from tongban.engine.services import flow_by_sha
from tongban.faces.desk.frame import EDITORS
from tongban.faces.pictures import flow_picture, limit_words
from tongban.registry.access import account_of, staff_only
from tongban.registry.models import OfferingVersion
from tongban.registry.queries import as_of, published_offerings

STATES = {"draft": "", "review": "warn", "published": "ok", "retired": ""}
NEEDS = {"required": "必要", "optional": "非必要", "conditional": "特定情形", "later": "可容缺后补"}


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """事项库."""
    held = scopes(account_of(request))
    text = request.GET.get("q", "").strip()[:60]
    mine = request.GET.get("unit", "mine") == "mine" and bool(held.org_ids)
    versions = published_offerings(org_ids=held.org_ids if mine else None)
    if text:
        versions = versions.filter(Q(name__icontains=text) | Q(offering__implementation_code__icontains=text))
    tree = as_of()
    found = list(versions)
    rows = tuple(
        (
            parts.Cell(v.name, v.offering.implementation_code or "", reverse("desk:matter", args=[v.pk])),
            tree.nodes[v.offering.organisation_id].short_name
            if v.offering.organisation_id in tree.nodes
            else "",
            v.get_kind_display(),
            limit_words(compile_terms(v.content, v.pk).promised) or "—",
            _("第 %(n)s 版") % {"n": v.no},
            cn_date(v.valid.lower) if v.valid else "",
        )
        for v in found
    )
    return render(
        request,
        "desk/matters.html",
        {
            "page": workbench(
                request,
                _("事项库"),
                "matters",
                subtitle=_("现行有效的事项版本，%(n)s 项。") % {"n": len(found)},
            ),
            "writes": bool(held.of("draft_matter")),
            "edits": any(held.of(verb) for verb in EDITORS),
            "filter": work.FilterBar(
                reverse("desk:matters"),
                selects=(
                    work.Select(
                        "unit",
                        _("单位"),
                        (fields.Option("mine", _("本单位")), fields.Option("all", _("全部单位"))),
                        "mine" if mine else "all",
                    ),
                ),
                query=text,
                query_label=_("事项名称或编码"),
                label=_("筛选事项"),
            ),
            "table": parts.table(
                (_("事项"), _("单位"), _("类型"), _("承诺时限"), _("版本"), _("生效")),
                rows,
                _("事项"),
                caption_hidden=True,
                dense=True,
            ),
            "empty": None
            if rows
            else parts.Empty(_("没有这样的事项"), _("换一个说法，或者看全部单位的事项。"), icon="collection"),
        },
    )


@staff_only
@require_safe
def show(request: HttpRequest, version_id: int) -> HttpResponse:
    """One version, as it stood; drafts only for those who edit matters of that unit."""
    version = (
        OfferingVersion.objects.select_related("offering__matter", "offering__organisation")
        .filter(pk=version_id)
        .first()
    )
    held = scopes(account_of(request))
    open_ = ("published", "retired")
    if version is None or (
        version.status not in open_
        and not any(
            held.of(v).admits(version.offering.organisation_id, version.offering.matter_id) for v in EDITORS
        )
    ):
        raise Http404(str(version_id))
    content, terms = version.content, compile_terms(version.content, version.pk)
    graph = compile_flow(flow_by_sha(version.flow_sha256).document) if version.flow_sha256 else None
    node = as_of().nodes.get(version.offering.organisation_id)
    facts = parts.Terms(
        (
            (_("实施单位"), node.name if node else ""),
            (_("实施编码"), version.offering.implementation_code),
            (_("类型"), version.get_kind_display()),
            (_("版本"), _("第 %(n)s 版") % {"n": version.no}),
            (_("状态"), parts.Chip(STATES[version.status], version.get_status_display())),  # type: ignore[arg-type]
            (
                _("有效期"),
                f"{cn_date(version.valid.lower)} 起"
                + (f"，至 {cn_date(version.valid.upper - timedelta(days=1))}" if version.valid.upper else "")
                if version.valid
                else "—",
            ),
            (_("法定期限"), limit_words(terms.statutory) or "—"),
            (_("承诺期限"), limit_words(terms.promised) or "—"),
            (_("受理期限"), limit_words(terms.acceptance) or "—"),
            (_("补正期限"), limit_words(terms.correction)),
            (
                _("内容校验值"),
                bytes(version.content_sha256).hex()[:16] + "…" if version.content_sha256 else "—",
            ),
        )
    )
    materials = parts.table(
        (_("材料"), _("必要性"), _("来源"), _("份数")),
        tuple(
            (
                parts.Cell(m["name"], m.get("spec") or ""),
                NEEDS.get(m["necessity"], ""),
                m.get("source") or "",
                str(m.get("copies") or 1),
            )
            for m in content.get("materials", ())
        ),
        _("材料"),
        caption_hidden=True,
        dense=True,
    )
    at = (version.offering.organisation_id, version.offering.matter_id)
    return render(
        request,
        "desk/matter.html",
        {
            "version": version,
            "writes": version.status in ("published", "draft") and held.of("draft_matter").admits(*at),
            "publishes": version.status == "published" and held.of("publish_matter").admits(*at),
            "suspended": version.offering.matter.status == "suspended",
            "page": workbench(
                request, version.name, "matters", subtitle=version.offering.implementation_code or ""
            ),
            "facts": facts,
            "materials": materials,
            "flow": flow_picture(graph) if graph else None,
            "conditions": [c["text"] for c in content.get("conditions", ())],
            "laws": [
                parts.More(law_title(law), law.get("text") or law.get("content") or "")
                for law in content.get("legal_bases", ())
            ],
            "guide": reverse("hall:guide", args=[version.offering.implementation_code])
            if version.status == "published"
            else "",
        },
    )


def law_title(law: dict[str, str]) -> str:
    """“《…法》第三十二条”."""
    return f"{law.get('name') or law.get('law') or ''}{law.get('article') or ''}"
