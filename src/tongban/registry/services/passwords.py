"""A way back into an account (找回账号): one-time links to set a password with, and giving up lost second factors.

Nobody ever knows somebody else's password: who helps gives a link, the person sets the password. Each deed is logged.
"""

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from tongban.registry.actors import INSTALLATION, Actor
from tongban.registry.authority import require
from tongban.registry.changelog import record_change
from tongban.registry.errors import RegistryRefused
from tongban.registry.grants import scopes_for
from tongban.registry.identity import id_digest
from tongban.registry.models import Account
from tongban.registry.models.permissions import Verb
from tongban.registry.queries import posts_of
from tongban.registry.services.identities import VERIFIED, require_counter
from tongban.registry.signals import account_deed


@transaction.atomic
def help_resident(actor: Actor, account: Account, *, number: str, factors: bool = False) -> str:
    """The link for a resident at the counter, whose document's number is the verified one of the account.

    `factors`: their second factors are lost too, and given up. Raises RegistryRefused: not_permitted, account_inactive,
    identity_not_verified, identity_differs.
    """
    require_counter(actor)
    if account.kind != Account.Kind.RESIDENT or account.real_name_level < VERIFIED:
        raise RegistryRefused(
            "identity_not_verified",
            "这个账号没有在窗口核验过身份，不知道是谁的，不能重设密码。请本人重新注册一个账号。",
        )
    if account.id_digest != id_digest(account.id_type, number):
        raise RegistryRefused(
            "identity_differs", "证件号码和这个账号核验过的不一致，不能重设密码。输错的请重输。"
        )
    return _help(actor, account, factors=factors)


@transaction.atomic
def help_official(actor: Actor, account: Account, *, factors: bool = False) -> str:
    """The link for a member of staff, given by the system administrator of all their units.

    Never for security and audit administrators: their accounts would be in the hands of the one they check (三员分立).
    Raises RegistryRefused: not_permitted, own_account, administrators_apart, account_inactive.
    """
    if account == actor:
        raise RegistryRefused(
            "own_account", "自己的密码在“我的账户”里修改；忘记了的，请另一名系统管理员办理。"
        )
    held = posts_of(account)
    if account.kind != Account.Kind.STAFF or not held:
        raise RegistryRefused("not_permitted", "这个账号现在没有岗位，不归任何单位的系统管理员管。")
    for post in held:
        require(actor, Verb.ADMINISTER, post.organisation_id)
    if administers_otherwise(account):
        raise RegistryRefused(
            "administrators_apart",
            "安全管理员、审计管理员的账号不能由系统管理员重设（三员分立），请运行维护人员在服务器上办理。",
        )
    return _help(actor, account, factors=factors)


@transaction.atomic
def help_by_console(account: Account) -> str:
    """The link for anybody's account, given by who runs the installation."""
    return _help(INSTALLATION, account, factors=False)


@transaction.atomic
def give_up_factors(actor: Actor, account: Account) -> int:
    """Take all second factors from an account, and say how many: passwords alone open it until the person enrols new ones.

    For whoever has decided who the person is; see the functions above.
    """
    gone: int = Authenticator.objects.filter(user=account).delete()[0]
    record_change(actor, "factors.given_up", "account", str(account.uid), after={"count": gone})
    account_deed.send(Account, account=account, deed="factors.given_up")
    return gone


def administers_otherwise(account: Account) -> bool:
    """Whether the account is one of those that check the system administrator: security or audit administrator."""
    held = scopes_for(account)
    return bool(held.of_any(Verb.PERMIT, Verb.AUDIT) or held.roles & {"security_admin", "audit_admin"})


def _help(actor: Actor, account: Account, *, factors: bool) -> str:
    if not account.is_active:
        raise RegistryRefused("account_inactive", "这个账号已停用。")
    record_change(actor, "password.link_given", "account", str(account.uid))
    account_deed.send(Account, account=account, deed="password.link_given")
    if factors:
        give_up_factors(actor, account)
    # allauth's own: dead once used, once the person signs in, and after PASSWORD_RESET_TIMEOUT.
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(account)
    uid = user_pk_to_url_str(account)
    return settings.TONGBAN_URL + reverse(
        "account_reset_password_from_key", kwargs={"uidb36": uid, "key": key}
    )
