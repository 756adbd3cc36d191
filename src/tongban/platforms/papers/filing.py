"""Filing (归档): a finished case becomes a package, kept as long as the retention rules say."""

from datetime import date
from io import BytesIO
from typing import Any

import orjson
from django.db import transaction
from django.db.models import Exists, OuterRef

from tongban.base.calendar import CHINA
from tongban.base.files import clean_filename, open_file, store_upload
from tongban.base.models import StoredFile
from tongban.engine.errors import Refused
from tongban.engine.ledger.errors import LedgerError
from tongban.engine.ledger.note import Verifier, open_note, read_head
from tongban.engine.ledger.proof import make_proof
from tongban.engine.models import Attachment, Case, CaseData, OutboxRow
from tongban.engine.queries import case_row, finished_cases, who_is_erased
from tongban.platforms.papers.bag import make_bag
from tongban.platforms.papers.models import ArchivePackage, Paper, RetentionRule
from tongban.platforms.papers.numbers import next_serial
from tongban.registry.queries import organisation_name

Period = RetentionRule.Period
_CODES = {Period.TEN: "D10", Period.THIRTY: "D30", Period.PERMANENT: "YJ"}
MOST_BYTES = 2**30


def file_finished(limit: int = 200) -> int:
    """File finished cases whose last events are under a signed checkpoint; returns how many. Safe at any time.

    A case to which something was added after it was filed (a revoked result, an erasure) is filed once more.
    """
    filed = ArchivePackage.objects.filter(case=OuterRef("pk"), events__gte=OuterRef("seq"))
    waiting = OutboxRow.objects.filter(case=OuterRef("pk"), sent_at=None)
    rows = finished_cases().exclude(Exists(filed)).exclude(Exists(waiting)).order_by("pk")
    done = 0
    for pk in rows.values_list("pk", flat=True)[:limit]:
        done += file_case(pk) is not None
    return done


@transaction.atomic
def file_case(case_id: int) -> ArchivePackage | None:
    """File one finished case; None while its last events are not sealed, or where it is filed as it stands.

    Raises Refused("not_finished", "retention_missing").
    """
    case = case_row(case_id)
    if case.phase != Case.Phase.CLOSED or case.concluded_at is None:
        raise Refused("not_finished", "办结以后才能归档。")
    last = ArchivePackage.objects.filter(case=case).order_by("-no").first()
    if last is not None and last.events >= case.seq:
        return None
    try:
        proof = make_proof(case.number, personal=True)
    except LedgerError:
        return None
    if proof["unsealed"]:
        return None
    rule = retention(case)
    closed = case.concluded_at.astimezone(CHINA).date()
    serial = next_serial(case.org_id, f"archive{rule.period}", closed.year)
    number = f"{case.org.code[8:17]}-{closed.year}-{_CODES[Period(rule.period)]}-{serial:05d}"
    files, documents = _files(case, proof, number)
    head = _checkpoint(proof)
    info = {
        "Source-Organization": organisation_name(case.org_id, closed),
        "External-Identifier": number,
        "External-Description": f"{case.offering_version.name} {case.number}",
        "Bagging-Date": proof["made_at"][:10],
        "Retention": Period(rule.period).label,
        "Retention-Basis": rule.basis,
    }
    stored = store_upload(
        BytesIO(make_bag(info, files)), f"{number}.zip", max_bytes=MOST_BYTES, allowed={"zip"}
    )
    return ArchivePackage.objects.create(
        case=case, no=1 if last is None else last.no + 1, archival_number=number, year=closed.year,
        organisation_id=case.org_id, period=rule.period, keep_until=_until(closed, rule.period), basis=rule.basis,
        file=stored, documents=documents, events=case.seq, checkpoint=head,
    )  # fmt: skip


def retention(case: Case) -> RetentionRule:
    """The rule by which a case is kept: the most particular one in force on the day it ended."""
    closed = case.concluded_at.astimezone(CHINA).date() if case.concluded_at else None
    rules = {
        (r.matter_kind, r.result): r
        for r in RetentionRule.objects.filter(
            valid__contains=closed, matter_kind__in=["", case.matter.kind], result__in=["", case.result]
        )
    }
    kind = str(case.matter.kind)
    for key in ((kind, case.result), ("", case.result), (kind, ""), ("", "")):
        if key in rules:
            return rules[key]
    raise Refused("retention_missing", "没有适用的保管期限规则。")


def _until(closed: date, period: str) -> date | None:
    """Kept to the end of the year so many years after the year it ended in (DA/T 22)."""
    return None if period == Period.PERMANENT else date(closed.year + int(period), 12, 31)


def _files(case: Case, proof: dict[str, Any], number: str) -> tuple[dict[str, bytes], int]:
    files: dict[str, bytes] = {}
    papers = list(Paper.objects.filter(case=case).select_related("file", "form").order_by("seq"))
    erased = who_is_erased(case.pk)
    for n, paper in enumerate(() if erased else papers, 1):
        files[f"documents/{n:02d}-{clean_filename(paper.name)}.pdf"] = _bytes(paper.file)
    materials = Attachment.objects.filter(case=case).select_related("file").order_by("added_at", "pk")
    if erased:  # what was handed in tells of who applied as much as the form does
        materials = materials.none()
    listed = []
    for n, a in enumerate(materials, 1):
        name = f"materials/{n:02d}-{clean_filename(a.name)}"
        files[name] = _bytes(a.file)
        listed.append({"file": name, "material": a.material, "replaced": a.replaced_at is not None})
    form = CaseData.objects.filter(case_id=case.pk).order_by("no")
    told = {
        "archival_number": number,
        "number": case.number,
        "uid": case.uid,
        "kind": case.kind,
        "title": case.offering_version.name if erased else case.title,
        "matter": case.offering_version.name,
        "matter_version": case.offering_version.no,
        "organisation": organisation_name(case.org_id),
        "applicant": "" if erased else case.applicant_name,
        "opened_at": case.opened_at,
        "accepted_at": case.accepted_at,
        "decided_at": case.decided_at,
        "concluded_at": case.concluded_at,
        "result": case.result,
        "state": case.state,
        "form": [] if erased else [{"no": row.no, "data": row.data} for row in form],
        "erased": [p.file_id for p in papers] if erased else [],
        "documents": [
            {"name": p.name, "number": p.number, "form": str(p.form), "sha256": p.file_id} for p in papers
        ],
        "materials": listed,
    }
    option = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
    files["case.json"] = orjson.dumps(told, default=str, option=option)
    files["proof.json"] = orjson.dumps(proof, default=str, option=option)
    return files, 0 if erased else len(papers)


def _bytes(stored: StoredFile) -> bytes:
    with open_file(stored) as file:
        return file.read()


def _checkpoint(proof: dict[str, Any]) -> int:
    return read_head(open_note(proof["checkpoint"], Verifier.parse(proof["key"]))).no
