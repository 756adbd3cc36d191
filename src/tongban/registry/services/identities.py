"""Verifying who an account is (实名核验), at the counter: person, document and account side by side."""

from django.db import transaction

from tongban.base.codes import CodeError, parse_citizen_id, parse_uscc
from tongban.registry.actors import Actor, Installation
from tongban.registry.changelog import record_change
from tongban.registry.errors import RegistryRefused
from tongban.registry.grants import scopes_for
from tongban.registry.identity import id_digest, set_identity
from tongban.registry.models import Account
from tongban.registry.models.permissions import Verb
from tongban.registry.queries import today
from tongban.registry.signals import account_deed

VERIFIED, AGENT = 2, 3  # real-name levels 窗口核验, 企业经办


@transaction.atomic
def verify_identity(actor: Actor, account: Account, *, name: str, number: str, firm: str = "") -> Account:
    """Real-name level 2: a clerk has compared the person with their identity card, and the card with what the account states.

    With `firm`, a credit code, level 3: the firm's authority was seen too. Accounts that only stated the number lose it (level
    0) and are told. The account has to state the number first: only who can sign in to it does that, so nobody has an account
    that is not theirs verified as their own.

    Raises RegistryRefused: not_permitted (without accept anywhere), account_inactive, identity_wrong, identity_not_stated,
    identity_differs, identity_elsewhere.
    """
    require_counter(actor)
    name = "".join(name.split())
    try:
        number = parse_citizen_id(number, today=today()).text
        firm = parse_uscc(firm).text if firm.strip() else ""
    except CodeError as error:
        raise RegistryRefused("identity_wrong", error.message) from error
    if not 2 <= len(name) <= 30:
        raise RegistryRefused("identity_wrong", "请填写证件上的姓名。")
    digest = id_digest(Account.IdType.CITIZEN, number)
    rows = Account.objects.select_for_update().filter(kind=Account.Kind.RESIDENT).order_by("pk")
    same = {row.pk: row for row in rows.filter(id_digest=digest)}
    account = same.pop(account.pk) if account.pk in same else rows.get(pk=account.pk)
    _refuse_unfit(account, digest)
    if any(row.real_name_level >= VERIFIED for row in same.values()):
        raise RegistryRefused(
            "identity_elsewhere",
            "这个证件号码已经在本人的另一个账号上核验过。请本人用那个账号；忘记密码的，在窗口为那个账号重设。",
        )
    for row in same.values():
        before = row.real_name_level
        set_identity(row, "", "")
        row.real_name_level = 0
        _keep(row, actor, "identity.taken", before)
    before = account.real_name_level
    set_identity(account, Account.IdType.CITIZEN, number)
    account.display_name = name
    account.real_name_level = AGENT if firm else max(before, VERIFIED)
    _keep(account, actor, "identity.verified", before, **({"firm": firm} if firm else {}))
    return account


def require_counter(actor: Actor) -> None:
    """Refuse with ``not_permitted`` who may accept nowhere: identity is verified by those who serve at a counter."""
    if not isinstance(actor, Installation) and not scopes_for(actor).of(Verb.ACCEPT):
        raise RegistryRefused(
            "not_permitted", "核验身份需要受理权限。您的岗位没有这项授权，请联系本单位安全管理员。"
        )


def _refuse_unfit(account: Account, digest: str) -> None:
    if not account.is_active:
        raise RegistryRefused("account_inactive", "这个账号已停用。")
    if not account.id_digest:
        raise RegistryRefused(
            "identity_not_stated",
            "这个账号还没有填报身份证号码。请本人在手机上登录，在“我的办事—资料”里填报，再来核验：填得进去，才知道账号是本人的。",
        )
    if account.id_digest != digest:
        raise RegistryRefused(
            "identity_differs",
            "证件号码和账号上登记的不一致。输错的请重输；本人填错的，请本人登录后在“我的办事—资料”里改正。账号可能是别人的，不要核验。",
        )


def _keep(account: Account, actor: Actor, deed: str, before: int, **detail: str) -> None:
    """Save what became of the identity of an account, log it and let it be told. No personal values in the log."""
    account.save(
        update_fields=["display_name", "real_name_level", "id_type", "id_digest", "id_number_sealed"]
    )
    record_change(
        actor, deed, "account", str(account.uid), before={"level": before},
        after={"level": account.real_name_level, **detail},
    )  # fmt: skip
    account_deed.send(Account, account=account, deed=deed)
