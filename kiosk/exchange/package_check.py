"""Checks a reporting package as its recipient would: every byte and count, the signature, the chain of parts."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pyrage

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange.package_part import FORMAT, MANIFEST, SIGNATURE
from kiosk.signing import ALGORITHM, SIGNATURE_BYTES, decode, key_id, valid

_BLOCK = 1 << 20
#: A manifest of 500,000 people is smaller; more is not one of ours.
_LARGEST_MANIFEST = 256 << 20


@dataclass
class Finding:
    """What a check found out. `problems` are codes of `package.verify.<code>` with the file they are about."""

    campaign: str = ""
    branch: str = ""
    made_at: str = ""
    parts: int = 0
    exported: int = 0
    registered: int | None = None
    missing: dict[str, int] = field(default_factory=dict)
    key_id: str = ""
    key_known: bool = False  # it is the one that was asked for, not merely the one in the package
    problems: list[tuple[str, str]] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(files: Sequence[Path], public_key: bytes | None = None, identity: str = "") -> Finding:
    """Check the parts of one package, in any order.

    `public_key` is the sender's, 32 bytes; without one the key in the package is used and the finding says so.
    `identity` is the recipient's age secret key, for encrypted parts. Raises `Refusal` PACKAGE_UNREADABLE for
    what is no package, PACKAGE_SEALED for one that the identity does not open; `OSError`.
    """
    found = Finding(parts=len(files))
    with tempfile.TemporaryDirectory(prefix="package-") as folder:
        opened = [_opened(file, Path(folder), identity) for file in files]
        read = sorted(
            ((_manifest(path), path, file.name) for path, file in zip(opened, files, strict=True)),
            key=lambda entry: int(entry[0][0]["part"]["number"]),
        )
        for (manifest, raw, proof), path, name in read:
            _signature(found, raw, proof, public_key, name)
            _content(found, path, manifest, name)
            found.exported += manifest["exported_here"]
        _chain(found, [(entry[0][0], entry[1], entry[2]) for entry in read])
    first, last = read[0][0][0], read[-1][0][0]
    found.campaign, found.branch, found.made_at = first["campaign"]["code"], first["branch"], first["made_at"]
    if last["part"]["last"]:
        found.registered, found.missing = last["registered"], last["missing"]
        counted = last["exported"] + sum(last["missing"].values())
        if found.registered != counted or found.exported != last["exported"]:
            found.problems.append(("counts", ""))
    return found


def _opened(file: Path, folder: Path, identity: str) -> Path:
    """The file itself, or what an encrypted one holds."""
    with file.open("rb") as stream:
        sealed = stream.read(21) == b"age-encryption.org/v1"
    if not sealed:
        return file
    try:
        target = folder / file.name.removesuffix(".age")
        pyrage.decrypt_file(str(file), str(target), [pyrage.x25519.Identity.from_str(identity.strip())])
    except (pyrage.IdentityError, pyrage.DecryptError) as error:
        raise Refusal(Code.PACKAGE_SEALED, {"file": file.name}) from error
    return target


def _manifest(path: Path) -> tuple[dict[str, Any], bytes, dict[str, Any]]:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
                raise ValueError("manifest")
            raw = archive.read(MANIFEST)
            proof = json.loads(archive.read(SIGNATURE)) if SIGNATURE in archive.namelist() else {}
        manifest = json.loads(raw)
        if manifest["format"] != FORMAT or not isinstance(proof, dict):
            raise ValueError("format")
        for key in ("part", "files", "exported_here", "campaign", "branch", "made_at"):
            manifest[key]
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError, NotImplementedError) as error:
        raise Refusal(Code.PACKAGE_UNREADABLE, {"file": path.name}) from error
    return manifest, raw, proof


def _signature(found: Finding, raw: bytes, proof: dict[str, Any], wanted: bytes | None, name: str) -> None:
    try:
        inside, signature = decode(str(proof["public_key"])), decode(str(proof["signature"]))
        if proof["algorithm"] != ALGORITHM or len(signature) != SIGNATURE_BYTES:
            raise ValueError("algorithm")
    except (KeyError, ValueError):
        found.problems.append(("not_signed", name))
        return
    found.key_id, found.key_known = key_id(inside), wanted is not None and inside == wanted
    if wanted is not None and inside != wanted:
        found.problems.append(("other_key", name))
    if not valid(inside, signature, raw):
        found.problems.append(("signature", name))


def _content(found: Finding, path: Path, manifest: dict[str, Any], name: str) -> None:
    """Every file as the manifest says, none more, none less; the archive is read block by block."""
    listed = {str(entry["path"]): entry for entry in manifest["files"]}
    with zipfile.ZipFile(path) as archive:
        names = [entry.filename for entry in archive.infolist()]
        if len(set(names)) != len(names):
            found.problems.append(("twice", name))
        for inside in set(names) - set(listed) - {MANIFEST, SIGNATURE}:
            found.problems.append(("not_listed", inside))
        for inside, entry in listed.items():
            if PurePosixPath(inside).is_absolute() or ".." in PurePosixPath(inside).parts:
                found.problems.append(("path", inside))
            elif inside not in names:
                found.problems.append(("absent", inside))
            elif not _same(archive, inside, entry):
                found.problems.append(("changed", inside))
    photos = sum(1 for inside in listed if inside.startswith("photos/"))
    if photos != manifest["exported_here"]:
        found.problems.append(("counts", name))


def _same(archive: zipfile.ZipFile, inside: str, entry: dict[str, Any]) -> bool:
    if archive.getinfo(inside).file_size != entry["bytes"]:
        return False
    digest = hashlib.sha256()
    try:
        with archive.open(inside) as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except (zipfile.BadZipFile, EOFError, NotImplementedError):
        return False
    return digest.hexdigest() == entry["sha256"]


def _chain(found: Finding, parts: list[tuple[dict[str, Any], Path, str]]) -> None:
    """One after the other without a gap, each naming the one before, the last one there."""
    before: Path | None = None
    for number, (manifest, path, name) in enumerate(parts, 1):
        part = manifest["part"]
        digest = None
        if before is not None:
            with before.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        same = all(manifest[key] == parts[0][0][key] for key in ("campaign", "branch", "made_at"))
        if part["number"] != number or part["previous_sha256"] != digest or not same:
            found.problems.append(("chain", name))
        before = path
    if not parts[-1][0]["part"]["last"]:
        found.problems.append(("part_lacks", ""))
