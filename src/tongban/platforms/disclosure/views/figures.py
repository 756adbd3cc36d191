"""The desk's pages of quantity, quality and responsibility: groups with their scores, the records behind a number, the list as XLSX."""

import re
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.sheets import sheet_response
from tongban.base.text import whole_number
from tongban.base.ui import fields, parts, work
from tongban.base.ui.fields import Option
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.engine.people import scopes
from tongban.platforms.disclosure import figures
from tongban.platforms.disclosure.figures import BY, HANDS, Asked
from tongban.platforms.disclosure.models import GENRE_CODES, THEMES, Record
from tongban.platforms.disclosure.quality import Average, Mark, average, criteria
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.queries import as_of, organisation_name, today

if TYPE_CHECKING:
    from tongban.base.ui.component import Shown
    from tongban.registry.models import Account

SIZE = 30
_MONTH = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])")


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """How many records of each class were published in a period, how well they are kept, and through whose hands they went."""
    account = _viewer(request)
    asked, by = _asked(request), request.GET.get("by", "unit")
    by = by if by in BY else "unit"
    rows = figures.records(account, asked)
    told = figures.marks(rows)
    whole = average(list(told.values()))
    return render(
        request,
        "disclosure/figures.html",
        {
            "page": workbench(
                request, _("数量、质量、责任"), "figures",
                subtitle=_("%(first)s至%(last)s公开的 %(n)s 份文件") % {"first": cn_date(asked.first), "last": cn_date(asked.last), "n": f"{whole.n:,}"},
            ),
            "filter": _filter(account, asked, by),
            "table": _groups(figures.grouped(rows, told, by), whole, asked, by),
            "criteria": parts.Terms(tuple((f"{c.name}（{c.weight}）", c.said) for c in criteria())),
            "people": _people(figures.people(rows), asked),
            "policies": _href(asked, fault="interpreted"),
        },
    )  # fmt: skip


@staff_only
@require_safe
def records(request: HttpRequest) -> HttpResponse:
    """The records behind a number, each with its score, what it lacks, and who drafted, reviewed and released it."""
    account, asked = _viewer(request), _asked(request)
    told = figures.marks(figures.records(account, asked), asked.fault)
    listed = Paginator(list(told), SIZE).get_page(request.GET.get("page"))
    shown = Record.objects.filter(pk__in=list(listed)).defer("body", "words").in_bulk()
    hands = figures.hands_of(list(listed))
    return render(
        request,
        "disclosure/figures_records.html",
        {
            "page": workbench(request, _("文件明细"), "figures", subtitle=_("%(n)s 份") % {"n": f"{len(told):,}"}),
            "back": f"{reverse('disclosure:figures')}?{urlencode(_period(asked))}",
            "export": f"{reverse('disclosure:figures-export')}?{urlencode(_query(asked))}" if scopes(account).of("export") else "",
            "tags": _tags(asked),
            "table": parts.table(
                (_("名称"), _("单位"), _("公开日期"), parts.Column(_("得分"), right=True), _("不足"), *(_(words) for words in HANDS.values())),
                tuple(_line(shown[pk], told[pk], hands.get(pk, {})) for pk in listed),
                _("文件明细"), caption_hidden=True, dense=True, empty=_("没有这样的文件。"),
            ),
            "pager": work.BulkBar((), work.pager_of(listed, _query(asked), _("份")), keys=False),
        },
    )  # fmt: skip


