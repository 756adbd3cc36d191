"""Reads of disclosure on request: the register, who asks unusually often, what is public, which units take requests."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet, Sum

from tongban.engine.house import house_version
from tongban.engine.models import Case
from tongban.engine.people import scopes
from tongban.platforms.inquiry.models import Digest, Dispute, Inquiry
from tongban.platforms.inquiry.rules import book, roles
from tongban.registry.models import Account, Organisation, Post
from tongban.registry.models.permissions import Verb
from tongban.registry.queries import as_of
from tongban.registry.search import terms_of


@dataclass(frozen=True, slots=True)
class Often:
    """How many requests an applicant has made of a unit in the month of one of them; `unusual` by the rule in force."""

    count: int
    most: int

    @property
    def unusual(self) -> bool:
        """明显超过合理范围 (条例第三十五条): a hint to the clerk, who judges."""
        return self.count > self.most


def inquiries_for(account: Account, verb: str = Verb.VIEW) -> QuerySet[Inquiry]:
    """The register as far as the account may see it, newest first."""
    reach = scopes(account).of(verb).q(org="org_id", matter="case__matter_id", secrecy="case__secrecy")
    return Inquiry.objects.filter(reach).select_related("case", "org").order_by("-submitted_on", "-case_id")


def disputes_for(account: Account, verb: str = Verb.VIEW) -> QuerySet[Dispute]:
    """Reconsideration and litigation of the units whose register the account sees."""
    reach = scopes(account).of(verb).q(org="org_id", matter=None, secrecy=None)
    return Dispute.objects.filter(reach).select_related("org", "inquiry").order_by("-filed_on", "-id")


def works_for(account: Account, org: int, verb: str = Verb.HANDLE) -> bool:
    """Whether the account does the verb on requests of a unit: by its role there, or permitted for this matter."""
    version = house_version("inquiry", org)
    return scopes(account).of(verb).admits(org, None if version is None else version.offering.matter_id)


def inquiry_of(case: Case) -> Inquiry | None:
    """The request a case carries; the caller has found the case by what its asker may see."""
    return Inquiry.objects.select_related("org", "case").filter(pk=case.pk).first()


def how_often(inquiry: Inquiry) -> Often:
    """Requests of the same applicant to the same unit in the month of receipt, this one among them; items count."""
    day = inquiry.received_on or inquiry.submitted_on
    return Often(
        items_in_month(inquiry.org_id, inquiry.applicant_key, day), int(book()["often"]["per_month"])
    )


def items_in_month(org: int, applicant_key: str, day: date, but: int = 0) -> int:
    """Items that an applicant asked of a unit in a natural month (received, or submitted while not yet confirmed)."""
    rows = Inquiry.objects.filter(org_id=org, applicant_key=applicant_key).exclude(pk=but)
    month = rows.filter(received_on__year=day.year, received_on__month=day.month) | rows.filter(
        received_on=None, submitted_on__year=day.year, submitted_on__month=day.month
    )
    return int(month.aggregate(n=Sum("items"))["n"] or 0)


def public_digests() -> QuerySet[Digest]:
    """Digests that the public may read, newest first."""
    rows = Digest.objects.filter(released_at__isnull=False, withdrawn_at=None)
    return rows.select_related("inquiry__org").order_by("-released_at", "-pk")


def find_digests(text: str, limit: int = 30) -> list[Digest]:
    """Public digests that hold the words that matter of a question, those with most of them first."""
    asked = {term.lexeme for term in terms_of(text) if term.needed}
    if not asked:
        return []
    rows = list(public_digests().filter(words__overlap=sorted(asked))[:200])
    rows.sort(key=lambda row: (-len(asked & set(row.words)), -row.pk))
    return rows[:limit]


def units_taking() -> list[tuple[Organisation, str]]:
    """Units that have the posts to take requests, with their names, by credit code."""
    wanted = [role.split("|") for role in roles().values()]
    held: dict[int, set[str]] = {}
    for org, role in Post.objects.filter(abolished_on=None).values_list("organisation_id", "role"):
        held.setdefault(org, set()).add(role)
    able = {org for org, has in held.items() if all(has.intersection(any_of) for any_of in wanted)}
    nodes = as_of().nodes
    rows = Organisation.objects.filter(pk__in=able).order_by("code")
    return [(o, nodes[o.pk].name) for o in rows if o.pk in nodes and not nodes[o.pk].abolished]
