# ruff: noqa: RUF001 -- the brackets of document numbers
"""Issuing documents (出具文书) and publishing the forms they are set by. The only code that writes them."""

import secrets
from datetime import date
from hashlib import sha256
from io import BytesIO
from uuid import uuid5

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from tongban.base.calendar import CHINA
from tongban.base.files import store_upload
from tongban.base.typeset import TypesetError, typeset
from tongban.engine.errors import Refused
from tongban.engine.kinds import Effect, letters_of
from tongban.engine.models import Case, EventRow
from tongban.engine.numbering import SECRET_ALPHABET
from tongban.engine.queries import case_row, who_is_erased
from tongban.engine.services import SYSTEM, perform
from tongban.platforms.papers.content import facts, form_of, name_of
from tongban.platforms.papers.models import Paper, PaperForm
from tongban.platforms.papers.numbers import agency_word, document_number, next_serial
from tongban.registry.models import Account
from tongban.registry.queries import today

CERTIFICATE = "certificate"
CHECK = "/check/p/"
_TOKEN = 20  # 98 bits: who has it has the document before them


def issue(case_id: int, seq: int) -> Paper | None:
    """The document about that event of a case: the one issued before, or one made now. None where there is none.

    Number, bytes, event of the chain and row come about together or not at all; asked twice it is one document.
    Raises Refused ("busy", "form_missing", "content_erased"), TypesetError, FontsMissing.
    """
    if who_is_erased(case_id):
        raise Refused("content_erased", "文书内容已依法清除，只保留名称、编号和摘要。")
    made = Paper.objects.select_related("file").filter(case_id=case_id, seq=seq).first()
    if made is not None:
        return made
    event = EventRow.objects.filter(case_id=case_id, seq=seq).first()
    if event is None:
        return None
    case = case_row(case_id)
    key = form_of(case.kind, event.type, event.payload)
    if not key:
        return None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [case_id % 2**31, seq])
        made = Paper.objects.select_related("file").filter(case_id=case_id, seq=seq).first()
        return made if made is not None else _issue(case, event, key)


def issue_on(effect: Effect) -> None:
    """The worker, after the commit: set the document of an event; none about somebody who was erased."""
    if not who_is_erased(effect.case_id):
        issue(effect.case_id, int(effect.payload["seq"]))


def check_address(token: str) -> str:
    """What the QR code of a document leads to."""
    return f"{settings.TONGBAN_URL}{CHECK}{token}/"


@transaction.atomic
def publish_form(
    key: str,
    *,
    name: str,
    source: str,
    basis: str,
    starts: date,
    word: str | None = None,
    by: Account | None = None,
) -> PaperForm:
    """Put a new version of a form in force for cases applied for from a day on; the one before ends that day.

    The template is set once with made-up data before it is taken. Raises Refused: "form_unset", "form_starts",
    "form_missing".
    """
    last = PaperForm.objects.select_for_update().filter(key=key).order_by("-no").first()
    if last is None:
        raise Refused("form_missing", f"没有“{key}”这种文书。")
    if starts < today() or starts <= last.valid.lower:
        raise Refused("form_starts", "新的文书格式只能从今天以后、现行版本启用之后开始使用。")
    try:
        typeset(source, SAMPLE)
    except TypesetError as error:
        raise Refused("form_unset", f"这个模板排不出来：{error}") from None
    last.valid = DateRange(last.valid.lower, starts)
    last.save(update_fields=["valid"])
    return PaperForm.objects.create(
        key=key, no=last.no + 1, name=name, word=last.word if word is None else word, source=source,
        sha256=sha256(source.encode()).hexdigest(), basis=basis, valid=DateRange(starts, None), by=by,
    )  # fmt: skip


#: One of everything, to try a template with.
SAMPLE = {
    "name": "文书", "number": "试〔2026〕1号", "office": "试用机关", "address": "试用路 1 号",
    "to": "张三", "matter": "试用事项", "case": "0",
    "applied": "2026年1月1日",
    "date": [2026, 1, 2], "day": "2026年1月2日", "phone": "", "supervise_phone": "", "laws": [], "reason": "理由", "basis": "依据",
    "remedy": "救济途径", "items": ["一项"],
    "tables": [{"name": "车辆", "columns": ["号牌"], "rows": [["试A00001"]]}],
    "until": "2026年2月1日", "qr": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>',
    "check": "http://localhost/", "certificate": {"name": "证照", "number": "1", "until": "长期"}, "deemed": False, "partial": False,
    "procedure": "听证", "amount": "10个工作日", "method": "窗口领取", "express": "", "when": "2026年1月2日", "signed": True, "how": "撤销",
}  # fmt: skip


def _issue(case: Case, event: EventRow, key: str) -> Paper:
    form = _form(key, case)
    at = event.occurred_at.astimezone(CHINA)
    name = name_of(form.name, case, event.payload)
    letters = letters_of(case.kind)
    if letters is not None:
        name = str(letters.facts(case.pk, event.seq, event.type, event.payload).get("name", name))
    own = str(event.payload.get("number") or case.number)  # a certificate bears the result's number
    if form.word and letters is not None:
        number = letters.number(
            agency_word(case.org_id),
            form.word,
            at.year,
            next_serial(case.org_id, f"{case.kind}-{form.word}"[:20], at.year),
        )
    else:
        number = document_number(case.org_id, key, form.word, at) if form.word else own
    token = "".join(secrets.choice(SECRET_ALPHABET) for _ in range(_TOKEN))
    earlier = tuple(
        f"{p.name}（{p.number}）" for p in Paper.objects.filter(case=case, key__in=_DELIVERED).order_by("seq")
    )
    told = facts(case, event, name=name, number=number, check=check_address(token), papers=earlier)
    stored = store_upload(BytesIO(typeset(form.source, told)), f"{number}.pdf", allowed={"pdf"})
    perform(
        SYSTEM,
        case.pk,
        "issue_paper",
        command_id=uuid5(case.uid, f"paper {event.seq}"),
        data={
            "paper": key, "about": event.seq, "number": number, "name": name, "template": str(form), "sha256": stored.sha256,
        },
        channel="system",
    )  # fmt: skip
    return Paper.objects.create(
        case=case, seq=event.seq, key=key, form=form, name=name, number=number, organisation_id=case.org_id,
        file=stored, token=token, on=at.date(),
    )  # fmt: skip


_DELIVERED = ("approval", "denial", "certificate")


def _form(key: str, case: Case) -> PaperForm:
    """The version in force when the case was applied for: a case keeps it."""
    day = case.opened_at.astimezone(CHINA).date()
    form = PaperForm.objects.filter(key=key, valid__contains=day).first()
    if form is None:
        raise Refused("form_missing", f"没有“{key}”在 {day} 适用的文书格式。")
    return form
