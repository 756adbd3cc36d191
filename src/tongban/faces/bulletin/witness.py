"""Released bulletins in the ledger: their digests stand in the register of supervision, and `ledger verify` compares."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from tongban.base.canonical import canonical, digest
from tongban.engine.ledger.verify import Misfit
from tongban.engine.services import SYSTEM, perform
from tongban.faces.bulletin.models import Bulletin
from tongban.platforms.supervision.register import register_case
from tongban.platforms.supervision.witness import anchored_digests

TABLE = "bulletin_bulletin"


def anchor(bulletin: Bulletin) -> None:
    """Bind a bulletin just released into the chain of the register."""
    record = {"table": TABLE, "key": str(bulletin.pk), "sha256": digest_of(bulletin)}
    perform(
        SYSTEM, register_case(), "anchor", command_id=uuid5(NAMESPACE_URL, f"bulletin:{bulletin.pk}"),
        data={"records": [record]}, channel="system",
    )  # fmt: skip


def bulletins_fit(only: Sequence[int] | None) -> Iterator[Misfit]:
    """Released bulletins against the digests in the register. Of some cases only: not asked."""
    if only is not None:
        return
    kept = anchored_digests(TABLE)
    for bulletin in Bulletin.objects.filter(status=Bulletin.Status.RELEASED).order_by("pk"):
        was, now = kept.pop(str(bulletin.pk), ""), digest_of(bulletin)
        if not was:
            yield Misfit("record_extra", detail=bulletin.title)
        elif was != now:
            yield Misfit("record_altered", expected=was, found=now, detail=bulletin.title)
    for key, was in sorted(kept.items()):
        yield Misfit("record_missing", expected=was, detail=f"监察通报第 {key} 号")


def digest_of(bulletin: Bulletin) -> str:
    """SHA-256 of everything a released bulletin says, as hex. Figures as the text they are kept in."""
    said = {
        "month": bulletin.month, "number": bulletin.number, "content": _plain(bulletin.content),
        "typed": bulletin.typed, "counted_at": _instant(bulletin.counted_at), "released_at": _instant(bulletin.released_at),
        "by": bulletin.released_by_id, "pdf": bulletin.pdf_id, "word": bulletin.word_id,
    }  # fmt: skip
    return digest(canonical(said), "sha256").hex()


def _instant(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat()


def _plain(value: object) -> object:
    """The same without floats, which canonical JSON refuses: as their shortest text."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value
