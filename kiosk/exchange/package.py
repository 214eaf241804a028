"""Writes the reporting package of a campaign: photos, workbook and a manifest that proves them.

    photos/<as the profile names them>.jpg   one for everybody who is ready
    codes/000001.bin                         collection-code campaigns: the code's bytes, as they were shown
    roster.xlsx                              who is in it, who is missing and why; every cell is text
    manifest.json                            counts, reasons, SHA-256 and size of every file; the time of making

The same data gives the same bytes but for `made_at` in the manifest.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import string
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk import catalogue
from kiosk.domain.profiles import Profile, profiles_from
from kiosk.domain.queue import local_text
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.roster import COLUMNS, Kind
from kiosk.domain.standing import Missing, Photo
from kiosk.exchange.sheets import TextSheet, TextWorkbook, add, add_stream
from kiosk.i18n import text
from kiosk.records import audit, balance
from kiosk.records.balance import COLLECTION_CODE, Line
from kiosk.records.database import Database
from kiosk.records.tables import Campaign, Student, Visit
from kiosk.records.vault import NO_ROOM, Vault, sync_folder
from kiosk.settings import Settings

WORKBOOK, MANIFEST = "roster.xlsx", "manifest.json"
#: The reader of a package is an authority of China: the workbook speaks Chinese.
LANGUAGE = "zh_CN"
_COLUMNS = tuple(column for column in COLUMNS if column.kind not in (Kind.BIRTH, Kind.SLOT))
#: Fields of a student that a profile's naming rule may use.
NAME_FIELDS = frozenset(column.key for column in _COLUMNS) | {"ordinal"}
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]+|^\.+')

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written; registered = exported + sum of missing."""

    registered: int
    exported: int
    missing: dict[str, int]
    bytes: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """The result of the job."""
        return {
            "registered": self.registered,
            "exported": self.exported,
            "missing": self.missing,
            "bytes": self.bytes,
            "sha256": self.sha256,
        }


def export(
    database: Database,
    settings: Settings,
    campaign_code: str,
    out: Path,
    by: str,
    *,
    now: datetime,
    progress: Progress | None = None,
) -> Summary:
    """Write the package of the campaign to `out`, which appears whole or not at all and replaces an older one.

    `by` is the actor for the audit. Memory stays flat. Raises `Refusal`: NO_CAMPAIGN, PROFILE_UNKNOWN, DISK_FULL;
    `OSError` for other faults of the disk.
    """
    vault = Vault(settings.data / "vault")
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent)
    os.close(handle)
    draft = Path(name)
    try:
        with _snapshot(database) as session, zipfile.ZipFile(draft, "w") as archive:
            campaign = session.scalar(select(Campaign).where(Campaign.code == campaign_code))
            if campaign is None:
                raise Refusal(Code.NO_CAMPAIGN, {"campaign": campaign_code})
            profile = _profile(settings, campaign.profile)
            check_name_rule(profile.name_rule)
            writer = _Writer(archive, vault, campaign, profile, draft.with_suffix(".xlsx"))
            writer.write(session, now, progress or (lambda _: None))
        summary = _finish(draft, writer)
        with database.write() as session:
            detail = {"campaign": campaign_code, **summary.to_json()}
            audit.append(session, now, "package_export", "done", by, detail=detail)
        draft.replace(out)
        sync_folder(out.parent)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise Refusal(Code.DISK_FULL) from error
        raise
    finally:
        draft.unlink(missing_ok=True)
    return summary


def _profile(settings: Settings, code: str) -> Profile:
    """The photo profile of that code; a mistake in another profile's file does not matter here."""
    tables = catalogue.tables(settings.config / "photo_profiles")
    found = profiles_from({key: table for key, table in tables.items() if key == code or key.startswith("_")})
    if code not in found:
        raise Refusal(Code.PROFILE_UNKNOWN, {"profile": code})
    return found[code]


@contextmanager
def _snapshot(database: Database) -> Iterator[Session]:
    """A reading transaction in which every query sees the same state, on PostgreSQL too."""
    with database.read() as session:
        if not database.is_sqlite:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


def _finish(draft: Path, writer: _Writer) -> Summary:
    with draft.open("rb+") as stream:
        os.fsync(stream.fileno())
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Summary(
        writer.registered, writer.exported, dict(sorted(writer.missing.items())), draft.stat().st_size, digest
    )


