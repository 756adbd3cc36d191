"""保管期限和到期处置: rules by date, what is due, and what was decided of it.

A period that is over destroys nothing by itself: somebody looks (鉴定) and decides, with a document; the decision stays.
Destroying removes what names the applicant (个人信息保护法第四十七条第一款第二项); number, digest and ledger stay.
"""

from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import DateField, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tongban.engine.errors import Refused
from tongban.engine.ledger.erasure import erase_case
from tongban.engine.models import Case
from tongban.engine.people import scopes
from tongban.engine.queries import who_is_erased
from tongban.platforms.papers.models import ArchivePackage, Disposal, RetentionRule
from tongban.registry.models import Account
from tongban.registry.queries import today

MOST_YEARS = 50


def may_set_rules(account: Account) -> bool:
    """Who administers the whole installation sets how long files are kept."""
    return scopes(account).of("administer").admits(None)


def may_dispose(account: Account) -> bool:
    """Whether the account decides of filed cases anywhere: it needs the verb ledger."""
    return bool(scopes(account).of("ledger"))


@transaction.atomic
def set_rule(
    account: Account, *, matter_kind: str, result: str, period: str, basis: str, starts: date
) -> RetentionRule:
    """Have cases that end from a day on be kept so long; the rule before it ends that day.

    Raises Refused: not_permitted, missing_field, form_starts.
    """
    if not may_set_rules(account):
        raise Refused("not_permitted", "保管期限由系统管理员设定。")
    if period not in RetentionRule.Period.values:
        raise Refused("missing_field", "请选择保管期限。", detail={"field": "period"})
    if not basis.strip():
        raise Refused("missing_field", "请写明依据。", detail={"field": "basis"})
    rows = RetentionRule.objects.select_for_update().filter(matter_kind=matter_kind, result=result)
    last = rows.order_by("-valid").first()
    if starts <= today() or (last is not None and starts <= last.valid.lower):
        raise Refused("form_starts", "新的规则最早从明天、现行规则启用之后开始。", detail={"field": "starts"})
    if last is not None:
        last.valid = DateRange(last.valid.lower, starts)
        last.save(update_fields=["valid"])
    return RetentionRule.objects.create(
        matter_kind=matter_kind,
        result=result,
        period=period,
        basis=basis.strip(),
        valid=DateRange(starts, None),
    )


def due_packages(account: Account, on: date | None = None) -> QuerySet[ArchivePackage]:
    """The filed cases whose period is over and of which nothing is decided, with `kept_until`; the latest filing of each."""
    later = ArchivePackage.objects.filter(case=OuterRef("case"), no__gt=OuterRef("no"))
    extended = Disposal.objects.filter(case=OuterRef("case"), kind=Disposal.Kind.EXTEND).order_by("-until")
    destroyed = Disposal.objects.filter(case=OuterRef("case"), kind=Disposal.Kind.DESTROY)
    kept = Coalesce(Subquery(extended.values("until")[:1]), "keep_until", output_field=DateField())
    return (
        ArchivePackage.objects.filter(case__in=Case.objects.visible_to(account, "ledger"))
        .annotate(kept_until=kept)
        .filter(~Exists(later), ~Exists(destroyed), kept_until__lt=on or today())
        .select_related("case__offering_version")
        .order_by("kept_until", "archival_number")
    )


@transaction.atomic
def decide(
    account: Account, package: ArchivePackage, *, kind: str, document: str, reason: str, years: int = 0
) -> Disposal:
    """Record what was decided of a filed case that is due: kept `years` longer, or destroyed, which is done at once.

    Raises Refused: not_permitted, not_due, missing_field, out_of_range.
    """
    case = package.case
    if not scopes(account).of("ledger").admits(case.org_id, case.matter_id, case.secrecy):
        raise Refused("not_permitted", "到期处置需要存证核验权限。")
    if not due_packages(account).filter(pk=package.pk).exists():
        raise Refused("not_due", "这份归档文件没有到期，或者已经处置。")
    said = {"document": document.strip()[:60], "reason": reason.strip()[:500]}
    for name, what in (("document", "鉴定意见文号"), ("reason", "理由")):
        if not said[name]:
            raise Refused("missing_field", f"请填写{what}。", detail={"field": name})
    if kind == Disposal.Kind.DESTROY:
        if not who_is_erased(case.pk):
            erase_case(account, case.pk, f"保管期满，经鉴定销毁（{said['document']}）")
        return Disposal.objects.create(case=case, package=package, kind=kind, by=account, **said)
    if kind != Disposal.Kind.EXTEND:
        raise Refused("missing_field", "请选择怎样处置。", detail={"field": "kind"})
    if not 1 <= years <= MOST_YEARS:
        raise Refused("out_of_range", f"延长 1 到 {MOST_YEARS} 年。", detail={"field": "years"})
    until = date(today().year + years, 12, 31)
    return Disposal.objects.create(case=case, package=package, kind=kind, until=until, by=account, **said)
