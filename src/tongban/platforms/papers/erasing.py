"""依法清除 of documents, packages and uploads: with a personal value goes what was made of it; digest and fact stay."""

from django.db import transaction
from django.utils import timezone

from tongban.base.files import erase_content, is_needed
from tongban.engine.kinds import Erasure
from tongban.engine.queries import WHO
from tongban.platforms.papers.models import ArchivePackage, ErasedFile, Paper

_OURS = (Paper, ArchivePackage, ErasedFile)


def forget(erasure: Erasure) -> None:
    """In the transaction that erases a value: packages hold every value, documents say who applied.

    The bytes are removed after the commit, at the latest by the worker (`remove_erased`). The case is filed anew.
    """
    files = set(ArchivePackage.objects.filter(case_id=erasure.case_id).values_list("file_id", flat=True))
    if erasure.path == WHO:
        files |= set(erasure.files)  # what was handed in: the case does not hold it any more
        files |= set(Paper.objects.filter(case_id=erasure.case_id).values_list("file_id", flat=True))
    ErasedFile.objects.bulk_create(
        [
            ErasedFile(case_id=erasure.case_id, file_id=f, seq=erasure.recorded_seq, at=erasure.at)
            for f in sorted(files)
        ],
        ignore_conflicts=True,
    )
    transaction.on_commit(remove_erased)


def remove_erased() -> int:
    """Remove the bytes of what was erased; what somebody handed in elsewhere is theirs and stays there. How many went."""
    removed = 0
    for row in ErasedFile.objects.filter(removed_at=None).order_by("pk"):
        if is_needed(row.file_id, besides=_OURS):
            continue
        erase_content(row.file_id)
        removed += ErasedFile.objects.filter(pk=row.pk).update(removed_at=timezone.now())
    return removed


def is_erased(case_id: int, sha256: str) -> bool:
    """Whether this document or package of the case was erased: it is then served to nobody."""
    return ErasedFile.objects.filter(case_id=case_id, file_id=sha256).exists()
