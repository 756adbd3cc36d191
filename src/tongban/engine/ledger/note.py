"""Signed notes and checkpoints in the C2SP text formats (signed-note, tlog-checkpoint), signed with Ed25519.

Pure. The formats are those of public transparency logs, so a witness or another department can check a checkpoint
with tools that are not ours. A checkpoint's text:

    anlan.example/tongban          name of the log, the same as the key's name
    20852163                       number of sealed events
    CsUYapGGPo4dkMgIAUqom/Xajj…    head of the tree, base64
    no 412                         number of the checkpoint
    hash sha256                    hash of chain and tree
    time 2026-04-27T01:00:00Z      when it was signed, UTC
    next-key …                     only where this key hands over to another
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_SIGNATURE = "\u2014 "  # em dash, space: begins each signature line
_NAME = re.compile(r"[^\s+]+\Z")


class NoteError(ValueError):
    """A note, key or checkpoint that is malformed or whose signature does not hold."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """The public half of a key. `text` is its C2SP form `name+id+base64`."""

    name: str
    public: bytes  # 32 bytes

    @property
    def key_id(self) -> str:
        """Eight hex digits: the first four bytes of SHA-256(name || 0x0A || 0x01 || public)."""
        return _key_id(self.name, self.public).hex()

    @property
    def text(self) -> str:
        return f"{self.name}+{self.key_id}+{base64.b64encode(_ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Read `name+id+base64`. Raises NoteError."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3 or not _NAME.match(parts[0]):
            raise NoteError("a public key reads name+id+base64")
        raw = _unbase64(parts[2])
        if len(raw) != 33 or raw[:1] != _ED25519:
            raise NoteError("not an Ed25519 key")
        found = cls(parts[0], raw[1:])
        if found.key_id != parts[1]:
            raise NoteError(f"the key's id is {found.key_id}, the text says {parts[1]}")
        return found


@dataclass(frozen=True, slots=True)
class Signer:
    """A key with its secret half. `secret_text` is the form kept in the key file; never logged (not in repr)."""

    name: str
    seed: bytes = field(repr=False)  # 32 bytes

    @property
    def verifier(self) -> Verifier:
        return Verifier(
            self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        )

    @property
    def secret_text(self) -> str:
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id}+{base64.b64encode(_ED25519 + self.seed).decode()}"

    @classmethod
    def parse(cls, text: str) -> "Signer":
        """Read `PRIVATE+KEY+name+id+base64`. Raises NoteError."""
        parts = text.strip().split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"] or not _NAME.match(parts[2]):
            raise NoteError("a signing key reads PRIVATE+KEY+name+id+base64")
        raw = _unbase64(parts[4])
        if len(raw) != 33 or raw[:1] != _ED25519:
            raise NoteError("not an Ed25519 signing key")
        found = cls(parts[2], raw[1:])
        if found.verifier.key_id != parts[3]:
            raise NoteError("the signing key's id does not fit the key")
        return found


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint says. `extensions` are lines of its text that this version does not know."""

    name: str
    size: int
    root: bytes
    no: int = 0
    hash_name: str = "sha256"
    signed_at: datetime | None = None
    next_key: str = ""
    extensions: tuple[str, ...] = ()


def sign(text: str, signer: Signer) -> str:
    """The signed note: text, blank line, signature line. Raises NoteError when the text does not end with a newline."""
    if not text.endswith("\n") or "\n\n" in text or any(c < " " and c != "\n" for c in text):
        raise NoteError("a note's text ends with a newline, has no blank line and no control characters")
    signature = Ed25519PrivateKey.from_private_bytes(signer.seed).sign(text.encode())
    return join_note(text, signer.name, signer.verifier.key_id, signature)


def join_note(text: str, name: str, key_id: str, signature: bytes) -> str:
    """A signed note from its parts; the inverse of `split_note` for one signature."""
    blob = base64.b64encode(bytes.fromhex(key_id) + signature).decode()
    return f"{text}\n{_SIGNATURE}{name} {blob}\n"


def open_note(note: str, verifier: Verifier) -> str:
    """The text of a note that this key signed. Raises NoteError when it did not, or when the note is malformed.

    Signatures of other keys (witnesses) are passed over.
    """
    text, signatures = split_note(note)
    for name, key_id, signature in signatures:
        if name == verifier.name and key_id == verifier.key_id:
            try:
                Ed25519PublicKey.from_public_bytes(verifier.public).verify(signature, text.encode())
            except InvalidSignature:
                raise NoteError(f"the signature of key {key_id} does not hold") from None
            return text
    raise NoteError(f"not signed by key {verifier.key_id}")


def split_note(note: str) -> tuple[str, tuple[tuple[str, str, bytes], ...]]:
    """Text and signatures (name, key id, signature) of a note, none of them checked. Raises NoteError."""
    body, blank, tail = note.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise NoteError("a note is text, a blank line and signature lines")
    signatures = []
    for line in tail[:-1].split("\n"):
        name, _, encoded = line.removeprefix(_SIGNATURE).partition(" ")
        blob = _unbase64(encoded)
        if not line.startswith(_SIGNATURE) or not _NAME.match(name) or len(blob) < 5:
            raise NoteError("malformed signature line")
        signatures.append((name, blob[:4].hex(), blob[4:]))
    return body + "\n", tuple(signatures)


def write_head(head: Head) -> str:
    """The text of a checkpoint, ready to be signed."""
    lines = [
        head.name,
        str(head.size),
        base64.b64encode(head.root).decode(),
        f"no {head.no}",
        f"hash {head.hash_name}",
    ]
    if head.signed_at is not None:
        lines.append(f"time {head.signed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    if head.next_key:
        lines.append(f"next-key {head.next_key}")
    return "\n".join((*lines, *head.extensions)) + "\n"


def read_head(text: str) -> Head:
    """Read a checkpoint's text. Raises NoteError."""
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 3 or "" in lines:
        raise NoteError("a checkpoint has at least three lines and none is empty")
    name, size, root, *rest = lines
    if not size.isascii() or not size.isdigit() or (size != "0" and size.startswith("0")):
        raise NoteError(f"not a tree size: {size!r}")
    said: dict[str, str] = {}
    unknown = []
    for line in rest:
        key, _, value = line.partition(" ")
        if key in ("no", "hash", "time", "next-key") and key not in said:
            said[key] = value
        else:
            unknown.append(line)
    try:
        return Head(
            name=name,
            size=int(size),
            root=_unbase64(root),
            no=int(said.get("no", "0")),
            hash_name=said.get("hash", "sha256"),
            signed_at=datetime.strptime(said["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            if "time" in said
            else None,
            next_key=said.get("next-key", ""),
            extensions=tuple(unknown),
        )
    except NoteError:
        raise
    except ValueError as error:
        raise NoteError(f"malformed checkpoint: {error}") from None


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _unbase64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise NoteError("not canonical base64")
    return raw
