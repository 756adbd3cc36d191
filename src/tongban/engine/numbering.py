"""Case numbers and the secrets that go with them. Pure."""

import hmac
from datetime import datetime
from hashlib import sha256

from tongban.base.calendar import CHINA
from tongban.base.chance import fresh

# No letter or digit that is mistaken for another when read aloud or typed from paper.
SECRET_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # noqa: S105
SECRET_LENGTH = 12  # 59 bits: not to be guessed, even by who holds the table of digests


def new_secret() -> str:
    """A secret for tracking without signing in; shown once, kept only as a digest."""
    drawn, letters = int.from_bytes(fresh(16)), []  # 128 bits: no letter is likelier than another
    for _ in range(SECRET_LENGTH):
        drawn, place = divmod(drawn, len(SECRET_ALPHABET))
        letters.append(SECRET_ALPHABET[place])
    return "".join(letters)


def secret_hash(number: str, secret: str) -> str:
    """The digest kept of a secret. Random enough (59 bits) that a plain digest cannot be searched through."""
    plain = "".join(c for c in secret.upper() if c.isalnum())
    return sha256(f"{number}:{plain}".encode()).hexdigest()


def untold() -> str:
    """What is kept where nobody is told a secret: no secret fits it."""
    return fresh(32).hex()


def secret_fits(number: str, secret: str, kept: str) -> bool:
    """Whether the secret is the one that was told; takes the same time either way."""
    return hmac.compare_digest(secret_hash(number, secret), kept)


def case_number(prefix: str, n: int, at: datetime) -> str:
    """办件编号: prefix, year of the application, eight digits counted on, one check digit (ISO 7064, MOD 11,10)."""
    digits = f"{at.astimezone(CHINA).year:04d}{n:08d}"
    product = 10
    for c in digits:
        product = (product + int(c)) % 10 or 10
        product = product * 2 % 11
    return f"{prefix}{digits}{(11 - product) % 10}"
