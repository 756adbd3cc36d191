"""The archive package of a case: a BagIt bag (RFC 8493) in a zip, with the case's data, documents and ledger proof.

`verify_bag` is pure: with the file and a public key obtained from elsewhere, nobody needs this installation.
"""

import hashlib
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

import orjson

from tongban.engine.ledger.merkle import ProofError
from tongban.engine.ledger.proof import Proven, verify_proof

FORMAT = "tongban-archive/1"
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_MOST = 2 * 1024 * 1024 * 1024


class BagError(Exception):
    """The package is not what it was when it was filed; the words name the first thing that does not fit."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a package shows: its identifiers, and what the ledger's proof says."""

    archival_number: str
    case_number: str
    documents: int
    files: int
    proven: Proven
    key: str
    key_given: bool  # obtained from elsewhere, not taken from the package itself


def make_bag(info: Mapping[str, str], files: Mapping[str, bytes]) -> bytes:
    """The zip of these files (names below data/) with manifests; the same input gives the same bytes."""
    payload = {f"data/{name}": content for name, content in sorted(files.items())}
    size = sum(map(len, payload.values()))
    tags = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": _lines({**info, "Payload-Oxum": f"{size}.{len(payload)}", "Bag-Format": FORMAT}),
        "manifest-sha256.txt": _manifest(payload),
    }
    tags["tagmanifest-sha256.txt"] = _manifest(tags)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (tags | payload).items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


def verify_bag(file: BinaryIO, key: str = "") -> Verified:
    """Check a package: every file against the manifest, every document and the case against the signed ledger.

    Raises BagError, naming the first thing that does not fit.
    """
    files = _read(file)
    _against(files, "tagmanifest-sha256.txt", tags=True)
    _against(files, "manifest-sha256.txt", tags=False)
    info = dict(line.split(": ", 1) for line in files["bag-info.txt"].decode().splitlines() if ": " in line)
    if info.get("Bag-Format") != FORMAT:
        raise BagError(f"不认识的归档格式 {info.get('Bag-Format')!r}")
    try:
        proof = orjson.loads(files["data/proof.json"])
        case = orjson.loads(files["data/case.json"])
        proven = verify_proof(proof, key or str(proof["key"]))
    except KeyError as error:
        raise BagError(f"缺少 {error.args[0]}") from None
    except orjson.JSONDecodeError as error:
        raise BagError(f"数据不是 JSON：{error}") from None
    except ProofError as error:
        raise BagError(f"存证证明不成立：{error}") from None
    if case["number"] != proven.number or proof.get("unsealed"):
        raise BagError("存证证明不是这个办件的全部记录")
    return Verified(
        info["External-Identifier"], case["number"], _bound(files, proof, case), len(files), proven,
        key or str(proof["key"]), bool(key),
    )  # fmt: skip


def _bound(files: Mapping[str, bytes], proof: Mapping[str, Any], case: Mapping[str, Any]) -> int:
    """How many documents the package holds; each must be one that the chain names, and each that it names be there.

    Those erased by law may be missing, where the chain has an erasure.
    """
    have = {hashlib.sha256(c).hexdigest(): n for n, c in files.items() if n.startswith("data/documents/")}
    named = {e["payload"]["sha256"] for e in proof["events"] if e["type"] == "paper.issued"}
    if stray := set(have) - named:
        raise BagError(f"{have[min(stray)]} 不是存证记录里的文书")
    if any(e["type"] == "personal.erased" for e in proof["events"]):
        named -= set(case.get("erased", ()))
    if lost := named - set(have):
        raise BagError(f"缺少存证记录里的文书（摘要 {min(lost)[:16]}…）")
    return len(have)


def _read(file: BinaryIO) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            names = {e.filename for e in entries}
            if len(names) != len(entries) or sum(e.file_size for e in entries) > _MOST:
                return {}
            return {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, EOFError) as error:
        raise BagError(f"打不开：{error}") from None


def _against(files: Mapping[str, bytes], manifest: str, *, tags: bool) -> None:
    if manifest not in files:
        raise BagError(f"缺少 {manifest}")
    said: dict[str, str] = {}
    for line in files[manifest].decode().splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            raise BagError(f"{manifest} 有一行读不懂")
        said[found[2]] = found[1]
    there = {n for n in files if n.startswith("data/") != tags and n != "tagmanifest-sha256.txt"}
    if extra := there - set(said):
        raise BagError(f"{min(extra)} 不在清单上")
    for name, digest in said.items():
        if name not in files:
            raise BagError(f"缺少 {name}")
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise BagError(f"{name} 与清单的摘要不符")


def _manifest(files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(c).hexdigest()}  {n}\n" for n, c in sorted(files.items())).encode()


def _lines(pairs: Mapping[str, str]) -> bytes:
    return "".join(f"{k}: {' '.join(str(v).split())}\n" for k, v in pairs.items()).encode()
