"""Finding a guide (查找办事指南): by words, department, topic, life event, whom it is for, letter, or what most people do."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.ui import parts
from tongban.base.ui.shell import public_page
from tongban.base.ui.site import current_site
from tongban.base.ui.work import Pager
from tongban.engine import figures
from tongban.engine.services import kind_of
from tongban.faces import guide as told
from tongban.platforms.consultation.queries import find_answers, public_answers
from tongban.registry import finding, queries
from tongban.registry.kept import ANSWERS, FIGURES, kept_for
from tongban.registry.models import GuideIndex, OfferingVersion
from tongban.registry.topics import topics

MOST_FOUND = 30
SUGGESTED = 8
PAGE = 60
MOST_USED = 30
SERVICE = (("政务服务", "/guides/"),)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Guides that answer a question in everyday words; where there are none, whom to ask."""
    asked = _asked(request)
    found = finding.find_guides(asked, MOST_FOUND) if asked else []
    title = _("“%(q)s”的搜索结果") % {"q": asked} if asked else _("搜索办事指南")
    site = current_site()
    return render(
        request,
        "hall/search.html",
        {
            "page": public_page(title, "service", query=asked),
            "asked": asked,
            "found": [
                (h, h.marked(asked), h.told(asked), queries.organisation_name(h.org_id)) for h in found
            ],
            "exact": any(h.all_words for h in found),
            "answers": find_answers(asked) if asked else [],
            "ask": f"{reverse('hall:ask')}?{urlencode({'q': asked})}",
            "empty": parts.Empty(
                _("没有找到“%(q)s”") % {"q": asked},
                _(
                    "换个说法试试，比如说想办成的事（“开饭店”），或者按部门找。也可以打%(name)s %(hotline)s（%(hours)s）。"
                )
                % {"name": site.hotline_name, "hotline": site.hotline, "hours": site.hotline_hours},
                (
                    parts.Act(_("网上咨询"), f"{reverse('hall:ask')}?{urlencode({'q': asked})}", "primary"),
                    parts.Act(_("按部门找"), f"{reverse('hall:guides')}?by=department"),
                ),
                "search",
            ),
        },
    )


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """The first guides for what has been typed so far, as options of a list; the search box asks while one types."""
    asked = _asked(request)
    found = finding.find_guides(asked, SUGGESTED) if len(asked) > 1 else []
    response = render(
        request,
        "hall/suggest.html",
        {"found": [(h, h.marked(asked), queries.organisation_name(h.org_id)) for h in found]},
    )
    response["Cache-Control"] = "public, max-age=60"
    return response


@require_safe
@kept_for("org", "theme", "for", "object", "letter", "by", "page", on=FIGURES)
def browse(request: HttpRequest) -> HttpResponse:
    """The ways into the guides, or the guides one of them leads to."""
    get = request.GET
    if event := get.get("event"):
        return redirect("hall:event", name=event, permanent=True)
    chosen = _chosen(get.get("org"), get.get("theme"), get.get("for"), get.get("object"), get.get("letter"))
    by = chosen.by if chosen else get.get("by", "")
    by = by if by in WAYS else "department"
    context: dict[str, Any] = {}
    if chosen is None:
        context["groups"] = _groups(by)
        if by == "used":
            context["rows"] = _rows(_most_used())
    else:
        found = Paginator(chosen.guides, PAGE).get_page(get.get("page"))
        context |= {"rows": _rows(_page_rows(found)), "pager": _pager(found, chosen.query), "chosen": chosen}
    tabs = tuple(
        parts.Tab(str(text), f"{reverse('hall:guides')}?by={key}", key == by) for key, text in WAYS.items()
    )
    title = chosen.title if chosen else _("办事指南")
    head = _("共 %(n)s 项") % {"n": chosen.guides.count() if chosen else finding.listed_guides().count()}
    return render(
        request,
        "hall/browse.html",
        {
            "page": public_page(title, "service", SERVICE if chosen else ()),
            "head": parts.SectionHead(head, "h-browse", tabs=tabs),
            **context,
        },
    )


@require_safe
@kept_for(on=ANSWERS)
def event(request: HttpRequest, name: str) -> HttpResponse:
    """One life event (一件事): its joint form where there is one, the guides it takes, and answers given before."""
    rows = finding.rows_of(finding.listed_guides(f"event:{name}"))
    if not rows:
        raise Http404(_("没有这件事，或者它要办的事项都停用了"))
    versions = list(
        queries.published_offerings().filter(pk__in=[row.version_id for row in rows]).order_by("pk")
    )
    joint = [v for v in versions if kind_of(v) == "joint"]
    single = [v for v in versions if v not in joint]
    faq = [(v, f) for v in versions for f in v.content.get("faq", ())[:2]]
    return render(
        request,
        "hall/event.html",
        {
            "page": public_page(
                name,
                "service",
                (*SERVICE, (_("一件事"), f"{reverse('hall:guides')}?by=event")),
                lead=_("把这件事要办的 %(n)s 个事项放在一页，先办什么、带什么、多久，一次看清。")
                % {"n": len(single)},
            ),
            "joint": [(v, told.url(v), reverse("hall:apply", args=[_code(v)]), told.promise(v)) for v in joint],
            "table": parts.table(
                (_("事项"), _("办理单位"), _("多久"), _("材料"), _("怎么办")),
                [_member(v) for v in single],
                _("要办的事项"),
                caption_hidden=True,
            ),
            "answers": list(public_answers(matter_ids=[v.offering.matter_id for v in versions])[:8]),
            "faq": [parts.More(f["question"], f"{f['answer']}（{v.name}）") for v, f in faq[:8]],
        },
    )  # fmt: skip


