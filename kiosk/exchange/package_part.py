"""Writes one part of a reporting package: an archive that stands for itself and proves every byte of it.

    photos/<as the profile names them>.jpg   one for everybody in this part
    codes/000001.bin                         collection-code campaigns: the code's bytes, as they were shown
    roster.xlsx                              who is in it; in the last part also who is missing and why; all text
    registry.xlsx, registry.dbf              the same people in the registry's field layout; DBF where asked for
    manifest.json                            counts, reasons, SHA-256 and size of every file; the time of making
    manifest.sig                             the station's Ed25519 signature over manifest.json

Every part names the SHA-256 of the one before, and the last says that it is: none can be left out unseen.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk.domain.profiles import Profile
from kiosk.domain.roster import COLUMNS, Kind
from kiosk.exchange import registry_fields
from kiosk.exchange.sheets import TextWorkbook, add, add_stream
from kiosk.i18n import text
from kiosk.records.balance import Line
from kiosk.records.tables import Campaign
from kiosk.signing import ALGORITHM, Signer, encode

WORKBOOK, MANIFEST, SIGNATURE = "roster.xlsx", "manifest.json", "manifest.sig"
REGISTRY, DBF = "registry.xlsx", "registry.dbf"
#: The reader of a package is an authority of China: the workbook speaks Chinese.
LANGUAGE = "zh_CN"
FORMAT = 2
#: What the registry has no use for stays here: slots, and the address that notices are sent to.
COLUMNS_KEPT = tuple(
    column for column in COLUMNS if column.kind not in (Kind.BIRTH, Kind.SLOT) and column.key != "email"
)


def title(key: str) -> str:
    """A word of the workbook."""
    return text(LANGUAGE, f"package.{key}")


def who(line: Line) -> list[str]:
    """The cells that say who it is: the roster's, or the internal number where nothing else may travel."""
    if line.student is None:
        return [f"{line.ordinal:06d}"]
    return [str(getattr(line.student, column.key) or "") for column in COLUMNS_KEPT]


