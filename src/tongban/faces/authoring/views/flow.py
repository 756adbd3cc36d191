"""办理流程: steps and ways as tables, the diagram beside them, what lint says, BPMN in and out."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.base.ui import parts
from tongban.base.ui.rows import EditRow, EditRows, Suggestions, asked_for
from tongban.engine.bpmn import ImportRefused, export, import_flow
from tongban.engine.lint import Problem
from tongban.engine.lint.shape import check_shape
from tongban.engine.state import Limit
from tongban.faces.authoring import flowtable, queries, services, shown
from tongban.faces.authoring.flow_templates import TEMPLATES
from tongban.faces.authoring.models import Manuscript
from tongban.faces.authoring.views.manuscripts import held
from tongban.faces.pictures import limit_words
from tongban.registry.access import staff_only
from tongban.registry.errors import RegistryRefused
from tongban.registry.models import Post
from tongban.registry.models.permissions import Verb
from tongban.registry.package import form_fields

MOST_BYTES = 2_000_000


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def flow(request: HttpRequest, manuscript_id: int) -> HttpResponse:
    """The designer; with nothing drawn yet, the templates to begin with."""
    account, m = held(request, manuscript_id)
    document, look, notice = m.flow, request.GET.get("look", ""), None
    if request.method == "POST":
        if not queries.may(account, m, Verb.DRAFT_MATTER):
            raise PermissionDenied
        try:
            document, look = _wanted(m, request)
            services.save(account, m, flow=document)
        except ImportRefused as refused:
            notice = parts.Notice(
                "bad", _("没有导入这张图"), "；".join(_told(refused.problems)) or str(refused)
            )
        except RegistryRefused as refused:
            notice = parts.Notice("bad", _("没有保存"), refused.message)
        else:
            where = reverse("authoring:flow", args=[m.pk])
            return redirect(f"{where}?look={look}#{look}" if look else f"{where}?saved=1#main")
    return render(
        request,
        "authoring/flow.html",
        {
            **shown.head(request, m, "flow"),
            "notice": notice,
            "templates": [(key, name, said) for key, (name, said, _make) in TEMPLATES.items()],
            "begun": document is not None,
            "writes": m.state == "writing" and queries.may(account, m, Verb.DRAFT_MATTER),
            "saved": request.GET.get("saved") == "1",
            **(_designer(m, document, look) if document is not None else {}),
        },
        status=409 if notice else 200,
    )


@staff_only
@require_POST
def preview(request: HttpRequest, manuscript_id: int) -> HttpResponse:
    """The diagram and what lint says of what is being typed; nothing is kept."""
    _account, m = held(request, manuscript_id)
    m.flow, _look = flowtable.read_flow(m.flow or {}, request.POST)
    return render(request, "authoring/flow_live.html", _live(m, m.flow))


@staff_only
@require_safe
def bpmn(request: HttpRequest, manuscript_id: int) -> HttpResponse:
    """The flow as BPMN 2.0 with its diagram."""
    _account, m = held(request, manuscript_id)
    if m.flow is None or check_shape(m.flow):
        raise Http404("flow")
    data = export(m.flow, post_names=dict(Post.objects.values_list("code", "name")))
    name = f"{m.flow['key']}.bpmn"
    return HttpResponse(
        data,
        content_type="application/xml",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _wanted(m: Manuscript, request: HttpRequest) -> tuple[dict[str, Any], str]:
    """The document the posted form asks for: a template, an imported drawing, or the edited tables."""
    what, name, _n = asked_for(request.POST)
    if what == "template" and name in TEMPLATES:
        made = TEMPLATES[name][2]()
        return {**made, "key": services.flow_key_of(m), "name": m.name}, ""
    file = request.FILES.get("bpmn")
    if file is not None:
        data = file.read(MOST_BYTES + 1)
        draft = import_flow(data, key=services.flow_key_of(m))
        return dict(draft.document), ""
    if m.flow is None:
        raise RegistryRefused("nothing_drawn", _("先选一个模板，或者选一个 BPMN 文件导入。"))
    return flowtable.read_flow(m.flow, request.POST)


def _designer(m: Manuscript, document: Mapping[str, Any], look: str) -> dict[str, Any]:
    table, posts = flowtable.spread(document), shown.posts_offered(m)
    names = dict(posts.words)
    problems = services.flow_problems(_with(m, document))
    steps = []
    for n, row in enumerate(table["steps"]):
        at = f"steps.{n}"
        wrong = [f"{p.message}{p.mend}" for p in problems if _of_node(p, str(row["key"]))]
        limit = row.get("limit") or {}
        said = [
            flowtable.KIND_NAMES.get(str(row.get("kind")), ""),
            names.get(str(row.get("post") or ""), str(row.get("post") or "")),
            limit_words(Limit(limit["amount"], limit.get("unit", "workday")))
            if isinstance(limit.get("amount"), int)
            else "",
        ]
        folded = row["kind"] in ("start", "end")
        steps.append(
            EditRow(
                flowtable.title_of(row),
                shown.entry_fields(flowtable.STEP[:2] if folded else flowtable.STEP, row, at, {}),
                f"{row['key']} · " + " · ".join(s for s in said if s),
                ((f"{at}.key", str(row["key"])),),
                () if folded else shown.entry_fields(flowtable.MORE, row, at, {}),
                look == f"r-{at}",
                tuple(wrong),
                folded,
            )
        )
    by_key = {n["key"]: flowtable.title_of(n) for n in document.get("nodes", ())}
    ways_spec = flowtable.ways(document)
    ways = []
    for n, edge in enumerate(table["ways"]):
        wrong = [
            f"{p.message}{p.mend}"
            for p in problems
            if p.where.startswith(f"edges.{n}.") or p.where == f"edges.{n}"
        ]
        title = (
            f"{by_key.get(edge['from'], edge['from'] or '…')} → {by_key.get(edge['to'], edge['to'] or '…')}"
        )
        note = edge.get("name") or edge.get("when") or (_("其他情况") if edge.get("default") else "")
        ways.append(
            EditRow(
                title,
                shown.entry_fields(ways_spec.entries, edge, f"ways.{n}", {}),
                note,
                open=look == f"r-ways.{n}",
                wrong=tuple(wrong),
            )
        )
    fields = [f for _path, f in form_fields(m.content)]
    return {
        "steps": EditRows(
            "steps", _("环节"), _("个环节"), tuple(steps), _("照办理的先后排；新加的环节接在最后一步之后。")
        ),
        "ways": EditRows(
            "ways",
            _("走向"),
            _("条走向"),
            tuple(ways),
            _("从一个环节到下一个环节。一个环节之后有几条路的，系统自动加一个“判断”。"),
        ),
        "posts": posts,
        "conditions": Suggestions("conditions", tuple(flowtable.suggestions(document, fields))),
        **_live(_with(m, document), document),
    }


def _live(m: Manuscript, document: Mapping[str, Any]) -> dict[str, Any]:
    problems = services.flow_problems(m)
    return {
        "picture": flowtable.picture(document),
        "problems": _told(problems),
        "exports": not check_shape(document),
    }


def _told(problems: Any) -> list[str]:
    return [f"{p.message}{p.mend}" for p in problems]


def _of_node(problem: Problem, key: str) -> bool:
    return problem.where == f"nodes.{key}" or problem.where.startswith(f"nodes.{key}.")


def _with(m: Manuscript, document: Mapping[str, Any]) -> Manuscript:
    m.flow = dict(document)
    return m
