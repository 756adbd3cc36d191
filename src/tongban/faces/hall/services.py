"""Writes of the hall: drafts and their files, sending them to the engine, messages, the real name a person states.

What happens to cases is the engine's business; these functions bring people's papers to it and its answers back.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.base.codes import CodeError, parse_citizen_id
from tongban.base.files import clean_filename, let_go, store_upload
from tongban.base.files.errors import FileRefused
from tongban.base.files.store import Readable
from tongban.base.models import StoredFile
from tongban.base.typeset import FontsMissing, TypesetError
from tongban.engine.attachments import add_attachment
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.engine.parties import Party
from tongban.engine.queries import case_data, find_case
from tongban.engine.services import Applicant, Handed, Outcome, kind_of, open_case, perform
from tongban.faces.application import (
    Filled,
    MaterialAsked,
    as_typed,
    form_fields,
    judge,
    kept_of,
    materials_asked,
    typed_in,
    typed_of,
)
from tongban.faces.hall.models import Draft, DraftFile, Notice, OwnFile
from tongban.faces.hall.own import Item, item_of
from tongban.faces.hall.queries import expired
from tongban.faces.hall.steps import FIRM, ID_CODES, NAME_CHECKED, Step, fixed_in_supply, known_of
from tongban.platforms.delivery import services as delivery
from tongban.platforms.papers.services import issue
from tongban.registry.access import record_access
from tongban.registry.identity import find_resident, set_identity
from tongban.registry.models import Account, OfferingVersion

KEPT = timedelta(days=30)
MOST_FILES = 5  # of one material
MOST_BYTES = 20 * 2**20
MOST_OWN = 200  # files that one person keeps
TRUSTED = frozenset("AB")  # levels that count as shared 共享核验: no original is asked for
TAKEN = frozenset({"pdf", "jpg", "png", "ofd"})


def begin_draft(account: Account | None, visitor: str, *, version: OfferingVersion, who: str) -> Draft:
    """Begin an application, signed in or not."""
    now = timezone.now()
    return Draft.objects.create(
        account=account, visitor="" if account else visitor, version=version, who=who, step=2, saved_at=now,
        expires_at=now + KEPT,
    )  # fmt: skip


def begin_supply(account: Account, case: Case) -> Draft:
    """Begin (or go on with) the answer to a correction notice, with what was filled in before."""
    found = Draft.objects.filter(
        account=account, case=case, purpose=Draft.Purpose.SUPPLY, sent_at=None, removed_at=None
    ).first()
    if found is not None:
        return found
    shown = case_data(account, case)
    now = timezone.now()
    return Draft.objects.create(
        account=account, version_id=case.offering_version_id, purpose=Draft.Purpose.SUPPLY, case=case,
        who=Draft.Who.AGENT, typed=typed_of(shown.data) if shown else {}, saved_at=now, expires_at=now + KEPT,
    )  # fmt: skip


def claim_draft(account: Account, draft: Draft) -> None:
    """Make a draft that was begun before signing in the account's own."""
    if draft.account_id is None:
        draft.account, draft.visitor = account, ""
        draft.save(update_fields=["account", "visitor"])


def choose_who(draft: Draft, who: str) -> None:
    """Change who applies; what was typed stays."""
    draft.who = who
    _saved(draft, "who")


def save_typed(draft: Draft, step: Step, post: QueryDict) -> list[str]:
    """Keep what was typed on a screen, right or wrong. Returns names the form does not have (they are not kept)."""
    if step.kind == "form":
        typed, unknown = typed_in(draft.version.content, post, groups=step.groups)
        draft.typed = {**draft.typed, **typed}
        _saved(draft, "typed")
        return unknown
    if step.kind == "materials":
        keys = {m["key"] for m in draft.version.content.get("materials", ()) if m["necessity"] == "later"}
        draft.later = [k for k in post.getlist("_later") if k in keys]
        draft.note = post.get("_note", draft.note)[:1000]
        _saved(draft, "later", "note")
    return []


def reached(draft: Draft, step: int) -> None:
    """Remember the furthest screen."""
    if step > draft.step:
        draft.step = step
        _saved(draft, "step")


