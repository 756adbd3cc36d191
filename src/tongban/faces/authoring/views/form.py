"""申请表单: the questions of the application as a table, and what they look like on a phone."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tongban.base.ui import parts
from tongban.base.ui.rows import EditRow, EditRows, PhoneFrame
from tongban.faces.application import application_form
from tongban.faces.authoring import formtable, queries, services, shown
from tongban.faces.authoring.entries import control_of
from tongban.faces.authoring.views.manuscripts import held
from tongban.registry.access import staff_only
from tongban.registry.errors import RegistryRefused
from tongban.registry.models.permissions import Verb
from tongban.registry.package import FIELD_TYPES, check_package
from tongban.registry.reports import Problem


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, manuscript_id: int) -> HttpResponse:
    """The designer of the application form."""
    account, m = held(request, manuscript_id)
    content, look, notice = m.content, request.GET.get("look", ""), None
    if request.method == "POST":
        if not queries.may(account, m, Verb.DRAFT_MATTER):
            raise PermissionDenied
        content, look = formtable.read_form_table(m.content, request.POST)
        try:
            services.save(account, m, content=content)
        except RegistryRefused as refused:
            notice = parts.Notice("bad", _("没有保存"), refused.message)
        else:
            where = reverse("authoring:form", args=[m.pk])
            return redirect(f"{where}?look={look}#{look}" if look else f"{where}?saved=1#main")
    return render(
        request,
        "authoring/form.html",
        {
            **shown.head(request, m, "form"),
            "notice": notice,
            "groups": _designer(content, look),
            "phone": _phone(content),
            "writes": m.state == "writing" and queries.may(account, m, Verb.DRAFT_MATTER),
            "saved": request.GET.get("saved") == "1",
            "problems": [p.why for p in _problems(content) if p.field == "form"],
        },
        status=409 if notice else 200,
    )


@staff_only
@require_POST
def preview(request: HttpRequest, manuscript_id: int) -> HttpResponse:
    """The form on a phone as it is being typed; nothing is kept."""
    _account, m = held(request, manuscript_id)
    content, _look = formtable.read_form_table(m.content, request.POST)
    return HttpResponse(_phone(content).render())


def _designer(content: Any, look: str) -> EditRows:
    table, problems = formtable.spread(content), _problems(content)
    groups = []
    for g, group in enumerate(table["form"]["groups"]):
        at = f"form.groups.{g}"
        spec = formtable.questions(table, g)
        rows = []
        for n, field in enumerate(group["fields"]):
            here = f"{at}.fields.{n}"
            wrong = tuple(f"{p.why}。{p.mend}" for p in problems if _inside(p, here))
            kind = next((o.label for o in formtable.TYPES if o.value == field.get("type")), "")
            note = " · ".join(
                s
                for s in (
                    kind,
                    _("必填") if field.get("required") else _("选填"),
                    str(field.get("name") or ""),
                )
                if s
            )
            rows.append(
                EditRow(
                    str(field.get("label") or ""),
                    shown.entry_fields(formtable.FIELDS, field, here, {}),
                    note,
                    more=shown.entry_fields(spec.entries[len(formtable.FIELDS) :], field, here, {}),
                    open=look == f"r-{here}"
                    or look.startswith(f"r-{here}.columns")
                    or not field.get("label"),
                    wrong=wrong,
                    after=_columns(field, here, look) if field.get("type") == "table" else None,
                )
            )
        inner = EditRows(spec.path, _("题目"), _("道题"), tuple(rows), empty=_("还没有题目。"), inner=True)
        groups.append(
            EditRow(
                str(group.get("title") or ""),
                (*shown.entry_fields(formtable.GROUPS.entries, group, at, {}),),
                _("%(n)s 道题") % {"n": len(rows)},
                open=True,
                after=inner,
            )
        )
    return EditRows(
        "form.groups",
        _("题组"),
        _("个题组"),
        tuple(groups),
        _("手机上一个题组是一屏。"),
        _("还没有题组。不要表单的事项可以不加。"),
    )


def _columns(field: Any, here: str, look: str) -> EditRows:
    """The columns of a table, inside its question."""
    spec, rows, kinds = formtable.columns(here), [], {o.value: o.label for o in formtable.TYPES}
    for n, column in enumerate(field.get("columns") or ()):
        at = f"{spec.path}.{n}"
        said = (kinds.get(str(column.get("type")), ""), _("必填") if column.get("required") else _("选填"))
        rows.append(
            EditRow(
                str(column.get("label") or ""),
                shown.entry_fields(formtable.COLUMNS, column, at, {}),
                " · ".join(s for s in said if s),
                more=shown.entry_fields(spec.entries[len(formtable.COLUMNS) :], column, at, {}),
                open=look == f"r-{at}" or not column.get("label"),
            )
        )
    empty = _("还没有列。加好列，表格才能用。")
    return EditRows(spec.path, spec.title, spec.one, tuple(rows), empty=empty, inner=True)


def _phone(content: Any) -> PhoneFrame:
    fine = {
        **content,
        "form": {
            "groups": [
                {
                    **g,
                    "fields": [
                        f for f in g.get("fields", ()) if f.get("label") and f.get("type") in FIELD_TYPES
                    ],
                }
                for g in content.get("form", {}).get("groups", ())
            ]
        },
    }
    return PhoneFrame(application_form(fine), _("手机上的样子"), _("加了题目以后，这里会出现手机上的样子。"))


def _problems(content: Any) -> list[Problem]:
    return [p for p in check_package(content) if p.field.startswith("form")]


def _inside(problem: Problem, at: str) -> bool:
    return (control_of(problem.field) + ".").startswith(f"{at}.")
