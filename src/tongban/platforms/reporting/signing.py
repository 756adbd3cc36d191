"""How a request of a department's system is signed: HMAC-SHA256 over method, path, time, nonce and body digest. Pure."""

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

WINDOW = 300  # seconds that a request's time may differ from ours
KEY, TIME, NONCE, SIGNATURE = "X-Tongban-Key", "X-Tongban-Time", "X-Tongban-Nonce", "X-Tongban-Signature"


def secret_of(master: str, key_id: str, salt: str) -> str:
    """The secret of a client, derived from the installation's key: it is stored nowhere."""
    made = HKDF(SHA256(), 32, salt=salt.encode(), info=f"tongban reporting {key_id}".encode()).derive(
        master.encode()
    )
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def mark_of(master: str) -> str:
    """By what a key is known again without being told: 16 hex digits."""
    return HKDF(SHA256(), 8, salt=None, info=b"tongban reporting mark").derive(master.encode()).hex()


def to_sign(method: str, path: str, time: str, nonce: str, body: bytes) -> bytes:
    """The text that is signed, five lines; `path` with its query as sent."""
    return "\n".join((method.upper(), path, time, nonce, sha256(body).hexdigest())).encode()


def signature(secret: str, method: str, path: str, time: str, nonce: str, body: bytes) -> str:
    """The signature, hex."""
    return hmac.new(secret.encode(), to_sign(method, path, time, nonce, body), sha256).hexdigest()


def headers(
    key_id: str, secret: str, method: str, path: str, time: int, nonce: str, body: bytes = b""
) -> Mapping[str, str]:
    """The headers of a signed request, for whoever sends one. `time` is in Unix seconds."""
    said = str(time)
    return {
        KEY: key_id, TIME: said, NONCE: nonce, SIGNATURE: signature(secret, method, path, said, nonce, body),
    }  # fmt: skip


def fits(secret: str, given: str, method: str, path: str, time: str, nonce: str, body: bytes) -> bool:
    """Whether the signature is right; takes the same time either way."""
    return hmac.compare_digest(
        signature(secret, method, path, time, nonce, body).encode(), given.encode(errors="replace")
    )
