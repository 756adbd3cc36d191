"""机关用语: what a unit's documents say of it (name of the closing, address, remedy) by date; who may change it, and how."""

from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.papers.models import AgencyText, AgencyWord
from tongban.registry.models import Account, Organisation
from tongban.registry.queries import today

NOTHING = AgencyText(title="", address="", remedy="")
LONGEST_WORD = 14


def agency_text(org_id: int, day: date) -> AgencyText:
    """What the unit's documents say of it on a day; nothing of its own where nobody has said anything."""
    rows = AgencyText.objects.filter(organisation_id=org_id, valid_from__lte=day).order_by(
        "-valid_from", "-no"
    )
    return rows.first() or NOTHING


def administered(account: Account) -> QuerySet[Organisation]:
    """The units whose words the account may change: those it administers."""
    return Organisation.objects.filter(
        scopes(account).of("administer").q(org="pk", matter=None, secrecy=None)
    )


@transaction.atomic
def say(
    account: Account,
    organisation: Organisation,
    *,
    title: str,
    address: str,
    remedy: str,
    valid_from: date,
    note: str,
) -> AgencyText:
    """Have the unit's documents say this from a day on. Raises Refused: not_permitted, missing_field, form_starts."""
    _may(account, organisation)
    if not note.strip():
        raise Refused("missing_field", "请写明改了什么、为什么。", detail={"field": "note"})
    if valid_from <= today():
        raise Refused(
            "form_starts", "新的用语最早从明天起用，已经出具的文书不变。", detail={"field": "valid_from"}
        )
    last = AgencyText.objects.select_for_update().filter(organisation=organisation).order_by("-no").first()
    return AgencyText.objects.create(
        organisation=organisation, no=1 if last is None else last.no + 1, title=title.strip(), address=address.strip(),
        remedy=remedy.strip(), valid_from=valid_from, note=note.strip(), by=account,
    )  # fmt: skip


def give_word(account: Account, organisation: Organisation, word: str) -> None:
    """Give the unit its 机关代字, once: numbers that begin with it are given in its name.

    Raises Refused: not_permitted, missing_field, word_given, word_taken.
    """
    _may(account, organisation)
    word = word.strip()
    if not word or len(word) > LONGEST_WORD:
        raise Refused("missing_field", f"机关代字写 1 到 {LONGEST_WORD} 个字。", detail={"field": "word"})
    if AgencyWord.objects.filter(organisation=organisation).exists():
        raise Refused("word_given", "机关代字已经启用，文号都以它开头，不能再改。", detail={"field": "word"})
    if AgencyWord.objects.filter(word=word).exists():
        raise Refused("word_taken", "别的机关已经用了这个代字。", detail={"field": "word"})
    AgencyWord.objects.create(organisation=organisation, word=word)


def _may(account: Account, organisation: Organisation) -> None:
    if not administered(account).filter(pk=organisation.pk).exists():
        raise Refused("not_permitted", "您没有管理这个单位的权限。")
