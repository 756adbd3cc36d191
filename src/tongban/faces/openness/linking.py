"""What belongs to a document besides other documents: questions that were answered in public. Set and taken back at the desk."""

from collections.abc import Collection, Iterable

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.format import cn_date
from tongban.engine.errors import Refused
from tongban.faces.openness.models import Question
from tongban.platforms.consultation.queries import public_answers
from tongban.platforms.disclosure import search
from tongban.platforms.disclosure.models import Link, Record
from tongban.platforms.disclosure.search import Chosen
from tongban.platforms.disclosure.services import permitted
from tongban.platforms.disclosure.services.deeds import tell
from tongban.platforms.disclosure.together import Companion, Section
from tongban.platforms.inquiry.queries import public_digests
from tongban.registry.models import Account
from tongban.registry.queries import organisation_name

MOST = 15
"""Records, and answers, that a search at the desk shows."""
#: What the other end may be to this one: key → (words, kind of link, whether this one is its source).
ROLES: dict[str, tuple[str, str, bool]] = {
    "interpreted_by": ("解读这份文件的", Link.Kind.INTERPRETS, False),
    "interprets": ("这份文件解读的", Link.Kind.INTERPRETS, True),
    "consulted_as": ("这份文件的征求意见稿", Link.Kind.CONSULTED_AS, True),
    "became": ("征求意见后的正式文件", Link.Kind.CONSULTED_AS, False),
    "replaces": ("被这份文件替代的", Link.Kind.REPLACES, True),
    "amends": ("被这份文件修改的", Link.Kind.AMENDS, True),
    "repeals": ("被这份文件废止的", Link.Kind.REPEALS, True),
    "forwards": ("这份文件转发的", Link.Kind.FORWARDS, True),
}


def sections(records: Collection[int]) -> Iterable[Section]:
    """问答: the public questions about these documents, told by their keys, the newest first."""
    rows = list(questions_of(records))
    yield Section(
        _("问答"),
        tuple(
            dict.fromkeys(
                Companion(title_of(row), address_of(row), answered_by(row)) for row in rows if is_public(row)
            )
        ),
    )


def questions_of(records: Collection[int]) -> Iterable[Question]:
    """What was tied to these documents, public still or not, the newest first."""
    rows = Question.objects.filter(record__in=records)
    return rows.select_related("answer__consultation", "digest__inquiry").order_by("-pk")


def is_public(row: Question) -> bool:
    """Whether anybody may read it: released and not withdrawn."""
    held = row.answer or row.digest
    return held is not None and held.released_at is not None and held.withdrawn_at is None


def title_of(row: Question) -> str:
    """What was asked."""
    return row.answer.question if row.answer else row.digest.subject if row.digest else ""


def address_of(row: Question) -> str:
    """Where the public reads it."""
    if row.answer:
        return reverse("hall:answer", args=[row.answer.consultation.number])
    return reverse("openness:digest", args=[row.digest.inquiry.number]) if row.digest else ""


def answered_by(row: Question) -> str:
    """Who answered, and when it became public."""
    held = row.answer or row.digest
    org = row.answer.consultation.org_id if row.answer else row.digest.inquiry.org_id if row.digest else 0
    return " · ".join((organisation_name(org), cn_date(held.released_at))) if held else ""


def tie(account: Account, record: Record, kind: str, number: str) -> Question:
    """Say that a public answer ("answer", by its number) or digest ("digest") is about a document.

    Raises Refused: "not_permitted", "not_found".
    """
    permitted(account, record.publisher_id, "handle")
    answer = public_answers().filter(consultation__number=number).first() if kind == "answer" else None
    digest = public_digests().filter(inquiry__number=number).first() if kind == "digest" else None
    if answer is None and digest is None:
        raise Refused("not_found", "没有这条公开的答复，或者它已经撤下。")
    row, created = Question.objects.get_or_create(
        record=record, answer=answer, digest=digest, defaults={"set_by": account}
    )
    if created:
        tell(record, "related", account, kind=kind, target=number)
    return row


def untie(account: Account, record: Record, question: int) -> None:
    """Take that back. Raises Refused: "not_permitted", "not_found"."""
    permitted(account, record.publisher_id, "handle")
    row = Question.objects.filter(record=record, pk=question).first()
    if row is None:
        raise Refused("not_found", "没有这条关联，可能已经解除。")
    row.delete()
    tell(record, "unrelated", account, kind="question", target=title_of(row))


def records_like(account: Account, text: str, but: Record) -> list[Record]:
    """Records for the other end: public ones by words or number, and those of one's own units by title or number."""
    found = [hit.pk for hit in search.find(text, Chosen()).hits[:MOST]]
    own = Record.objects.visible_to(account).filter(
        Q(title__icontains=text) | Q(number__icontains=text) | Q(index_number=text)
    )
    found += list(own.exclude(state=Record.State.WITHDRAWN).values_list("pk", flat=True)[:MOST])
    rows = Record.objects.filter(pk__in=found).exclude(pk=but.pk).defer("body", "words")
    return list(rows.order_by("-published_on", "-pk")[:MOST])


def answers_like(text: str) -> list[tuple[str, str, str, str]]:
    """Public answers and digests whose question holds the text: kind, number, question, who answered."""
    answers = public_answers().filter(question__icontains=text)[:MOST]
    digests = public_digests().filter(subject__icontains=text)[:MOST]
    return [
        *(
            ("answer", a.consultation.number, a.question, organisation_name(a.consultation.org_id))
            for a in answers
        ),
        *(("digest", d.inquiry.number, d.subject, organisation_name(d.inquiry.org_id)) for d in digests),
    ]