@staff_only
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The same list as XLSX, with every criterion of every record."""
    account, asked = _viewer(request), _asked(request)
    if not scopes(account).of("export"):
        raise PermissionDenied
    seen = figures.records(account, asked)
    rows = seen.filter(pk__in=figures.records(account, asked, "export").order_by().values("pk"))
    told = figures.marks(rows, asked.fault)
    hands = figures.hands_of(list(told))
    record_access(account, "export", "disclosure", rows=len(told), **_query(asked))
    held = rows.filter(pk__in=list(told)).defer("body", "words")
    return sheet_response(
        _("公开质量"),
        (
            (_("索引号"), 24), (_("名称"), 50), (_("文号"), 22), (_("发布机构"), 28), (_("主题"), 20), (_("体裁"), 10),
            (_("成文日期"), 12), (_("公开日期"), 12), (_("得分"), 8), *((c.name, 10) for c in criteria()),
            *((_(words), 14) for words in HANDS.values()),
        ),
        (
            (
                r.index_number or "", r.title, r.number, organisation_name(r.publisher_id), r.theme_name, r.genre_name, r.issued_on,
                r.published_on, told[r.pk].score, *(_share(told[r.pk].shares[c.key]) for c in criteria()),
                *(hands.get(r.pk, {}).get(hand, "") for hand in HANDS),
            )
            for r in held.iterator(chunk_size=500)
        ),
    )  # fmt: skip


def _viewer(request: HttpRequest) -> "Account":
    account = account_of(request)
    if not scopes(account).of("view"):
        raise PermissionDenied
    return account


def _asked(request: HttpRequest) -> Asked:
    """What the address asks for; this year where no period is said, and nothing for what is no class."""
    said, day = request.GET, today()
    first = _day(said.get("first", "")) or day.replace(month=1, day=1)
    last = _day(said.get("last", "")) or day
    person, unit = whole_number(said.get("person", "")), whole_number(said.get("unit", ""))
    return Asked(
        min(first, last), max(first, last), unit if unit and unit < 2**31 else 0,
        said.get("theme", "") if said.get("theme") in THEMES else "",
        said.get("genre", "") if said.get("genre") in GENRE_CODES else "",
        said.get("month", "") if _MONTH.fullmatch(said.get("month", "")) else "",
        said.get("fault", "") if said.get("fault") in {c.key for c in criteria()} else "",
        said.get("hand", "") if said.get("hand") in HANDS else "", person if person and person < 2**31 else 0,
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _period(asked: Asked) -> dict[str, str]:
    return {"first": asked.first.isoformat(), "last": asked.last.isoformat()}


def _query(asked: Asked) -> dict[str, str]:
    names = ("unit", "theme", "genre", "month", "fault", "hand", "person")
    return _period(asked) | {name: str(value) for name in names if (value := getattr(asked, name))}


def _href(asked: Asked, **more: str) -> str:
    return f"{reverse('disclosure:figures-records')}?{urlencode({**_query(asked), **more})}"


def _filter(account: "Account", asked: Asked, by: str) -> dict[str, Any]:
    view = scopes(account).of("view")
    units = sorted((n.name, n.id) for n in as_of().nodes.values() if view.admits(n.id) and not n.abolished)
    return {
        "action": reverse("disclosure:figures"),
        "fields": (
            fields.Field("first", _("从"), "date", asked.first.isoformat()),
            fields.Field("last", _("到"), "date", asked.last.isoformat()),
            fields.Field(
                "unit", _("单位"), "select", str(asked.unit),
                options=(Option("0", _("全部单位")), *(Option(str(pk), name) for name, pk in units)),
            ),
            fields.Field("by", _("按什么分"), "select", by, options=tuple(Option(k, _(n)) for k, n in BY.items())),
        ),
    }  # fmt: skip


def _groups(groups: list[figures.Group], whole: Average, asked: Asked, by: str) -> parts.Table:
    heads: tuple[str | parts.Column, ...] = (
        _(BY[by]), parts.Column(_("份数"), right=True), parts.Column(_("得分"), right=True),
        *(parts.Column(_(c.name), right=True) for c in criteria()),
    )  # fmt: skip
    lines = [(g.name, g.average, {by: g.value}) for g in groups]
    if len(groups) > 1:
        lines.append((_("合计"), whole, {}))
    return parts.table(
        heads,
        tuple(_group(name, held, asked, narrowed) for name, held, narrowed in lines),
        _("数量和质量"), caption_hidden=True, dense=True, matrix=True, empty=_("这段时间没有公开的文件。"),
    )  # fmt: skip


def _group(
    name: str, held: Average, asked: Asked, narrowed: dict[str, str]
) -> "tuple[Shown | parts.Cell, ...]":
    return (
        name,
        parts.Cell(f"{held.n:,}", href=_href(asked, **narrowed), number=True),
        parts.Cell(str(held.score), number=True),
        *(
            parts.Cell(
                _share(held.shares[c.key]),
                href=_href(asked, **narrowed, fault=c.key) if (held.shares[c.key] or 1) < 1 or held.shares[c.key] == 0 else "",
                number=True,
            )
            for c in criteria()
        ),
    )  # fmt: skip


def _people(people: list[figures.Person], asked: Asked) -> parts.Table:
    return parts.table(
        (_("人员"), *(parts.Column(_(words), right=True) for words in HANDS.values())),
        tuple(
            (
                p.name,
                *(
                    parts.Cell(
                        str(p.counts[hand]),
                        href=_href(asked, hand=hand, person=str(p.id)) if p.counts[hand] else "",
                        number=True,
                    )
                    for hand in HANDS
                ),
            )
            for p in people
        ),
        _("谁起草、谁审查、谁发布"), caption_hidden=True, dense=True, empty=_("没有留下经手人（从别处导入的文件没有）。"),
    )  # fmt: skip


def _line(record: Record, mark: Mark, hands: dict[str, str]) -> "tuple[Shown | parts.Cell, ...]":
    return (
        parts.Cell(record.title, record.index_number or "", reverse("disclosure:record", args=[record.uid])),
        organisation_name(record.publisher_id),
        cn_date(record.published_on),
        parts.Cell(str(mark.score), number=True),
        "、".join(_(c.name) for c in mark.lacking) or "—",
        *(hands.get(hand, "") or "—" for hand in HANDS),
    )


def _tags(asked: Asked) -> list[str]:
    """What is asked for, in words."""
    said = [f"{cn_date(asked.first)}—{cn_date(asked.last)}"]
    if asked.unit:
        node = as_of().nodes.get(asked.unit)
        said.append(node.name if node else str(asked.unit))
    said += [THEMES[asked.theme]] if asked.theme else []
    said += [GENRE_CODES[asked.genre]] if asked.genre else []
    said += [asked.month] if asked.month else []
    said += [_("不足：%(name)s") % {"name": c.name} for c in criteria() if c.key == asked.fault]
    said += [_("经手：%(words)s") % {"words": HANDS[asked.hand]}] if asked.hand and asked.person else []
    return said


def _share(share: float | None) -> str:
    return "—" if share is None else f"{share:.0%}"
