"""我的证照和材料: what a person has already handed in or been given, how far each is trusted, and whether it still counts.

Trust has the four levels of the State Council's rule on licences in government services (国办函 108): A issued by us, with
its proof in the ledger; B checked by staff in a case that was accepted; C uploaded, the original may still be asked for;
D made by the person, who answers for it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.calendar import CHINA
from tongban.base.ui.format import cn_date
from tongban.engine import codec
from tongban.engine.models import Attachment, Case, CaseState, EventRow
from tongban.engine.state import Certificate, State
from tongban.faces.hall.models import OwnFile
from tongban.faces.hall.queries import cases_of
from tongban.platforms.papers.content import form_of
from tongban.platforms.papers.models import Paper
from tongban.platforms.papers.queries import validity
from tongban.platforms.papers.services import CERTIFICATE, check_address
from tongban.registry.models import Account
from tongban.registry.queries import organisation_name, today

MOST_CASES = 300
LEVELS = {
    "A": ("平台核发", "由办理单位签发，存证可查，直接使用"),
    "B": ("窗口核过", "在已受理的办件里核对过，可以重复使用"),
    "C": ("本人上传", "没有核对过，窗口可能要看原件"),
    "D": ("本人制作", "自己写的材料，本人承诺属实"),
}
_SELF_MADE = "申请人自备"  # a material's source: made by whoever applies
_ORDER = "ABCD"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a person has. `refusal` says why it can no longer be handed in; "" where it can.

    `sha256` is empty for a certificate whose PDF has not been made yet. `removable`: uploaded here, in no case.
    """

    ref: str  # c<case number>, a<attachment>, o<own file>
    level: str
    title: str
    name: str  # of the file, or the number of a licence
    source: str
    on: date
    valid_until: str
    refusal: str
    sha256: str
    href: str
    check: str = ""  # where anybody checks it
    case_number: str = ""
    removable: bool = False
    seq: int | None = None  # of the event that issued a licence

    @property
    def level_words(self) -> str:
        """“A 平台核发”."""
        return f"{self.level} {_(LEVELS[self.level][0])}"

    def fits(self, material: str) -> bool:
        """Whether it seems to be what a material of this name asks for."""
        mine, asked = _plain(self.title), _plain(material)
        return bool(mine) and (mine in asked or asked in mine)


def file_of(account: Account, q: str = "") -> list[Item]:
    """Everything of one's own, the most trusted first and of these the newest; the same file only once."""
    cases = list(cases_of(account)[:MOST_CASES])
    states = {
        row.case_id: codec.load(row.state)
        for row in CaseState.objects.filter(case_id__in=[c.pk for c in cases])
    }
    found = [*_issued(cases, states), *_handed_in(account, cases, states), *_kept(account)]
    best: dict[str, Item] = {}
    for item in sorted(found, key=lambda i: (_ORDER.index(i.level), -i.on.toordinal(), i.ref)):
        best.setdefault(item.sha256 or item.ref, item)
    asked = q.strip().lower()
    return [i for i in best.values() if asked in f"{i.title} {i.name} {i.source} {i.case_number}".lower()]


def item_of(account: Account, ref: str) -> Item | None:
    """One thing of one's own; None for what is not theirs."""
    return next((i for i in file_of(account) if i.ref == ref), None)


def own_file(account: Account, file_id: UUID) -> OwnFile | None:
    """A file the person keeps here."""
    rows = OwnFile.objects.filter(account=account, removed_at=None)
    return rows.select_related("file").filter(pk=file_id).first()


def _issued(cases: list[Case], states: dict[int, State]) -> list[Item]:
    """A: results of one's own cases that are certificates; an answer or a notice proves nothing elsewhere."""
    certifying = {c.pk for c in cases if form_of(c.kind, "result.issued", {}) == CERTIFICATE}
    certificates: dict[int, Certificate] = {
        pk: state.certificate
        for pk, state in states.items()
        if pk in certifying and state.certificate is not None
    }
    papers = {
        p.case_id: p for p in Paper.objects.filter(case_id__in=certificates, key=CERTIFICATE).order_by("seq")
    }
    events = dict(
        EventRow.objects.filter(case_id__in=certificates, type="result.issued")
        .order_by("seq")
        .values_list("case_id", "seq")
    )
    items = []
    for case in cases:
        held, seq = certificates.get(case.pk), events.get(case.pk)
        if held is None or seq is None:
            continue
        paper = papers.get(case.pk)
        how = validity(held)
        refusal = ""
        if how.status != "valid":
            since = f"（{cn_date(how.since)}）" if how.since else ""
            refusal = _("《%(name)s》%(how)s%(since)s，不能再用来办事。请用新的，或者上传别的材料。") % {
                "name": held.name, "how": how.words, "since": since,
            }  # fmt: skip
        check = (
            f"{reverse('hall:check')}?number={held.number}" if paper is None else check_address(paper.token)
        )
        items.append(
            Item(
                f"c{case.number}", "A", held.name, held.number, organisation_name(case.org_id),
                held.issued.astimezone(CHINA).date(), _until(held.valid_until), refusal,
                "" if paper is None else paper.file_id, reverse("hall:paper", args=[case.number, seq]), check, case.number, seq=seq,
            )
        )  # fmt: skip
    return items


def _handed_in(account: Account, cases: list[Case], states: dict[int, State]) -> list[Item]:
    """B, C and D: what one handed in oneself with cases."""
    by_id = {c.pk: c for c in cases}
    rows = Attachment.objects.filter(case_id__in=by_id, replaced_at=None).filter(
        Q(added_by=account) | Q(added_by=None)
    )
    items = []
    for a in rows:
        case = by_id[a.case_id]
        asked: dict[str, Any] = next(
            (m for m in case.offering_version.content.get("materials", ()) if m["key"] == a.material), {}
        )
        if not asked:  # the office's own papers are not the applicant's
            continue
        state = states.get(a.case_id)
        checked = (
            case.accepted_at is not None
            and state is not None
            and state.materials.get(a.material) not in ("failed", "later")
        )
        level = "B" if checked else "D" if asked.get("source") == _SELF_MADE else "C"
        items.append(
            Item(
                f"a{a.pk}", level, str(asked["name"]), a.name, _("办件 %(number)s") % {"number": case.number},
                a.added_at.astimezone(CHINA).date(), "", "", a.file_id,
                reverse("hall:case-file", args=[case.number, a.pk]), case_number=case.number,
            )
        )  # fmt: skip
    return items


def _kept(account: Account) -> list[Item]:
    """C and D: what one keeps here."""
    items = []
    for f in OwnFile.objects.filter(account=account, removed_at=None):
        refusal = ""
        if f.valid_until is not None and f.valid_until < today():
            refusal = _("“%(name)s”%(day)s已过有效期，请上传新的。") % {
                "name": f.title, "day": cn_date(f.valid_until),
            }  # fmt: skip
        items.append(
            Item(
                f"o{f.pk}", "D" if f.self_made else "C", f.title, f.name, _("自己存的"),
                f.added_at.astimezone(CHINA).date(), cn_date(f.valid_until) if f.valid_until else "", refusal,
                f.file_id, reverse("hall:own-file", args=[f.pk]), removable=True,
            )
        )  # fmt: skip
    return items


def _until(written: str) -> str:
    try:
        return cn_date(date.fromisoformat(written))
    except ValueError:
        return written


def _plain(name: str) -> str:
    return name.split("（", maxsplit=1)[0].replace("《", "").replace("》", "").strip()