def add_file(draft: Draft, material: str, upload: Readable, filename: str) -> DraftFile:
    """Keep an uploaded file for a material. Raises FileRefused, with words for the person; what was there stays."""
    if material not in {m["key"] for m in draft.version.content.get("materials", ())}:
        raise FileRefused("file.material", _("材料清单里没有这一项。"))
    if draft.files.filter(material=material).count() >= MOST_FILES:
        raise FileRefused(
            "file.too_many", _("这份材料已经有 %(n)s 个文件，请先删掉不要的。") % {"n": MOST_FILES}
        )
    stored = store_upload(upload, filename, max_bytes=MOST_BYTES, allowed=TAKEN)
    row, _created = DraftFile.objects.get_or_create(
        draft=draft, material=material, file=stored, defaults={"name": clean_filename(filename)}
    )
    if material in draft.later:
        draft.later = [k for k in draft.later if k != material]
    _saved(draft, "later")
    return row


def keep_own(
    account: Account,
    upload: Readable,
    filename: str,
    *,
    title: str,
    self_made: bool,
    valid_until: date | None,
) -> OwnFile:
    """Keep a file among one's own (我的材料). Raises FileRefused, with words for the person."""
    if OwnFile.objects.filter(account=account, removed_at=None).count() >= MOST_OWN:
        raise FileRefused("file.too_many", _("已经存了 %(n)s 份材料，请先删掉不用的。") % {"n": MOST_OWN})
    stored = store_upload(upload, filename, max_bytes=MOST_BYTES, allowed=TAKEN)
    return OwnFile.objects.create(
        account=account, title=title, name=clean_filename(filename), file=stored, self_made=self_made,
        valid_until=valid_until,
    )  # fmt: skip


def remove_own(account: Account, file_id: UUID) -> bool:
    """Take a file out of one's own; what cases hold of it stays with them. False when there is none."""
    rows = OwnFile.objects.filter(account=account, removed_at=None, pk=file_id)
    return bool(rows.update(removed_at=timezone.now()))


def use_own(account: Account, draft: Draft, material: str, ref: str) -> DraftFile:
    """Hand in something of one's own for a material instead of an upload; who took what is written down.

    Raises Refused "not_found", "expired", "not_ready" and FileRefused, with words for the person.
    """
    if material not in {m["key"] for m in draft.version.content.get("materials", ())}:
        raise FileRefused("file.material", _("材料清单里没有这一项。"))
    item = item_of(account, ref)
    if item is None:
        raise Refused("not_found", _("您的材料里没有这一份，请重新选。"))
    if item.refusal:
        raise Refused("expired", item.refusal)
    stored, name = _stored(account, item)
    row, _created = DraftFile.objects.get_or_create(
        draft=draft,
        material=material,
        file=stored,
        defaults={"name": name, "origin": ref, "level": item.level},
    )
    if material in draft.later:
        draft.later = [k for k in draft.later if k != material]
    _saved(draft, "later")
    record_access(
        account, "reuse", item.case_number or ref, material=material, level=item.level, draft=str(draft.pk)
    )
    return row


def remove_file(draft: Draft, file_id: UUID) -> None:
    """Take a file out of a draft."""
    draft.files.filter(pk=file_id).delete()
    _saved(draft)


def move_to_version(draft: Draft, version: OfferingVersion) -> list[str]:
    """Bring a draft to the guide's new version; keeps what fits. Returns the labels of what does not."""
    labels = {f["name"]: str(f["label"]) for f in form_fields(draft.version.content)}
    kept, lost = kept_of(version.content, draft.typed)
    draft.typed, draft.version, draft.step = kept, version, 2
    _saved(draft, "typed", "version", "step")
    return [labels.get(name, name) for name in lost]


def remove_draft(draft: Draft) -> None:
    """Delete a draft; it can be taken back for a day."""
    draft.removed_at = timezone.now()
    draft.save(update_fields=["removed_at"])


