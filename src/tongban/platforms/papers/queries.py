"""Reads of documents and results: whose, which, and whether a result is still in force."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from tongban.base.calendar import CHINA
from tongban.engine import codec, kinds
from tongban.engine.machine.results import ENDINGS
from tongban.engine.models import Case, EventRow
from tongban.engine.queries import can_see, case_by_number
from tongban.engine.state import Certificate
from tongban.platforms.papers.content import EVENTS, form_of, name_of
from tongban.platforms.papers.models import Paper, PaperForm, ResultNumber
from tongban.platforms.papers.numbers import plain
from tongban.registry.models import Account
from tongban.registry.queries import today

SAME = 20  # results of one number that are looked through


@dataclass(frozen=True, slots=True)
class Validity:
    """Whether a result is in force: valid 有效, expired 已过期, ended 撤销、注销…, replaced 已换发."""

    status: str
    words: str
    since: date | None = None
    reason: str = ""
    replaced_by: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a case, made already or to be made when asked for (then without a number)."""

    seq: int
    name: str
    on: date
    number: str = ""


def documents_of(actor: Account, case: Case) -> tuple[Document, ...]:
    """The documents of a case, first issued first; none where the case is not theirs to see."""
    if not can_see(actor, case):
        return ()
    made = {p.seq: p for p in Paper.objects.filter(case=case)}
    names = dict(PaperForm.objects.order_by("no").values_list("key", "name"))
    found = []
    for e in EventRow.objects.filter(case_id=case.pk, type__in=EVENTS).order_by("seq"):
        key = form_of(case.kind, e.type, e.payload)
        if not key:
            continue
        paper = made.get(e.seq)
        name = paper.name if paper is not None else name_of(names.get(key, ""), case, e.payload)
        day = e.occurred_at.astimezone(CHINA).date()
        found.append(Document(e.seq, name, day, paper.number if paper is not None else ""))
    return tuple(found)


def papers_of(actor: Account, case: Case) -> QuerySet[Paper]:
    """The documents of a case that the actor may see: all, or none."""
    rows = Paper.objects.filter(case=case).select_related("file")
    return rows if can_see(actor, case) else rows.none()


def paper_by_token(token: str) -> Paper | None:
    """The document whose QR code was scanned: who has the code has the document. Never of a secret case."""
    return _public(Paper.objects.filter(token=token.strip().upper()))


def paper_by_digest(sha256: str) -> Paper | None:
    """The document with exactly these bytes. Never of a secret case."""
    return _public(Paper.objects.filter(file_id=sha256))


def cases_of_result(number: str) -> list[Case]:
    """The cases whose result bears this number: one, unless several wrote the same on paper certificates; at most SAME."""
    asked = plain(number)
    case = case_by_number(asked.rpartition("-")[0] or asked)
    held = certificate_of(case) if case is not None else None
    rows = ResultNumber.objects.filter(number=asked).order_by("pk").values_list("case__number", flat=True)
    named = [found for n in rows[:SAME] if (found := case_by_number(n)) is not None]
    if case is None or held is None or plain(held.number) != asked:
        return named
    return [case, *(c for c in named if c.pk != case.pk)]


def certificate_of(case: Case) -> Certificate | None:
    """The result of a case."""
    return codec.load(case.state).certificate


def validity(certificate: Certificate, on: date | None = None) -> Validity:
    """How a result stands on a day (today when not said)."""
    day = on or today()
    if certificate.ended is not None and certificate.ended.date() <= day:
        since = certificate.ended.date()
        if certificate.how == "replaced":
            return Validity("replaced", "已换发新证", since, "", certificate.replaced_by)
        return Validity("ended", f"已{ENDINGS.get(certificate.how, '失效')}", since, certificate.reason)
    last = _last_day(certificate.valid_until)
    if last is not None and last < day:
        return Validity("expired", "已过有效期", last)
    return Validity("valid", "有效")


def _last_day(written: str) -> date | None:
    """The last day of validity; None where it is lasting, or imported as words that are no date."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _public(rows: QuerySet[Paper]) -> Paper | None:
    paper = rows.select_related("case", "case__offering_version", "file").first()
    if paper is None or paper.case.secrecy or not kinds.kind(paper.case.kind).public:
        return None
    return paper
