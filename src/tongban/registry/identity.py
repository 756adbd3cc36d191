"""Identity numbers (证件号码): a keyed digest to find by, a sealed copy to print from; never the clear text.

The keys come from ``settings.TONGBAN_IDENTITY_KEY`` (any text with enough entropy), or from ``SECRET_KEY`` where
that is not set. Changing it makes stored digests and seals unreadable, so it has to be kept with the backups.
"""

import base64
import hmac
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from tongban.base.codes import is_citizen_id, is_phone, is_uscc, parse_phone
from tongban.registry.errors import RegistryRefused
from tongban.registry.models import Account


def set_identity(account: Account, id_type: str, number: str) -> None:
    """Put an identity number on an account (not saved). An empty number removes it."""
    if not number:
        account.id_type, account.id_digest, account.id_number_sealed = "", "", ""
        return
    account.id_type = id_type
    account.id_digest = id_digest(id_type, number)
    account.id_number_sealed = seal_id_number(number)


def id_digest(id_type: str, number: str) -> str:
    """Keyed digest (HMAC-SHA-256, hex) of an identity number; equal for equal numbers however they were typed."""
    text = f"{id_type}:{_plain(number)}".encode()
    return hmac.new(_key("digest"), text, sha256).hexdigest()


def identity_doubts(id_type: str, number: str) -> list[str]:
    """["id_number"] where the number cannot be one of its type (校验位不符); numbers of other types are not known."""
    sound = _SOUND.get(id_type)
    return [] if not number or sound is None or sound(_plain(number)) else ["id_number"]


def find_resident(id_type: str, number: str) -> Account | None:
    """The resident whose number this is, where it was verified (real-name level 2 or 3); what is only stated proves nothing."""
    if not number:
        return None
    rows = Account.objects.filter(kind=Account.Kind.RESIDENT, is_active=True, real_name_level__gte=2)
    return rows.filter(id_type=id_type, id_digest=id_digest(id_type, number)).first()


def residents_called(text: str) -> list[Account]:
    """The residents with exactly this user name, else those (three at most) who gave exactly this telephone number."""
    rows = Account.objects.filter(kind=Account.Kind.RESIDENT, is_active=True)
    text = text.strip()
    named = list(rows.filter(username=text)) if text else []
    if named or not is_phone(text):
        return named
    phone = parse_phone(text)
    return list(rows.filter(phone__in={text, phone.national, phone.e164} - {""}).order_by("pk")[:3])


def seal_id_number(number: str) -> str:
    """The number encrypted and authenticated (Fernet)."""
    return Fernet(base64.urlsafe_b64encode(_key("seal"))).encrypt(_plain(number).encode()).decode()


def open_id_number(account: Account) -> str:
    """The identity number of an account in the clear; callers record why they needed it.

    Raises RegistryRefused ``identity_unreadable`` when the key no longer fits.
    """
    if not account.id_number_sealed:
        return ""
    try:
        return (
            Fernet(base64.urlsafe_b64encode(_key("seal"))).decrypt(account.id_number_sealed.encode()).decode()
        )
    except InvalidToken as error:
        raise RegistryRefused(
            "identity_unreadable", "证件号码无法解密：密钥已更换。请用备份中的密钥恢复，或请本人重新登记。"
        ) from error


_SOUND = {"111": is_citizen_id, "uscc": is_uscc}  # 证件类型 of GA/T 2000.156, and 统一社会信用代码


def key_fits() -> bool:
    """Whether the key at hand is the one the stored numbers were sealed with; asked of the oldest of them."""
    sealed = Account.objects.exclude(id_number_sealed="").order_by("pk").first()
    try:
        return sealed is None or bool(open_id_number(sealed))
    except RegistryRefused:
        return False


def _plain(number: str) -> str:
    return "".join(number.split()).upper()


def _key(purpose: str) -> bytes:
    return _derived(getattr(settings, "TONGBAN_IDENTITY_KEY", "") or settings.SECRET_KEY, purpose)


@lru_cache(maxsize=8)
def _derived(secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"tongban identity {purpose}".encode()).derive(secret.encode())
