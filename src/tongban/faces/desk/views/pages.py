"""What every tab of a case page is drawn with: head, neighbours, papers."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui import parts
from tongban.base.ui.rail import workbench
from tongban.engine.naming import title_told
from tongban.faces.desk import todo
from tongban.faces.desk.case import View, head
from tongban.faces.desk.notices import notices_of


def case_page(
    request: HttpRequest, view: View, tab: str, content: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """One tab of a case, inside the workbench."""
    case = view.case
    acts = [parts.Act(_("打印"), reverse("desk:print", args=[case.number]), icon="printer", small=True)]
    before, after = _neighbours(view)
    if before:
        acts.append(parts.Act(_("上一件"), before, small=True, key="k"))
    if after:
        acts.append(parts.Act(_("下一件"), after, small=True, key="j"))
    return render(
        request,
        f"desk/case_{tab}.html",
        {
            "page": workbench(request, title_told(case, view.applicant), f"kind-{case.kind}", bare=True),
            "case": case,
            "head": head(view, tab, tuple(acts)),
            "notices": notices_of(view),
            "form_name": view.form_name,
            **content,
        },
        status=status,
    )


def _neighbours(view: View) -> tuple[str, str]:
    """The case before and after this one in the person's to-do list, soonest due first."""
    rows = todo.all_of(view.account, todo.Asked(), view.now).values_list("case_id", "case__number")[:200]
    numbers = list(dict.fromkeys(number for _id, number in rows))
    if view.case.number not in numbers:
        return "", ""
    at = numbers.index(view.case.number)
    before = reverse("desk:case", args=[numbers[at - 1]]) if at else ""
    return before, reverse("desk:case", args=[numbers[at + 1]]) if at + 1 < len(numbers) else ""