class Part:
    """One archive. `draft` is its file; beside it lie temporary ones until `finish` or `drop`."""

    def __init__(
        self, draft: Path, number: int, campaign: Campaign, branch: str, profile: Profile, with_dbf: bool
    ) -> None:
        self.draft, self.number = draft, number
        self.campaign, self.branch, self.profile = campaign, branch, profile
        self.by_code = campaign.identity_mode == "collection-code"
        self.exported = 0
        self.bytes = 0  # of what lies in it uncompressed, without the workbooks
        self._files: list[dict[str, Any]] = []
        self._archive = zipfile.ZipFile(draft, "w")
        self._book, self._fields = TextWorkbook(), TextWorkbook()
        self._present = self._book.sheet(title("sheet_present"), self._header())
        self._registry = self._fields.sheet(title("sheet_registry"), registry_fields.TITLES)
        self._dbf = registry_fields.DbfFile(draft.with_suffix(".dbf")) if with_dbf else None
        if self._dbf is not None:
            self._dbf.__enter__()

    def add(self, line: Line, name: str, photo: bytes, digest: str, taken: str) -> None:
        """Add somebody with their picture under `photos/<name>`; `digest`: its SHA-256."""
        path = f"photos/{name}"
        self._add(path, photo, digest, line.ordinal)
        cells = [*who(line), path, taken, digest]
        if line.code is not None:
            code_name = f"codes/{line.ordinal:06d}.bin"
            self._add(code_name, line.code, hashlib.sha256(line.code).hexdigest(), line.ordinal)
            cells.append(code_name)
        self._present.append(cells)
        if line.student is not None:
            values = registry_fields.row(line.student, name)
            self._registry.append(values)
            if self._dbf is not None:
                self._dbf.append(values)
        self.exported += 1

    def finish(self, signer: Signer, now: datetime, previous: str | None, whole: dict[str, Any] | None) -> None:
        """Workbooks, manifest, signature. `whole`: the package's counts and missing people, in the last part."""
        if whole is not None:
            whole = dict(whole)
            sheet = self._book.sheet(title("sheet_missing"), [*self._who_header(), title("column_reason")])
            for cells, reason in whole.pop("missing_rows"):
                sheet.append([*cells, text(LANGUAGE, f"package.missing.{reason}")])
        self._add_workbook(self._book, WORKBOOK)
        if not self.by_code:
            self._add_workbook(self._fields, REGISTRY)
        if self._dbf is not None:
            self._dbf.__exit__(None, None, None)
            self._add_file(self.draft.with_suffix(".dbf"), DBF)
        manifest = self._manifest(now, previous, whole)
        add(self._archive, MANIFEST, manifest, zipfile.ZIP_DEFLATED)
        proof = {
            "algorithm": ALGORITHM,
            "key_id": signer.key_id,
            "public_key": encode(signer.public_key),
            "signature": encode(signer.sign(manifest)),
        }
        add(self._archive, SIGNATURE, json.dumps(proof, indent=1).encode())
        self.manifest_sha256 = hashlib.sha256(manifest).hexdigest()
        self._archive.close()
        self._clean()

    def drop(self) -> None:
        """Forget it: nothing of it stays on the disk."""
        if self._dbf is not None:
            self._dbf.__exit__(None, None, None)
        self._archive.close()
        self._clean()
        self.draft.unlink(missing_ok=True)

    # -- inside

    def _clean(self) -> None:
        for book in (self._book, self._fields):
            book.__exit__(None, None, None)
        for ending in (".xlsx", ".dbf"):
            self.draft.with_suffix(ending).unlink(missing_ok=True)

    def _add(self, name: str, content: bytes, digest: str, ordinal: int) -> None:
        add(self._archive, name, content)
        self.bytes += len(content)
        self._note(name, digest, len(content), ordinal)

    def _note(self, name: str, digest: str, size: int, ordinal: int | None = None) -> None:
        entry: dict[str, Any] = {"path": name, "sha256": digest, "bytes": size}
        self._files.append(entry if ordinal is None else {**entry, "ordinal": ordinal})

    def _add_workbook(self, book: TextWorkbook, name: str) -> None:
        file = self.draft.with_suffix(".xlsx")
        book.save(file)
        self._add_file(file, name)

    def _add_file(self, file: Path, name: str) -> None:
        try:
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
                stream.seek(0)
                add_stream(self._archive, name, stream)
            self._note(name, digest, file.stat().st_size)
        finally:
            file.unlink(missing_ok=True)

    def _header(self) -> list[str]:
        titles = [*self._who_header(), *map(title, ("column_photo", "column_taken", "column_sha256"))]
        return [*titles, title("column_code")] if self.by_code else titles

    def _who_header(self) -> list[str]:
        return [title("column_ordinal")] if self.by_code else [column.title for column in COLUMNS_KEPT]

    def _manifest(self, now: datetime, previous: str | None, whole: dict[str, Any] | None) -> bytes:
        content: dict[str, Any] = {
            "format": FORMAT,
            "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
            "campaign": {
                "code": self.campaign.code,
                "title": self.campaign.title_zh,
                "identity_mode": self.campaign.identity_mode,
                "school_codes": self.campaign.school_codes,
            },
            "branch": self.branch,
            "profile": {
                "code": self.profile.code,
                "width": self.profile.width,
                "height": self.profile.height,
                "grade": self.profile.grade,
                "source": self.profile.source,
            },
            "part": {"number": self.number, "last": whole is not None, "previous_sha256": previous},
            "exported_here": self.exported,
            **(whole or {}),
        }
        # a line for each file: what json indents it writes in Python, many times slower
        files = ",\n  ".join(json.dumps(entry, ensure_ascii=False) for entry in self._files)
        before = json.dumps(content, ensure_ascii=False, indent=1).removesuffix("\n}")
        return (before + ',\n "files": [\n  ' + files + "\n ]\n}").encode()