def restore_draft(draft: Draft) -> None:
    """Take the deletion of a draft back."""
    draft.removed_at = None
    draft.save(update_fields=["removed_at"])


def clear_expired() -> int:
    """Delete drafts whose time is over and own files taken out, and let go of their bytes. Returns how many rows; run daily."""
    now = timezone.now()
    gone: int = expired(now).delete()[0]
    gone += OwnFile.objects.filter(removed_at__lt=now).delete()[0]
    let_go()
    return gone


def answered(
    account: Account | None, draft: Draft, groups: Iterable[int] | None = None
) -> tuple[dict[str, object], dict[str, str]]:
    """The draft's data for the engine and what is wrong with it, by field name.

    In the answer to a notice only what was changed is judged: what stood in the application was taken as it was.
    """
    content, known = draft.version.content, known_in(account, draft)
    data, errors = judge(content, draft.typed, filled=known, groups=None if groups is None else tuple(groups))
    if draft.purpose == Draft.Purpose.SUPPLY:
        before = _before(account, draft)
        typed, fields = typed_of(before), {f["name"]: f for f in form_fields(content)}
        same = {
            name
            for name, field in fields.items()
            if name in before
            and (name in known or as_typed(field, draft.typed.get(name)) == as_typed(field, typed[name]))
        }
        wrong = {key.partition(".")[0] for key in errors}  # a cell is of its table
        data |= {name: before[name] for name in same if name in data or name in wrong}
        errors = {key: words for key, words in errors.items() if key.partition(".")[0] not in same}
    return data, errors


def known_in(account: Account | None, draft: Draft) -> dict[str, Filled]:
    """What is known of the applicant in this draft; in the answer to a notice, who applies, and that is locked."""
    if draft.purpose == Draft.Purpose.APPLY:
        return known_of(account, draft.who, draft.version.content, draft.typed)
    kind = "" if draft.case is None else draft.case.applicant_kind
    return fixed_in_supply(kind, _before(account, draft), draft.version.content)


def undone(account: Account | None, draft: Draft, data: Mapping[str, object]) -> tuple[str, ...]:
    """The items of the notice, where its answer does nothing yet: no file, nothing changed, no note. () where it does.

    `data` is the answer's form as `answered` gives it.
    """
    if draft.case is None or draft.note.strip() or draft.files.exists() or _changed(account, draft, data):
        return ()
    return asked_of(draft) or (_("补正告知"),)


def wanted(draft: Draft, data: Mapping[str, object]) -> tuple[MaterialAsked, ...]:
    """The materials this application is asked for, in the order of the guide."""
    kind = "organisation" if draft.who == Draft.Who.FIRM or data.get("app_type") == FIRM else "person"
    return tuple(m for m in materials_asked(draft.version.content, data, applicant_kind=kind) if m.applies)


def missing(draft: Draft, data: Mapping[str, object]) -> list[MaterialAsked]:
    """Materials still to be handed in: needed ones without a file, and those neither here nor said to come later."""
    have = set(draft.files.values_list("material", flat=True))
    return [
        m
        for m in wanted(draft, data)
        if m.key not in have and (m.asked or (m.later and m.key not in draft.later))
    ]


def promises_precheck(draft: Draft) -> bool:
    """Whether the matter promises to look at the papers before they are applied with (预受理)."""
    return draft.purpose == Draft.Purpose.APPLY and "precheck" in draft.version.content.get("limits", {})


def asked_of(draft: Draft) -> tuple[str, ...]:
    """What the applicant was told is missing: by the notice, or by the answer before the application (预受理)."""
    if draft.case is None:
        return ()
    state = draft.case.state
    told = state.get("prechecks" if draft.case.phase == Case.Phase.PRECHECK else "corrections")
    return tuple(told[-1].get("items") or filter(None, [told[-1].get("words", "")])) if told else ()


