"""The printable guide of a matter: one PDF, set from the version in force."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.typeset import FontsMissing, typeset
from tongban.faces.guide import terms_of
from tongban.faces.pictures import limit_words
from tongban.faces.rate import within
from tongban.registry.models import OfferingVersion
from tongban.registry.queries import guide, organisation_name, today

TEMPLATE = (Path(__file__).resolve().parents[1] / "typst" / "guide.typ").read_text(encoding="utf-8")
NEEDS = {"required": "必要", "optional": "可选", "conditional": "符合条件时要", "later": "可以后补"}
TRIES = 60


@require_safe
def guide_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """What the guide's page says, to print or to hand over a counter."""
    version = guide(code)
    if version is None:
        raise Http404(_("没有这个事项"))
    if not within(request, "guide-pdf", TRIES):
        return HttpResponse(
            _("下载得太多了，请 10 分钟后再试。"), status=429, content_type="text/plain; charset=utf-8"
        )
    try:
        made = typeset(TEMPLATE, _told(version))
    except FontsMissing:
        return HttpResponse(
            _("暂时不能生成 PDF，请直接打印网页。"), status=503, content_type="text/plain; charset=utf-8"
        )
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="guide-{version.pk}.pdf"'
    return response


def _told(version: OfferingVersion) -> dict[str, Any]:
    content, terms, day = version.content, terms_of(version), today()
    office = organisation_name(version.offering.organisation_id)
    said = (
        ("实施单位", office), ("实施编码", version.offering.implementation_code or ""),
        ("法定期限", limit_words(terms.statutory)), ("承诺期限", limit_words(terms.promised)),
        ("到现场次数", str(content.get("visits", ""))), ("办理地点", content.get("place")),
        ("办理时间", content.get("hours")), ("咨询电话", content.get("phone")),
        ("监督电话", content.get("supervise_phone")),
    )  # fmt: skip
    lists = (
        ("受理条件", [str(c.get("text", "")) for c in content.get("conditions", ())]),
        ("申请材料", [_material(m) for m in content.get("materials", ())]),
        ("办理环节", [str(s.get("name", "")) for s in content.get("steps", ())]),
        ("收费", [f"{f.get('name', '')}：{f.get('standard', '')}" for f in content.get("fees", ())]),
        ("办理结果", [str(r.get("name", "")) for r in content.get("results", ())]),
        (
            "设定依据",
            [f"《{b.get('law', '')}》{b.get('article', '')}" for b in content.get("legal_bases", ())],
        ),
    )
    return {
        "name": version.name, "office": office, "version": str(version.no), "date": [day.year, day.month, day.day],
        "facts": [[k, str(v)] for k, v in said if v], "lists": [[k, v] for k, v in lists if v],
        "faq": [[str(q.get("question", "")), str(q.get("answer", ""))] for q in content.get("faq", ())],
    }  # fmt: skip


def _material(m: Mapping[str, Any]) -> str:
    need = NEEDS.get(str(m.get("necessity")), "")
    return f"{m.get('name', '')}（{need}，{m.get('copies') or 1} 份）"
