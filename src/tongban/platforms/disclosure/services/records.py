"""Records: written, mended, released under an index number, withdrawn."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongban.base.codes.doc_number import import_doc_number
from tongban.engine.errors import Instead, Refused
from tongban.platforms.disclosure.metadata import CLASSES, ELEMENTS
from tongban.platforms.disclosure.models import Record
from tongban.platforms.disclosure.provisions import schemes
from tongban.platforms.disclosure.services.annexes import annex_texts
from tongban.platforms.disclosure.services.deeds import tell
from tongban.platforms.disclosure.services.numbering import kept_index_number, next_index_number
from tongban.platforms.disclosure.services.originals import goes_out
from tongban.platforms.disclosure.services.permitting import frozen, permitted
from tongban.platforms.disclosure.services.validity import mark_targets, validity_of
from tongban.platforms.disclosure.words import digest_of, words_of
from tongban.registry.models import Account, Organisation
from tongban.registry.queries import today


def create_record(account: Account, org: Organisation, fields: Mapping[str, Any]) -> Record:
    """Write a draft for a unit. Raises Refused: "not_permitted", "missing_field"."""
    permitted(account, org.pk, "handle")
    with transaction.atomic():
        record = Record(publisher=org, created_by=account)
        put(record, fields)
        record.save()
        tell(record, "created", account)
    return record


def mend_record(account: Account, record: Record, fields: Mapping[str, Any]) -> Record:
    """Change a draft, or the classes of what is released; words that the public reads go through a review.

    Raises Refused: "not_permitted", "missing_field", "frozen" for what was handed on or published as it stands.
    """
    permitted(account, record.publisher_id, "handle")
    with transaction.atomic():
        held = Record.objects.select_for_update().get(pk=record.pk)
        if set(fields) - _open_to(held):
            raise frozen()
        before = {name: str(getattr(held, name)) for name in fields}
        theme, body = held.theme, held.body
        put(held, fields)
        if held.theme != theme and "theme_second" not in fields:
            held.theme_second = ""
        if held.body != body:
            held.file_cleared = False  # whoever cleared the file compared it with the text as it was
        if held.state == Record.State.RELEASED:
            held.words = words_of(held, annex_texts(held))
        held.updated_at = timezone.now()
        held.save()
        changed = {name: was for name, was in before.items() if was != str(getattr(held, name))}
        if changed:
            tell(
                held,
                "mended" if held.state == Record.State.DRAFT else "classed",
                account,
                fields=sorted(changed),
            )
    return held


def release(
    account: Account | None,
    record: Record,
    *,
    published_on: date | None = None,
    index_number: str = "",
    at: datetime | None = None,
) -> Record:
    """Put a record into the public catalogue under an index number, which it keeps for ever.

    `index_number` is one that another system gave before; it is kept as it is. Otherwise the next of the publisher and
    the year of publication. Raises Refused: "not_proactive", "index_taken", "no_code", "missing_field".
    """
    if record.attribute != Record.Attribute.PROACTIVE:
        raise Refused("not_proactive", "只有主动公开的信息才进入公开目录。")
    if not record.title:
        raise Refused("missing_field", "请填写名称。", detail={"field": "title"})
    now = at or timezone.now()
    with transaction.atomic():
        record.published_on = published_on or record.published_on or today()
        if record.index_number is None:
            record.index_number = kept_index_number(index_number) or next_index_number(
                record.publisher, record.published_on.year
            )
        record.state, record.released_at, record.updated_at = Record.State.RELEASED, now, now
        record.words = words_of(record, annex_texts(record))
        record.file_public = goes_out(record)
        try:
            with transaction.atomic():
                record.save()
        except IntegrityError as error:
            raise Refused(
                "index_taken", f"索引号 {record.index_number} 已经属于另一份文件，请核对。"
            ) from error
        tell(record, "released", account, index_number=record.index_number)
        mark_targets(record)
    return record


def withdraw(account: Account, record: Record, *, why: str, notice: str = "") -> Record:
    """Take a record out of the catalogue. Its address stays and says when and why (撤下不是删除).

    Raises Refused: "not_permitted", "missing_field", "not_released".
    """
    permitted(account, record.publisher_id, "decide")
    if not why.strip():
        raise Refused("missing_field", "请写明撤下的原因。", detail={"field": "why"})
    with transaction.atomic():
        held = Record.objects.select_for_update().get(pk=record.pk)
        if held.state != Record.State.RELEASED:
            raise Refused("not_released", "只有已经公开的信息可以撤下。")
        held.state, held.withdrawn_at = Record.State.WITHDRAWN, timezone.now()
        held.withdrawn_why, held.withdrawn_notice = why.strip()[:300], notice.strip()[:300]
        held.words, held.updated_at = [], held.withdrawn_at
        held.save()
        tell(held, "withdrawn", account, why=held.withdrawn_why)
        mark_targets(held)
    return held


def put_into(account: Account, record: Record, items: Iterable[str]) -> Record:
    """Put a record into required columns (重点领域、法定主动公开内容).

    Raises Refused: "not_permitted", "unknown_field", "frozen" while it is reviewed.
    """
    permitted(account, record.publisher_id, "handle")
    chosen = list(dict.fromkeys(items))
    known = {item.key for scheme in schemes(today()) for item in scheme.items}
    if not known.issuperset(chosen):
        raise Refused("unknown_field", "没有这样的栏目。")
    with transaction.atomic():
        held = Record.objects.select_for_update().get(pk=record.pk)
        if "columns" not in _open_to(held):
            raise frozen()
        others = [key for key in held.columns if key not in known]  # columns of the site itself stay
        if set(held.columns) == {*others, *chosen}:
            return held
        held.columns, held.updated_at = others + chosen, timezone.now()
        held.save(update_fields=["columns", "updated_at"])
        tell(held, "columns", account, columns=chosen)
    return held


def put(record: Record, fields: Mapping[str, Any]) -> None:
    """Set fields of a record, tidied. Raises Refused("missing_field", "unknown_field", "out_of_range", "text_too_long")."""
    unknown = set(fields) - ELEMENTS.keys()
    if unknown:
        raise Refused("unknown_field", f"没有这些项目：{'、'.join(sorted(unknown))}。")
    for name, value in fields.items():
        kept = value.strip() if isinstance(value, str) else value
        ELEMENTS[name].sound(kept)
        if isinstance(kept, str) and (longest := getattr(Record._meta.get_field(name), "max_length", None)):  # noqa: SLF001 -- documented as public
            kept = kept[:longest]
        setattr(record, name, kept)
    if "validity" in fields:
        record.stated_validity = record.validity
        record.validity = validity_of(record)
    if record.number:
        read = import_doc_number(record.number)
        record.number = read.value.text if read.value else record.number
    if not record.title:
        raise Refused("missing_field", "请填写名称。", detail={"field": "title"})
    if record.attribute != Record.Attribute.PROACTIVE and not record.attribute_reason:
        raise Refused(
            "missing_field",
            "不主动公开的，请写明理由。",
            (Instead("handle", "补充理由"),),
            {"field": "attribute_reason"},
        )
    record.digest = digest_of(record.title, record.body)


def _open_to(record: Record) -> frozenset[str]:
    """The elements that may be changed now: of a draft all, of what is released its classes; nothing while it is reviewed."""
    if record.state == Record.State.DRAFT:
        return frozenset(ELEMENTS)
    return CLASSES if record.state == Record.State.RELEASED else frozenset()
