"""换发: a result that was granted in place of an older one ends that one, in the transaction that issues it.

The matter says which field of its form names the older number (`params.replaces`). Only a result in force of the same unit
and the same applicant is ended: a number that somebody wrote wrongly ends nobody else's.
"""

from uuid import uuid5

from tongban.engine.kinds import Change
from tongban.engine.models import Case
from tongban.engine.queries import case_row, latest_form
from tongban.engine.services import SYSTEM, perform
from tongban.platforms.papers.queries import cases_of_result, certificate_of


def renew(change: Change) -> None:
    """On `result.issued`: end the result whose number the form names. Raises Refused "busy" when somebody has its case."""
    facts = change.facts
    field = facts.definition.terms.replaces
    named = str((facts.form or latest_form(facts.case_id)).get(field) or "").strip() if field else ""
    if not named:
        return
    number = str(change.event.payload["number"])
    for old in cases_of_result(named):
        held = certificate_of(old)
        if old.pk == facts.case_id or held is None or held.ended is not None or not _same(old, change):
            continue
        perform(
            SYSTEM,
            old.pk,
            "replace_result",
            command_id=uuid5(old.uid, f"replaced by {facts.number}"),
            data={"by": number},
            channel="system",
        )


def _same(old: Case, change: Change) -> bool:
    """Whether both results are of one unit and one applicant, by account or by identity number."""
    facts = change.facts
    if old.org_id != facts.org:
        return False
    if facts.applicant is not None and old.applicant_id == facts.applicant:
        return True
    try:
        digest = case_row(facts.case_id).applicant_digest
    except Case.DoesNotExist:  # issued by the very command that opens the case
        return False
    return bool(digest) and digest == old.applicant_digest