def send_application(
    account: Account, draft: Draft, wish: delivery.Said | None = None, *, precheck: bool = False
) -> Outcome:
    """Send an application: the engine opens a case. The same draft sent twice is one case.

    With `precheck` it is only looked at for now, and may lack materials.

    Raises Refused: "form_invalid", "materials_missing", "real_name_needed" and those of `open_case`. Nothing is lost then.
    """
    if account.real_name_level < NAME_CHECKED:
        raise Refused("real_name_needed", _("提交申请前要先登记实名信息。填好的内容都还在。"))
    data, errors = answered(account, draft)
    if errors:
        raise Refused("form_invalid", _("还有没填好的地方。"), detail=dict(errors))
    lacking = [] if precheck else missing(draft, data)
    if lacking:
        raise Refused(
            "materials_missing", _("还缺材料：%(names)s。") % {"names": "、".join(m.name for m in lacking)}
        )
    asked = {m.key for m in wanted(draft, data)}
    files = [f for f in draft.files.select_related("file") if f.material in asked]
    handed = [
        Handed(f.material, "shared" if f.level in TRUSTED else "supplied", f.file, f.name) for f in files
    ]
    have = {f.material for f in files}
    handed += [Handed(key, "later") for key in draft.later if key in asked - have]
    with transaction.atomic():
        outcome = open_case(
            account, offering_version=draft.version, data=data, applicant=_applicant(account, draft, data),
            materials=handed, channel="web", command_id=draft.command_id, kind=kind_of(draft.version),
            parties=[Party(account, "agent")] if draft.who == Draft.Who.AGENT else (), precheck=precheck,
        )  # fmt: skip
        delivery.choose(outcome.case_id, wish or delivery.Said(), data)
        _sent(draft, outcome.case_id)
    return outcome


def send_supply(account: Account, draft: Draft, *, formally: bool = False) -> Outcome:
    """Answer a correction notice: new files, a changed form where something changed, a note. Sent twice it is one answer.

    Before the application (预受理) it asks for another look, or, `formally`, applies with what is there.

    Raises Refused; nothing is lost then.
    """
    case = draft.case
    if case is None:
        raise Refused("not_found", _("没有这个办件，或者您无权查看。"))
    if draft.sent_at is not None:
        return Outcome(case.pk, case.number, case.seq, (), replayed=True)
    data, errors = answered(account, draft)
    if errors:
        raise Refused("form_invalid", _("还有没填好的地方。"), detail=dict(errors))
    files = list(draft.files.select_related("file"))
    changed = _changed(account, draft, data)
    if not files and not changed and not draft.note.strip() and not formally:
        raise Refused(
            "nothing_supplied",
            _("还没有补任何内容：%(items)s。请上传材料、修改填写内容，或者写一句说明。")
            % {"items": "；".join(undone(account, draft, data))},
        )
    given: dict[str, object] = {"materials": {f.material: "supplied" for f in files}}
    if draft.note.strip():
        given["note"] = draft.note.strip()
    if changed:
        given["form"] = data
    with transaction.atomic():
        for f in files:
            add_attachment(account, case.pk, f.material, f.file, f.name)
        early = case.phase == Case.Phase.PRECHECK
        what = "supply" if not early else "apply" if formally else "ask_precheck"
        outcome = perform(account, case.pk, what, command_id=draft.command_id, data=given)
        _sent(draft, case.pk)
    return outcome


def tell(account_id: int, case_id: int, seq: int, notice: Mapping[str, object]) -> None:
    """Leave a message for an applicant about one event; telling it again changes nothing."""
    Notice.objects.get_or_create(account_id=account_id, case_id=case_id, seq=seq, defaults=dict(notice))


def tell_of_account(account: Account, *, deed: str, title: str, text: str) -> None:
    """Leave a message for a person about what was done to their account."""
    Notice.objects.create(account=account, type=deed, title=title, text=text, happened_at=timezone.now())


def mark_read(account: Account, notice_id: int | None = None) -> int:
    """Mark one of the account's messages read, or all of them."""
    rows = Notice.objects.filter(account=account, read_at=None)
    if notice_id is not None:
        rows = rows.filter(pk=notice_id)
    return rows.update(read_at=timezone.now())


