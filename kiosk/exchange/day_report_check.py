"""Checks a day's report as whoever receives it would: the signature, every byte of both files, the sums."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange.day_report import FORMAT, MANIFEST, PURPOSE, SIGNATURE
from kiosk.records.day_balance import REPORT
from kiosk.signing import ALGORITHM, SIGNATURE_BYTES, decode, key_id, valid

#: More than any report has; a zip that unpacks to more is none of ours.
_LARGEST = 64 << 20


@dataclass
class Finding:
    """What a check found out. `problems` are codes of `evening.verify.<code>` with the file they are about."""

    manifest: dict[str, Any]
    key_id: str = ""
    public_key: bytes = b""
    problems: list[tuple[str, str]] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(file: Path, public_key: bytes | None = None) -> Finding:
    """Check one report. `public_key` is the sender's, 32 bytes; without one the key inside is used and named.

    Raises `Refusal` report_unreadable for what is no report; `OSError`.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return _checked(archive, public_key)
    except (
        zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError, NotImplementedError, RuntimeError,
    ) as error:  # fmt: skip
        raise Refusal(Code.REPORT_UNREADABLE, {"file": file.name}) from error


def _checked(archive: zipfile.ZipFile, public_key: bytes | None) -> Finding:
    entries = archive.infolist()
    if sum(entry.file_size for entry in entries) > _LARGEST:
        raise ValueError("size")
    raw = archive.read(MANIFEST)
    manifest = json.loads(raw)
    if manifest["format"] != FORMAT or manifest["kind"] != REPORT:
        raise ValueError("format")
    found = Finding(manifest)
    for key in ("day", "site", "made_at", "campaigns", "chain", "files"):
        manifest[key]
    names = [entry.filename for entry in entries]
    _signature(found, raw, _proof(archive) if SIGNATURE in names else {}, public_key)
    if len(set(names)) != len(names):
        found.problems.append(("twice", ""))
    listed = {str(entry["path"]): entry for entry in manifest["files"]}
    found.problems += [("not_listed", name) for name in sorted(set(names) - set(listed) - {MANIFEST, SIGNATURE})]
    for name, entry in listed.items():
        if name not in names:
            found.problems.append(("absent", name))
        elif not _same(archive, name, entry):
            found.problems.append(("changed", name))
    for campaign in manifest["campaigns"]:
        if campaign["due"] + campaign["walked_in"] != sum(campaign["outcomes"].values()):
            found.problems.append(("counts", str(campaign["code"])))
    return found


def _proof(archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        proof = json.loads(archive.read(SIGNATURE))
    except (ValueError, zipfile.BadZipFile):
        return {}
    return proof if isinstance(proof, dict) else {}


def _signature(found: Finding, raw: bytes, proof: dict[str, Any], wanted: bytes | None) -> None:
    try:
        inside, signature = decode(str(proof["public_key"])), decode(str(proof["signature"]))
        if proof["algorithm"] != ALGORITHM or len(signature) != SIGNATURE_BYTES:
            raise ValueError("algorithm")
    except (KeyError, ValueError):
        found.problems.append(("not_signed", ""))
        return
    found.key_id, found.public_key = key_id(inside), inside
    if wanted is not None and inside != wanted:
        found.problems.append(("other_key", ""))
    if not valid(inside, signature, PURPOSE + b"\0" + raw):
        found.problems.append(("signature", ""))


def _same(archive: zipfile.ZipFile, name: str, entry: dict[str, Any]) -> bool:
    try:
        content = archive.read(name)
    except zipfile.BadZipFile:  # its own checksum no longer fits
        return False
    return len(content) == entry["bytes"] and hashlib.sha256(content).hexdigest() == entry["sha256"]