@require_safe
@kept_for(on=ANSWERS)
def sitemap(request: HttpRequest) -> HttpResponse:
    """Addresses of everything public, for search engines (sitemaps.org)."""
    rows = finding.rows_of(finding.listed_guides())
    paths = ["/", reverse("hall:guides"), *(reverse("hall:about-page", args=[n]) for n in ("contact", "map"))]
    paths += [reverse("hall:event", args=[name]) for name, _n in finding.facets_in_force("event")]
    paths += [reverse("hall:guide", args=[row.code]) for row in rows]
    paths += [reverse("hall:answer", args=[row.consultation.number]) for row in public_answers()[:5000]]
    return render(
        request,
        "hall/sitemap.xml",
        {"addresses": [request.build_absolute_uri(path) for path in paths]},
        content_type="application/xml",
    )  # fmt: skip


WAYS = {
    "department": "按部门",
    "person": "个人主题",
    "firm": "企业主题",
    "event": "一件事",
    "object": "服务对象",
    "letter": "音序",
    "used": "常用",
}


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A list of guides that somebody asked for: under which way, its heading, and how its address says it."""

    by: str
    title: str
    guides: QuerySet[GuideIndex]
    query: dict[str, str]


def _chosen(
    org: str | None, theme: str | None, who: str | None, obj: str | None, letter: str | None
) -> _Chosen | None:
    if org and (node := queries.organisation(org)):
        return _Chosen("department", node.name, finding.listed_guides(org_ids=[node.id]), {"org": org})
    if theme:
        side = who if who in ("person", "firm") else "person"
        return _Chosen(side, theme, finding.listed_guides(f"{side}:{theme}"), {"theme": theme, "for": side})
    if who in ("person", "firm"):
        title = _("个人办事") if who == "person" else _("企业办事")
        return _Chosen(who, title, finding.listed_guides(f"for:{who}"), {"for": who})
    if obj in topics().objects:
        return _Chosen(
            "object", topics().objects[obj], finding.listed_guides(f"object:{obj}"), {"object": obj}
        )
    if letter and len(letter) == 1:
        title = _("音序 %(letter)s") % {"letter": letter.upper()}
        return _Chosen("letter", title, finding.listed_guides(letter=letter.upper()), {"letter": letter})
    return None


def _groups(by: str) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """The doors of one way: headings, and under each (name, address, how many)."""
    match by:
        case "department":
            return [(_("部门"), told.departments())]
        case "person" | "firm":
            count = dict(finding.facets_in_force(by))
            order = topics().person if by == "person" else topics().firm
            names = [n for n in order if n in count] + [n for n in count if n not in order]
            title = _("个人主题") if by == "person" else _("企业主题")
            return [(title, [(n, _to(theme=n, **{"for": by}), count[n]) for n in names])]
        case "event":
            return [(_("一件事"), [(e.name, e.href, e.matters) for e in told.life_events()])]
        case "object":
            count = dict(finding.facets_in_force("object"))
            objects = topics().objects
            return [(_("服务对象"), [(objects[c], _to(object=c), count[c]) for c in objects if c in count])]
        case "letter":
            return [
                (_("音序"), [(letter, _to(letter=letter), n) for letter, n in finding.letters_in_force()])
            ]
        case _:
            return []


def _most_used() -> list[finding.Listed]:
    used = figures.most_applied(timezone.localdate() - timedelta(days=90), MOST_USED)
    rows = {
        r.offering_id: r for r in finding.rows_of(finding.listed_guides().filter(version__offering__in=used))
    }
    return [rows[i] for i in used if i in rows]  # fmt: skip


def _page_rows(found: Page[GuideIndex]) -> list[finding.Listed]:
    ids = [row.pk for row in found]
    return finding.rows_of(finding.listed_guides().filter(pk__in=ids))


def _rows(listed: list[finding.Listed]) -> list[tuple[finding.Listed, str]]:
    return [
        (
            row,
            " · ".join(
                (queries.organisation_name(row.org_id), told.DEPTH_NAMES.get(row.depth, ""))
                if row.initiated_by == "application"
                else (queries.organisation_name(row.org_id), _("依职权"))
            ),
        )
        for row in listed
    ]


def _member(version: OfferingVersion) -> tuple[Any, ...]:
    content = version.content
    needed = sum(1 for m in content["materials"] if m["necessity"] == "required")
    applied = content["initiated_by"] == "application"
    return (
        parts.Cell(version.name, "", told.url(version)),
        queries.organisation_name(version.offering.organisation_id),
        told.promise(version),
        _("%(n)s 份必交") % {"n": needed} if needed else _("不用交"),
        parts.Cell(_("网上办理"), "", reverse("hall:apply", args=[_code(version)])) if applied else _("到窗口问"),
    )  # fmt: skip


def _pager(found: Page[GuideIndex], query: dict[str, str]) -> Pager | None:
    if found.paginator.num_pages < 2:
        return None
    number = found.number
    return Pager(
        _to(**query, page=str(number - 1)) if found.has_previous() else "",
        _to(**query, page=str(number + 1)) if found.has_next() else "",
        found.paginator.count,
        len(found),
        _("项"),
    )


def _to(**query: str) -> str:
    return f"{reverse('hall:guides')}?{urlencode(query)}"


def _code(version: OfferingVersion) -> str:
    return version.offering.implementation_code or ""


def _asked(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:100]