def state_real_name(account: Account, *, name: str, id_number: str, phone: str) -> dict[str, str]:
    """Real-name level 1 on the person's own statement: a name and an identity number whose check digit fits.

    Returns what is wrong by field, and changes nothing then. What is stated may be corrected until a counter has verified it
    (levels 2 and 3, `registry.services.verify_identity`). It proves nothing, so several accounts may state one number, and
    nobody learns here whether another has it.
    """
    errors: dict[str, str] = {}
    name = "".join(name.split())
    if not 2 <= len(name) <= 30 or any(c.isdigit() for c in name):
        errors["name"] = _("请填写证件上的姓名")
    try:
        number = parse_citizen_id(id_number, today=timezone.localdate()).text
    except CodeError as error:
        number = ""
        errors["id_number"] = error.message
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=account.pk)
        if account.real_name_level > NAME_CHECKED:
            errors["name"] = _("您的实名信息已在窗口核验，要更改请到政务服务大厅窗口办理")
        if errors:
            return errors
        set_identity(account, Account.IdType.CITIZEN, number)
        account.display_name, account.real_name_level = name, NAME_CHECKED
        account.phone = phone or account.phone
        account.save(
            update_fields=[
                "display_name",
                "real_name_level",
                "phone",
                "id_type",
                "id_digest",
                "id_number_sealed",
            ]
        )
    return {}


def _before(account: Account | None, draft: Draft) -> dict[str, Any]:
    """The form as it stands in the case that a notice was sent in, as far as the account sees it."""
    shown = case_data(account, draft.case) if account is not None and draft.case is not None else None
    return dict(shown.data) if shown else {}


def _changed(account: Account | None, draft: Draft, data: Mapping[str, object]) -> bool:
    """Whether an answer to a notice says anything else than the form of the case; answers no longer asked are none."""
    before = _before(account, draft)
    typed = typed_of(before)
    known = known_in(account, draft)
    return any(
        data.get(f["name"]) != before.get(f["name"])
        for f in form_fields(draft.version.content)
        if f["name"] not in known
        and as_typed(f, draft.typed.get(f["name"])) != as_typed(f, typed.get(f["name"]))
    )


def _applicant(account: Account, draft: Draft, data: Mapping[str, object]) -> Applicant:
    def said(*names: str) -> str:
        return next((str(data[n]) for n in names if data.get(n)), "")

    phone = said("mobile", "phone") or account.phone
    if draft.who == Draft.Who.FIRM or data.get("app_type") == FIRM:
        code = said("uscc")
        name = said("org_name", "company_name", "app_name") or account.display_name
        return Applicant(name, "organisation", "uscc" if code else "", code, phone, account)
    number = said("id_no")
    kind = ID_CODES.get(said("id_type"), "111") if number else ""
    who: Account | None = account
    if draft.who == Draft.Who.AGENT:  # in somebody else's stead: theirs, where they have an account
        who = find_resident(kind, number)
    return Applicant(said("app_name") or account.display_name, "person", kind, number, phone, who)


def _stored(account: Account, item: Item) -> tuple[StoredFile, str]:
    """The file behind something of one's own; a licence is set as PDF where that was not done yet."""
    if item.level == "A":
        case = find_case(account, item.case_number)
        try:
            paper = None if case is None or item.seq is None else issue(case.pk, item.seq)
        except (TypesetError, FontsMissing):
            paper = None
        if paper is None:
            raise Refused("not_ready", _("证照文件正在制作，请过几分钟再选，或者先上传一份。"))
        return paper.file, f"{paper.name} {paper.number}.pdf"
    return StoredFile.objects.get(pk=item.sha256), item.name


def _sent(draft: Draft, case_id: int) -> None:
    """The draft has become part of a case: what was typed is the case's from now on."""
    draft.sent_at, draft.case_id, draft.typed, draft.note = timezone.now(), case_id, {}, ""
    draft.save(update_fields=["sent_at", "case", "typed", "note"])
    draft.files.all().delete()


def _saved(draft: Draft, *fields: str) -> None:
    draft.saved_at = timezone.now()
    draft.expires_at = draft.saved_at + KEPT
    draft.save(update_fields=[*fields, "saved_at", "expires_at"])
