"""Records: written, mended, related to one another, released under an index number, withdrawn."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tongban.base.codes.doc_number import import_doc_number
from tongban.base.codes.index_number import import_index_number, make_index_number
from tongban.base.codes.reading import CodeError
from tongban.engine.errors import Instead, Refused
from tongban.engine.people import scopes
from tongban.platforms.disclosure.models import Deed, Link, Record
from tongban.platforms.disclosure.provisions import schemes
from tongban.platforms.disclosure.services.annexes import annex_texts
from tongban.platforms.disclosure.words import digest_of, words_of
from tongban.registry.models import Account, Organisation
from tongban.registry.queries import today

MENDABLE = (
    "title", "number", "issuer", "issued_on", "published_on", "description", "body", "keywords", "theme", "theme_second",
    "genre", "columns", "audience", "validity", "ends_on", "attribute", "attribute_reason", "publisher_name", "addressees", "annexes",
)  # fmt: skip
LONGEST_INDEX = 60
_AFTER_RELEASE = frozenset(
    {
        "description",
        "keywords",
        "theme",
        "theme_second",
        "genre",
        "columns",
        "audience",
        "validity",
        "ends_on",
    }
)
EFFECTS: Mapping[Link.Kind, Record.Validity] = {
    Link.Kind.REPLACES: Record.Validity.REPEALED,
    Link.Kind.REPEALS: Record.Validity.REPEALED,
    Link.Kind.AMENDS: Record.Validity.AMENDED,
}


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
    """Change a draft, or the description and classes of what is released.

    Raises Refused: "not_permitted", "missing_field", "frozen" for what was published as it stands.
    """
    permitted(account, record.publisher_id, "handle")
    with transaction.atomic():
        held = Record.objects.select_for_update().get(pk=record.pk)
        if held.state != Record.State.DRAFT and set(fields) - _AFTER_RELEASE:
            raise Refused("frozen", "已经提交或公开的内容不能直接修改；要改请撤下后重新发布。")
        before = {name: str(getattr(held, name)) for name in fields}
        put(held, fields)
        if held.state == Record.State.RELEASED:
            held.words = words_of(held, annex_texts(held))
        held.updated_at = timezone.now()
        held.save()
        changed = {name: was for name, was in before.items() if was != str(getattr(held, name))}
        if changed:
            tell(held, "mended", account, fields=sorted(changed))
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
            record.index_number = _kept(index_number) or next_index_number(
                record.publisher, record.published_on.year
            )
        record.state, record.released_at, record.updated_at = Record.State.RELEASED, now, now
        record.words = words_of(record, annex_texts(record))
        try:
            with transaction.atomic():
                record.save()
        except IntegrityError as error:
            raise Refused(
                "index_taken", f"索引号 {record.index_number} 已经属于另一份文件，请核对。"
            ) from error
        tell(record, "released", account, index_number=record.index_number)
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
    return held


def put_into(account: Account, record: Record, items: Iterable[str]) -> Record:
    """Put a record into required columns (重点领域、法定主动公开内容). Raises Refused: "not_permitted", "unknown_field"."""
    permitted(account, record.publisher_id, "handle")
    chosen = list(dict.fromkeys(items))
    known = {item.key for scheme in schemes(today()) for item in scheme.items}
    if not known.issuperset(chosen):
        raise Refused("unknown_field", "没有这样的栏目。")
    with transaction.atomic():
        others = [key for key in record.columns if key not in known]  # columns of the site itself stay
        Record.objects.filter(pk=record.pk).update(columns=others + chosen, updated_at=timezone.now())
        tell(record, "columns", account, columns=chosen)
    return Record.objects.get(pk=record.pk)


def relate(account: Account, source: Record, target: Record, kind: str) -> Link:
    """Say how one record stands to another; what is replaced, repealed or amended is marked so.

    Raises Refused: "not_permitted", "same_record".
    """
    permitted(account, source.publisher_id, "handle")
    if source.pk == target.pk:
        raise Refused("same_record", "文件不能与自己建立关联。")
    with transaction.atomic():
        link, created = Link.objects.get_or_create(source=source, target=target, kind=Link.Kind(kind))
        effect = EFFECTS.get(Link.Kind(kind))
        if created and effect and scopes(account).of("handle").admits(target.publisher_id):
            Record.objects.filter(pk=target.pk).update(validity=effect, updated_at=timezone.now())
        if created:
            tell(source, "related", account, kind=kind, target=target.index_number or str(target.uid))
    return link


def next_index_number(publisher: Organisation, year: int) -> str:
    """The next index number of a publisher. Raises Refused("no_code") where its code has no organisation code in it."""
    code = publisher.code[8:17]  # 统一社会信用代码: 9th to 17th character are the 组织机构代码
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO disclosure_serial AS s (publisher_code, year, last) VALUES (%s, %s, 1) "
            "ON CONFLICT (publisher_code, year) DO UPDATE SET last = s.last + 1 RETURNING last",
            [code, year],
        )
        (last,) = cursor.fetchone()
    try:
        return make_index_number(code, year, last).text
    except CodeError as error:
        raise Refused("no_code", f"发布机构没有可用的组织机构代码，编不出索引号：{error.message}") from error


def put(record: Record, fields: Mapping[str, Any]) -> None:
    """Set fields of a record, tidied. Raises Refused("missing_field", "unknown_field")."""
    unknown = set(fields) - set(MENDABLE)
    if unknown:
        raise Refused("unknown_field", f"没有这些项目：{'、'.join(sorted(unknown))}。")
    for name, value in fields.items():
        kept = value.strip() if isinstance(value, str) else value
        if isinstance(kept, str) and (longest := getattr(Record._meta.get_field(name), "max_length", None)):  # noqa: SLF001 -- documented as public
            kept = kept[:longest]
        setattr(record, name, kept)
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


def tell(record: Record, act: str, account: Account | None, **detail: object) -> None:
    """Write down a deed."""
    Deed.objects.create(record=record, act=act, account=account, detail=detail)


def permitted(account: Account, org_id: int, verb: str) -> None:
    """Refuse who has not the verb in the unit. Raises Refused("not_permitted")."""
    if not scopes(account).of(verb).admits(org_id):
        raise Refused("not_permitted", "您没有这个单位信息公开的权限。")


def _kept(index_number: str) -> str:
    if not index_number.strip():
        return ""
    said = import_index_number(index_number).text
    if len(said) > LONGEST_INDEX:
        raise Refused(
            "index_too_long",
            f"索引号超过 {LONGEST_INDEX} 个字符，请核对。",
            detail={"field": "index_number"},
        )
    return said
