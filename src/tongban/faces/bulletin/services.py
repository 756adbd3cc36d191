"""What the supervision office does with a bulletin: draft it, count anew, write in it, release it."""

from collections.abc import Mapping
from datetime import date, datetime
from io import BytesIO

from django.db import IntegrityError, transaction

from tongban.base.calendar import CHINA
from tongban.base.files import store_upload
from tongban.base.typeset import FontsMissing
from tongban.engine.errors import Refused
from tongban.faces.bulletin.counting import count
from tongban.faces.bulletin.document import PARTS, compose, first_demands
from tongban.faces.bulletin.models import Bulletin
from tongban.faces.bulletin.press import pdf_of
from tongban.faces.bulletin.queries import is_office
from tongban.faces.bulletin.sheet import sheet_of
from tongban.faces.bulletin.witness import anchor
from tongban.registry.models import Account

LONGEST = 4000  # characters of one part


@transaction.atomic
def draft(account: Account, month: date) -> Bulletin:
    """Draft the bulletin of the month that begins on that day.

    Raises Refused: not_permitted, bulletin_exists, bulletin_month_open, statistics_not_ready.
    """
    _only_office(account)
    first = month.replace(day=1)
    if Bulletin.objects.filter(month=first).exists():
        raise Refused("bulletin_exists", "这个月的监察通报已经有了。")
    counted = count(account, first)
    try:
        with transaction.atomic():
            return Bulletin.objects.create(
                month=first, content=compose(counted), typed={"demands": first_demands(counted)},
                counted_at=counted.counted_at, drafted_by=account,
            )  # fmt: skip
    except IntegrityError:
        raise Refused("bulletin_exists", "这个月的监察通报已经有了。") from None


@transaction.atomic
def recount(account: Account, bulletin_id: int) -> Bulletin:
    """Count the figures of a draft anew; what was typed stays.

    Raises Refused: not_permitted, not_found, bulletin_released, statistics_not_ready.
    """
    bulletin = _draft(account, bulletin_id)
    counted = count(account, bulletin.month)
    bulletin.content, bulletin.counted_at = compose(counted), counted.counted_at
    bulletin.revision += 1
    bulletin.save(update_fields=["content", "counted_at", "revision"])
    return bulletin


@transaction.atomic
def write(account: Account, bulletin_id: int, typed: Mapping[str, str], *, revision: int) -> Bulletin:
    """Keep the paragraphs of a draft, by the keys of its parts.

    Raises Refused: not_permitted, not_found, bulletin_released, bulletin_changed, text_too_long.
    """
    bulletin = _draft(account, bulletin_id, revision)
    for key in PARTS:
        if len(typed.get(key, "")) > LONGEST:
            raise Refused("text_too_long", f"每一部分最多 {LONGEST} 字。", detail={"field": key})
    bulletin.typed = {key: typed[key].strip() for key in PARTS if typed.get(key, "").strip()}
    bulletin.revision += 1
    bulletin.save(update_fields=["typed", "revision"])
    return bulletin


@transaction.atomic
def discard(account: Account, bulletin_id: int) -> None:
    """Throw a draft away. Raises Refused: not_permitted, not_found, bulletin_released."""
    _draft(account, bulletin_id).delete()


@transaction.atomic
def release(account: Account, bulletin_id: int, *, revision: int) -> Bulletin:
    """Release a draft as it was seen: number, PDF, Word file and digest in the ledger come with it, nothing changes after.

    Raises Refused: not_permitted, not_found, bulletin_released, bulletin_changed, fonts_missing.
    """
    bulletin = _draft(account, bulletin_id, revision)
    year = Bulletin.objects.select_for_update().filter(
        month__year=bulletin.month.year, status=Bulletin.Status.RELEASED
    )
    last = max((b.number or 0 for b in year), default=0)
    bulletin.number, bulletin.released_by, bulletin.released_at = last + 1, account, datetime.now(CHINA)
    bulletin.status = Bulletin.Status.RELEASED
    from tongban.faces.bulletin.word import word_of  # late: Word's library is wanted once a month

    sheet = sheet_of(bulletin, account)
    try:
        pdf, word = pdf_of(sheet), word_of(sheet)
    except FontsMissing as missing:
        raise Refused("fonts_missing", f"{missing}{missing.remedy}") from None
    bulletin.pdf = store_upload(BytesIO(pdf), "bulletin.pdf", allowed={"pdf"})
    bulletin.word = store_upload(BytesIO(word), "bulletin.docx", allowed={"docx"})
    bulletin.revision += 1
    bulletin.save()
    anchor(bulletin)
    return bulletin


def _only_office(account: Account) -> None:
    if not is_office(account):
        raise Refused("not_permitted", "只有对全部单位有监察权限的人员可以编发监察通报。")


def _draft(account: Account, bulletin_id: int, revision: int | None = None) -> Bulletin:
    _only_office(account)
    bulletin = Bulletin.objects.select_for_update().filter(pk=bulletin_id).first()
    if bulletin is None:
        raise Refused("not_found", "没有这期监察通报。")
    if not bulletin.is_draft:
        raise Refused("bulletin_released", "这期监察通报已经发布，不能再改。")
    if revision is not None and bulletin.revision != revision:
        raise Refused("bulletin_changed", "您打开以后，这期通报又改过了。请看过新的内容，再保存或者发布。")
    return bulletin
