"""What this installation's ledger is hashed with, and the key that signs its checkpoints.

The hash is written down at the first use and holds for good: a chain half in SHA-256 and half in SM3 proves nothing,
so a setting that says otherwise later stops the ledger instead of changing it.

The key is `ledger.key` (0600) in the ledger's directory, or the text of TONGBAN_LEDGER_KEY. Keep a copy elsewhere:
who has the key can sign, who loses it must begin a new line of trust.
"""

import os
import re
import secrets
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import connection

from tongban.base.canonical import hash_name
from tongban.engine.ledger.errors import LedgerError
from tongban.engine.ledger.note import NoteError, Signer

KEY_FILE = "ledger.key"
NEXT_KEY_FILE = "ledger.key.next"


@cache
def installed_hash() -> str:
    """The hash of this installation's chains, "sha256" or "sm3"; recorded at the first call, kept for the process.

    Raises LedgerError (E_LEDGER_HASH) when TONGBAN_HASH has been changed since the chains were begun.
    """
    wanted = hash_name()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO engine_ledger_origin (id, hash_name, created) VALUES (1, %s, now()) ON CONFLICT DO NOTHING",
            [wanted],
        )
        cursor.execute("SELECT hash_name FROM engine_ledger_origin WHERE id = 1")
        (recorded,) = cursor.fetchone()
    if recorded != wanted:
        raise LedgerError(
            "E_LEDGER_HASH",
            f"账本自建立起使用 {recorded}，而当前设置为 {wanted}。",
            f"请把 TONGBAN_HASH 改回 {recorded}；更换摘要算法须另建账本。",
        )
    return str(recorded)


def directory() -> Path:
    """Where the key file and the kept copy of the checkpoints lie. Raises LedgerError when no place is configured."""
    place = getattr(settings, "TONGBAN_LEDGER_DIR", None)
    if place is None:
        raise LedgerError("E_LEDGER_DIR", "没有设置账本目录。", "请设置 TONGBAN_LEDGER_DIR 或 TONGBAN_DATA。")
    return Path(place)


def find_signer() -> Signer | None:
    """The signing key of this machine, or None when there is none yet.

    Raises LedgerError when the key cannot be read, is malformed, or its file may be read by others (E_LEDGER_KEY).
    """
    text = os.environ.get("TONGBAN_LEDGER_KEY", "")
    source = "TONGBAN_LEDGER_KEY"
    if not text:
        path = directory() / KEY_FILE
        source = str(path)
        try:
            if path.stat().st_mode & 0o077:
                raise LedgerError(
                    "E_LEDGER_KEY", f"签名密钥 {path} 可被他人读取。", f"请执行 chmod 600 {path}。"
                )
            text = path.read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise LedgerError("E_LEDGER_KEY", f"无法读取签名密钥 {path}：{error}。") from error
    try:
        return Signer.parse(text)
    except NoteError as error:
        raise LedgerError(
            "E_LEDGER_KEY", f"{source} 不是有效的签名密钥（{error}）。", "请从备份恢复。"
        ) from None


def create_signer(file: str = KEY_FILE, name: str = "") -> Signer:
    """Make a key, in a file that only its owner may read. The first of several processes wins; all get the same key.

    `name` is the ledger's name in its checkpoints; without it that of TONGBAN_LEDGER_NAME, else one made by chance.
    """
    name = name or os.environ.get("TONGBAN_LEDGER_NAME", "") or f"tongban-{secrets.token_hex(4)}"
    if not re.fullmatch(r"[^\s+]{1,200}", name):
        raise LedgerError(
            "E_LEDGER_NAME", f"账本名称 {name!r} 含空格或加号。", "请改正 TONGBAN_LEDGER_NAME。"
        )
    place = directory()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = place / file
    draft = path.with_name(f"{file}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(Signer(name, secrets.token_bytes(32)).secret_text + "\n")
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return Signer.parse(path.read_text(encoding="ascii"))


def adopt_next_key(key_id: str) -> Signer | None:
    """Finish a change of key that stopped half-way: if the next key is the one named, make it the key. Idempotent."""
    path = directory() / NEXT_KEY_FILE
    try:
        upcoming = Signer.parse(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    if upcoming.verifier.key_id != key_id:
        return None
    current = directory() / KEY_FILE
    if current.exists():
        old = Signer.parse(current.read_text(encoding="ascii")).verifier.key_id
        current.replace(directory() / f"{KEY_FILE}.{old}.retired")
    path.replace(current)
    return upcoming
