"""The desk's page of what hangs together with a document: what is set, and setting more with a search for the other end."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongban.base.ui import parts
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.faces.openness import linking
from tongban.faces.openness.linking import ROLES
from tongban.faces.openness.views.acts import whole_of
from tongban.platforms.disclosure import services
from tongban.platforms.disclosure.models import Link, Record
from tongban.platforms.disclosure.services.linking import may_agree
from tongban.registry.access import account_of, staff_only
from tongban.registry.models import Account
from tongban.registry.queries import organisation_name


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Links of one record, with other records and with answered questions; a GET with `q` searches for the other end."""
    account = account_of(request)
    record = Record.objects.visible_to(account).filter(uid=uid).first()
    if record is None:
        raise Http404(_("没有这份文件"))
    query = request.GET.get("q", "").strip()[:100]
    error = ""
    if request.method == "POST":
        try:
            messages.success(request, _act(request, account, record))
            return redirect("openness:links", uid=uid)
        except Refused as refused:
            error = refused.message
    handles = scopes(account).of("handle").admits(record.publisher_id)
    return render(
        request,
        "openness/links.html",
        {
            "page": workbench(request, _("关联"), "disclosure", subtitle=record.title),
            "record": record,
            "error": parts.Notice("bad", error, _("没有改动。")) if error else None,
            "handles": handles,
            "links": _held(account, record),
            "questions": [
                (row.pk, linking.title_of(row), linking.address_of(row) if linking.is_public(row) else "")
                for row in linking.questions_of([record.pk])
            ],
            "query": query,
            "roles": [(key, words) for key, (words, _kind, _ahead) in ROLES.items()],
            "found": [(r, _note(r)) for r in linking.records_like(account, query, record)] if query else [],
            "answers": linking.answers_like(query) if query else [],
        },
        status=409 if error else 200,
    )


def _held(account: Account, record: Record) -> list[tuple[Link, str, str, str, bool]]:
    """The link, what the other end is, its title, its address at the desk, whether this person is to agree to it."""
    words = {(kind, ahead): said for said, kind, ahead in ROLES.values()}
    back = {
        Link.Kind.REPLACES: _("替代了这份文件的"),
        Link.Kind.AMENDS: _("修改了这份文件的"),
        Link.Kind.REPEALS: _("废止了这份文件的"),
        Link.Kind.FORWARDS: _("转发这份文件的"),
    }
    rows = Link.objects.filter(Q(source=record) | Q(target=record)).select_related("source", "target")
    told = []
    for row in rows.order_by("pk"):
        ahead = row.source_id == record.pk
        other = row.target if ahead else row.source
        said = words.get((row.kind, ahead)) or back[Link.Kind(row.kind)]
        href = reverse("disclosure:record", args=[other.uid])
        told.append((row, said, other.title, href, may_agree(account, row)))
    return told


def _note(record: Record) -> str:
    return " · ".join(
        part
        for part in (
            record.number,
            organisation_name(record.publisher_id),
            str(record.get_state_display()),
        )
        if part
    )


def _act(request: HttpRequest, account: Account, record: Record) -> str:
    """Do what the form asks; what to say of it. Raises Refused."""
    match request.POST.get("do", ""):
        case "connect":
            said = _uid(request.POST.get("other", ""))
            other = Record.objects.filter(uid=said).first() if said else None
            role = ROLES.get(request.POST.get("role", ""))
            seen = other is not None and (
                other.is_public or Record.objects.visible_to(account).filter(pk=other.pk).exists()
            )
            if other is None or role is None or not seen:
                raise Refused("not_found", "没有这份文件，或者没有选它与这份文件的关系。")
            _words, kind, ahead = role
            source, target = (record, other) if ahead else (other, record)
            link = services.relate(account, source, target, kind)
            return _("已经建立关联。") if link.confirmed else _("已经登记，对方单位确认后生效。")
        case "disconnect":
            services.disconnect(account, _link(request, record))
            return _("已经解除关联。")
        case "agree":
            services.agree(account, _link(request, record))
            return _("已经确认。")
        case "tie":
            linking.tie(account, record, request.POST.get("kind", ""), request.POST.get("number", ""))
            return _("问答已经关联。")
        case "untie":
            linking.untie(account, record, whole_of(request.POST.get("question", ""), "question"))
            return _("已经解除关联。")
        case _:
            raise Refused("unknown_field", "没有这样的操作。")


def _link(request: HttpRequest, record: Record) -> Link:
    """The link that the form names, of this record. Raises Refused("not_found")."""
    rows = Link.objects.filter(Q(source=record) | Q(target=record)).select_related("source", "target")
    link = rows.filter(pk=whole_of(request.POST.get("link", ""), "link")).first()
    if link is None:
        raise Refused("not_found", "没有这条关联，可能已经解除。")
    return link


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