@dataclass
class _Writer:
    """Writes one package into an open archive."""

    archive: zipfile.ZipFile
    vault: Vault
    campaign: Campaign
    profile: Profile
    workbook: Path  # temporary
    registered: int = 0
    exported: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    absent: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def write(self, session: Session, now: datetime, say: Callable[[float], None]) -> None:
        """Photos as they come, then the workbook, the manifest last."""
        self.by_code = self.campaign.identity_mode == COLLECTION_CODE
        self.registered = self._count(session)
        with TextWorkbook() as book:
            self._write(session, book, now, say)

    def _write(self, session: Session, book: TextWorkbook, now: datetime, say: Callable[[float], None]) -> None:
        present = book.sheet(self._title("sheet_present"), self._header())
        missing = book.sheet(self._title("sheet_missing"), [*self._who_header(), self._title("column_reason")])
        for line in balance.lines(session, self.campaign, now):
            self._line(line, present, missing)
            if line.ordinal % 50 == 0:
                say(0.9 * line.ordinal / self.registered)
        if self.registered != self.exported + self.missing.total():
            raise RuntimeError(
                f"{self.registered} registered, {self.exported} + {self.missing.total()} accounted for"
            )
        say(0.9)
        self._add_workbook(book)
        add(self.archive, MANIFEST, self._manifest(now), zipfile.ZIP_DEFLATED)

    def _count(self, session: Session) -> int:
        """Everybody registered, counted apart from the lines so that the two can be held against each other."""
        if self.by_code:
            query = select(func.count(Visit.code_sha256.distinct())).where(Visit.campaign_id == self.campaign.id)
        else:
            query = select(func.count(Student.id)).where(Student.campaign_id == self.campaign.id)
        return session.scalar(query) or 0

    def _line(self, line: Line, present: TextSheet, missing: TextSheet) -> None:
        photo = line.standing
        content = photo if isinstance(photo, Missing) else self._content(photo)
        if isinstance(photo, Missing) or isinstance(content, Missing):
            self._absent(line, photo if isinstance(photo, Missing) else Missing.FILE_DAMAGED, missing)
            return
        name = self._name(line)
        self._add(name, content, line.ordinal)
        cells = [*self._who(line), name, local_text(photo.taken_at), photo.deliverable]
        if line.code is not None:
            code_name = f"codes/{line.ordinal:06d}.bin"
            self._add(code_name, line.code, line.ordinal)
            cells.append(code_name)
        present.append(cells)
        self.exported += 1

    def _absent(self, line: Line, reason: Missing, missing: TextSheet) -> None:
        self.missing[reason.value] += 1
        entry: dict[str, Any] = {"ordinal": line.ordinal, "reason": reason.value}
        if line.student is not None:
            entry["student_number"] = line.student.student_number
        self.absent.append(entry)
        missing.append([*self._who(line), text(LANGUAGE, f"package.missing.{reason.value}")])

    def _content(self, photo: Photo) -> bytes | Missing:
        try:
            content = self.vault.get(photo.deliverable)
        except FileNotFoundError:
            return Missing.FILE_DAMAGED
        return content if hashlib.sha256(content).hexdigest() == photo.deliverable else Missing.FILE_DAMAGED

    def _add(self, name: str, content: bytes, ordinal: int) -> None:
        add(self.archive, name, content)
        self._note(name, hashlib.sha256(content).hexdigest(), len(content), ordinal)

    def _note(self, name: str, digest: str, size: int, ordinal: int | None = None) -> None:
        entry: dict[str, Any] = {"path": name, "sha256": digest, "bytes": size}
        self.files.append(entry if ordinal is None else {**entry, "ordinal": ordinal})

    def _add_workbook(self, book: TextWorkbook) -> None:
        try:
            book.save(self.workbook)
            with self.workbook.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
                stream.seek(0)
                add_stream(self.archive, WORKBOOK, stream)
            self._note(WORKBOOK, digest, self.workbook.stat().st_size)
        finally:
            self.workbook.unlink(missing_ok=True)

    def _name(self, line: Line) -> str:
        """Where the photo lies: the profile's rule, or the internal number where no name or number may travel."""
        name = f"{line.ordinal:06d}.jpg"
        if line.student is not None:
            values = {key: _safe(str(getattr(line.student, key, "") or "")) for key in NAME_FIELDS}
            name = self.profile.name_rule.format(**{**values, "ordinal": f"{line.ordinal:06d}"})
        if name.casefold() in self.names:  # two students must never share a file
            stem, point, ending = name.rpartition(".")
            name = f"{stem}-{line.ordinal:06d}{point}{ending}"
        self.names.add(name.casefold())
        return f"photos/{name}"

    def _header(self) -> list[str]:
        titles = [*self._who_header(), *map(self._title, ("column_photo", "column_taken", "column_sha256"))]
        return [*titles, self._title("column_code")] if self.by_code else titles

    def _who_header(self) -> list[str]:
        return [self._title("column_ordinal")] if self.by_code else [column.title for column in _COLUMNS]

    def _who(self, line: Line) -> list[str]:
        if line.student is None:
            return [f"{line.ordinal:06d}"]
        return [str(getattr(line.student, column.key) or "") for column in _COLUMNS]

    @staticmethod
    def _title(key: str) -> str:
        return text(LANGUAGE, f"package.{key}")

    def _manifest(self, now: datetime) -> bytes:
        content = {
            "format": 1,
            "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
            "campaign": {
                "code": self.campaign.code,
                "title": self.campaign.title_zh,
                "identity_mode": self.campaign.identity_mode,
                "school_codes": self.campaign.school_codes,
            },
            "profile": {
                "code": self.profile.code,
                "width": self.profile.width,
                "height": self.profile.height,
                "grade": self.profile.grade,
                "source": self.profile.source,
            },
            "registered": self.registered,
            "exported": self.exported,
            "missing": dict(sorted(self.missing.items())),
            "missing_people": self.absent,
            "files": self.files,
        }
        return json.dumps(content, ensure_ascii=False, indent=1).encode()


def check_name_rule(rule: str) -> None:
    """Raise `ValueError` unless a profile's naming rule uses only fields that a student has, and names a JPEG."""
    fields = [name for _, name, _, _ in string.Formatter().parse(rule) if name is not None]
    if not fields or not set(fields) <= NAME_FIELDS or not rule.lower().endswith(".jpg") or ".." in rule:
        raise ValueError(f"{rule} does not name a photo")


def _safe(value: str) -> str:
    """A value as part of a file name on every system."""
    return _NOT_IN_NAMES.sub("_", value).strip() or "_"
