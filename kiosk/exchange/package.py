"""Makes the reporting package of a campaign or of one branch: whole or not at all, signed, split and encrypted.

What lies in a part says `kiosk.exchange.package_part`. The same data gives the same bytes but for `made_at` in
the manifest and the signature over it; an encrypted part (age) is other bytes each time.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import string
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyrage
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk import catalogue
from kiosk.domain.profiles import Profile, profiles_from
from kiosk.domain.queue import local_text
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.standing import Missing
from kiosk.exchange import registry_fields
from kiosk.exchange.package_part import COLUMNS_KEPT, Part, who
from kiosk.records import audit, balance
from kiosk.records.balance import COLLECTION_CODE, Line
from kiosk.records.database import Database
from kiosk.records.registry_tables import FileLog, Package, PackageLine
from kiosk.records.tables import Campaign, Student, Visit
from kiosk.records.vault import NO_ROOM, Vault, sync_folder
from kiosk.settings import Settings
from kiosk.signing import Signer

#: Fields of a student that a profile's naming rule may use.
NAME_FIELDS = frozenset(column.key for column in COLUMNS_KEPT) | {"ordinal"}
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]+|^\.+')

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made. `branch` empty: all; `part_bytes` None: one file; `recipient`: an age public key."""

    campaign: str
    branch: str = ""
    dbf: bool = False
    part_bytes: int | None = None
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a package can't hold as it should. `ordinal` None: the package itself."""

    code: str  # text `package.block.<code>`, or a reason of `package.missing`
    ordinal: int | None = None
    student: int | None = None  # id of the record, for the page that leads there
    field: str = ""

    @property
    def blocks(self) -> bool:
        """Whether nothing can be made before it is mended; else only this person is missing."""
        return self.ordinal is None or self.code in ("too_long", "not_encodable")


@dataclass(frozen=True, slots=True)
class Summary:
    """What was (or would be) written; registered = exported + sum of missing."""

    registered: int
    exported: int
    missing: dict[str, int]
    bytes: int
    parts: list[dict[str, Any]] = field(default_factory=list)  # [{"name", "sha256", "bytes"}]

    @property
    def sha256(self) -> str:
        """Of the only part; empty where there are several."""
        return str(self.parts[0]["sha256"]) if len(self.parts) == 1 else ""

    def to_json(self) -> dict[str, Any]:
        """The result of the job."""
        return {
            "registered": self.registered,
            "exported": self.exported,
            "missing": self.missing,
            "bytes": self.bytes,
            "sha256": self.sha256,
            "parts": self.parts,
        }


def export(
    database: Database,
    settings: Settings,
    order: Order,
    out: Path,
    by: str,
    *,
    now: datetime,
    progress: Progress | None = None,
    public_id: str | None = None,
) -> Summary:
    """Write the package to `out` (`name.zip`), or to `name-1.zip` … where it takes several parts.

    With a recipient each part is `….zip.age`. They appear whole or not at all and replace older ones. `by` is the
    actor for the audit, `public_id` the job's. Memory stays flat. Raises `Refusal`: NO_CAMPAIGN, PROFILE_UNKNOWN,
    BRANCH_UNKNOWN, RECIPIENT_INVALID, PACKAGE_BLOCKED, DISK_FULL; `OSError` for other faults of the disk.
    """
    recipient = _recipient(order)
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent))
    try:
        with _snapshot(database) as session:
            campaign, profile = _given(session, settings, order)
            writer = _Writer(
                session, Vault(settings.data / "vault"), campaign, profile, order, folder, Signer.of(settings), now
            )
            with writer:
                writer.write(progress or (lambda _: None))
            campaign_id = campaign.id
        made = _place(writer.parts, out, recipient)
        summary = Summary(
            writer.registered, writer.exported, dict(sorted(writer.missing.items())),
            sum(part["bytes"] for part in made), made,
        )  # fmt: skip
        _note(database, order, writer, campaign_id, summary, by, now, public_id or secrets.token_hex(16))
        _swap(writer.parts, out, order)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise Refusal(Code.DISK_FULL) from error
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return summary


def rehearse(
    database: Database, settings: Settings, order: Order, *, now: datetime, progress: Progress | None = None
) -> tuple[Summary, list[Problem]]:
    """What `export` would write (bytes without the workbooks), and everything that would keep somebody out.

    Every picture is read and compared with its hash. Writes nothing. Raises like `export`.
    """
    problems: list[Problem] = []
    _recipient(order)
    say = progress or (lambda _: None)
    with _snapshot(database) as session:
        campaign, _profile = _given(session, settings, order)
        vault, total = Vault(settings.data / "vault"), _count(session, campaign, order.branch)
        missing: Counter[str] = Counter()
        exported = size = 0
        for seen, line in enumerate(balance.lines(session, campaign, now, order.branch), 1):
            content = _content(vault, line)
            if isinstance(content, Missing):
                missing[content.value] += 1
                problems.append(Problem(content.value, line.ordinal, line.student.id if line.student else None))
                continue
            exported, size = exported + 1, size + len(content) + len(line.code or b"")
            if order.dbf and line.student is not None:
                for title, kind in registry_fields.misfits(registry_fields.row(line.student, "")):
                    problems.append(Problem(kind, line.ordinal, line.student.id, title))
            if seen % 50 == 0:
                say(min(1.0, seen / max(1, total)))
    if not exported:
        problems.insert(0, Problem("nobody_ready"))
    if shutil.disk_usage(settings.data).free < 2 * size:
        problems.insert(0, Problem("disk_space"))
    return Summary(total, exported, dict(sorted(missing.items())), size), problems


def check_name_rule(rule: str) -> None:
    """Raise `ValueError` unless a profile's naming rule uses only fields that a student has, and names a JPEG."""
    fields = _fields(rule)
    if not fields or not fields <= NAME_FIELDS or not rule.lower().endswith(".jpg") or ".." in rule:
        raise ValueError(f"{rule} does not name a photo")


@lru_cache(maxsize=16)
def _fields(rule: str) -> frozenset[str]:
    """The fields that a naming rule uses."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(rule) if name is not None)


def part_names(out: Path, count: int, encrypted: bool) -> list[Path]:
    """Where `count` parts of a package that is to be `out` lie."""
    ending = ".age" if encrypted else ""
    if count == 1:
        return [out.with_name(out.name + ending)]
    return [out.with_name(f"{out.stem}-{number}{out.suffix}{ending}") for number in range(1, count + 1)]


def _recipient(order: Order) -> Any:
    if not order.recipient:
        return None
    try:
        return pyrage.x25519.Recipient.from_str(order.recipient.strip())
    except pyrage.RecipientError as error:
        raise Refusal(Code.RECIPIENT_INVALID) from error


def _given(session: Session, settings: Settings, order: Order) -> tuple[Campaign, Profile]:
    campaign = session.scalar(select(Campaign).where(Campaign.code == order.campaign))
    if campaign is None:
        raise Refusal(Code.NO_CAMPAIGN, {"campaign": order.campaign})
    if order.branch and not session.scalar(
        select(Student.id).where(Student.campaign_id == campaign.id, Student.branch == order.branch).limit(1)
    ):
        raise Refusal(Code.BRANCH_UNKNOWN, {"branch": order.branch})
    tables = catalogue.tables(settings.config / "photo_profiles")
    # a mistake in another profile's file does not matter here
    found = profiles_from(
        {key: table for key, table in tables.items() if key == campaign.profile or key.startswith("_")}
    )
    if campaign.profile not in found:
        raise Refusal(Code.PROFILE_UNKNOWN, {"profile": campaign.profile})
    check_name_rule(found[campaign.profile].name_rule)
    return campaign, found[campaign.profile]


@contextmanager
def _snapshot(database: Database) -> Iterator[Session]:
    """A reading transaction in which every query sees the same state, on PostgreSQL too."""
    with database.read() as session:
        if not database.is_sqlite:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


def _count(session: Session, campaign: Campaign, branch: str) -> int:
    """Everybody registered, counted apart from the lines so that the two can be held against each other."""
    if campaign.identity_mode == COLLECTION_CODE:
        query = select(func.count(Visit.code_sha256.distinct())).where(Visit.campaign_id == campaign.id)
    else:
        query = select(func.count(Student.id)).where(Student.campaign_id == campaign.id)
        query = query.where(Student.branch == branch) if branch else query
    return session.scalar(query) or 0


def _content(vault: Vault, line: Line) -> bytes | Missing:
    """The picture of a line, proved by its hash, or why there is none."""
    photo = line.standing
    if isinstance(photo, Missing):
        return photo
    try:
        content = vault.get(photo.deliverable)
    except FileNotFoundError:
        return Missing.FILE_DAMAGED
    return content if hashlib.sha256(content).hexdigest() == photo.deliverable else Missing.FILE_DAMAGED


@dataclass
class _Writer:
    """Writes the parts one after the other into `folder`. As a context manager it drops one left half-way."""

    session: Session
    vault: Vault
    campaign: Campaign
    profile: Profile
    order: Order
    folder: Path
    signer: Signer
    now: datetime
    registered: int = 0
    exported: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    parts: list[Part] = field(default_factory=list)
    reported: list[dict[str, Any]] = field(default_factory=list)
    absent: list[dict[str, Any]] = field(default_factory=list)
    missing_rows: list[tuple[list[str], str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    open: Part | None = None

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: object) -> None:
        if self.open is not None:
            with suppress(OSError):  # the folder goes as a whole
                self.open.drop()

    def write(self, say: Progress) -> None:
        """Photos as they come; a part that is full is finished before the next picture."""
        self.registered = _count(self.session, self.campaign, self.order.branch)
        part = self._begin()
        lines = balance.lines(self.session, self.campaign, self.now, self.order.branch)
        for seen, line in enumerate(lines, 1):
            part = self._line(part, line)
            if seen % 50 == 0:
                say(0.9 * min(1.0, seen / self.registered))
        if self.registered != self.exported + self.missing.total():
            raise RuntimeError(
                f"{self.registered} registered, {self.exported} + {self.missing.total()} accounted for"
            )
        say(0.9)
        self._finish(
            part,
            {
                "registered": self.registered,
                "exported": self.exported,
                "missing": dict(sorted(self.missing.items())),
                "missing_people": self.absent,
                "missing_rows": self.missing_rows,
            },
        )

    def _begin(self) -> Part:
        number = len(self.parts) + 1
        by_code = self.campaign.identity_mode == COLLECTION_CODE
        self.open = Part(
            self.folder / f"{number}.zip", number, self.campaign, self.order.branch, self.profile,
            self.order.dbf and not by_code,
        )  # fmt: skip
        return self.open

    def _finish(self, part: Part, whole: dict[str, Any] | None) -> None:
        previous = _sha256(self.parts[-1].draft) if self.parts else None
        part.finish(self.signer, self.now, previous, whole)
        self.parts.append(part)
        self.open = None

    def _line(self, part: Part, line: Line) -> Part:
        """Add somebody; the part that is open afterwards."""
        content, photo = _content(self.vault, line), line.standing
        if isinstance(content, Missing) or isinstance(photo, Missing):
            self._missing(line, content if isinstance(content, Missing) else Missing.FILE_DAMAGED)
            return part
        if self.order.dbf and line.student is not None:
            unfit = registry_fields.misfits(registry_fields.row(line.student, ""))
            if unfit:
                raise Refusal(Code.PACKAGE_BLOCKED, {"ordinal": line.ordinal, "field": unfit[0][0]})
        limit = self.order.part_bytes
        if limit is not None and part.exported and part.bytes + len(content) > limit:
            self._finish(part, None)
            part = self._begin()
        part.add(line, self._name(line), content, photo.deliverable, local_text(photo.taken_at))
        self.exported += 1
        self.reported.append(
            {
                "ordinal": line.ordinal,
                "student_id": line.student.id if line.student else None,
                "code_sha256": hashlib.sha256(line.code).hexdigest() if line.code is not None else None,
                "deliverable_sha256": photo.deliverable,
            }
        )
        return part

    def _missing(self, line: Line, reason: Missing) -> None:
        self.missing[reason.value] += 1
        entry: dict[str, Any] = {"ordinal": line.ordinal, "reason": reason.value}
        if line.student is not None:
            entry["student_number"] = line.student.student_number
        self.absent.append(entry)
        self.missing_rows.append((who(line), reason.value))

    def _name(self, line: Line) -> str:
        """How the picture is called: the profile's rule, or the internal number where no name may travel."""
        name = f"{line.ordinal:06d}.jpg"
        if line.student is not None:
            values = {
                key: _safe(str(getattr(line.student, key, "") or "")) for key in _fields(self.profile.name_rule)
            }
            name = self.profile.name_rule.format(**{**values, "ordinal": f"{line.ordinal:06d}"})
        if name.casefold() in self.names:  # two students must never share a file
            stem, point, ending = name.rpartition(".")
            name = f"{stem}-{line.ordinal:06d}{point}{ending}"
        self.names.add(name.casefold())
        return name


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _place(parts: list[Part], out: Path, recipient: Any) -> list[dict[str, Any]]:
    """Encrypt where asked for, bring everything to the disk, and say what the parts are."""
    made: list[dict[str, Any]] = []
    for part, target in zip(parts, part_names(out, len(parts), recipient is not None), strict=True):
        if recipient is not None:
            sealed = part.draft.with_suffix(".age")
            pyrage.encrypt_file(str(part.draft), str(sealed), [recipient])
            part.draft.unlink()
            part.draft = sealed
        with part.draft.open("rb+") as stream:
            os.fsync(stream.fileno())
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        made.append({"name": target.name, "sha256": digest, "bytes": part.draft.stat().st_size})
    return made


def _swap(parts: list[Part], out: Path, order: Order) -> None:
    """Put the parts where they belong; what an older package left there under other names goes."""
    targets = part_names(out, len(parts), bool(order.recipient))
    for part, target in zip(parts, targets, strict=True):
        part.draft.replace(target)
    pattern = re.compile(rf"{re.escape(out.stem)}(-\d+)?{re.escape(out.suffix)}(\.age)?")
    for file in out.parent.iterdir():
        if file.is_file() and file not in targets and pattern.fullmatch(file.name):
            file.unlink()
    sync_folder(out.parent)


def _note(
    database: Database,
    order: Order,
    writer: _Writer,
    campaign_id: int,
    summary: Summary,
    by: str,
    now: datetime,
    public_id: str,
) -> None:
    """The package, who is in it, and its audit row, in one transaction."""
    counts = {key: value for key, value in summary.to_json().items() if key != "parts"}
    with database.write() as session:
        found = session.scalar(select(Package).where(Package.public_id == public_id))
        if found is not None:  # the job was begun before and its worker died: it is this package
            session.query(PackageLine).filter_by(package_id=found.id).delete()
            session.delete(found)
            session.flush()
        package = Package(
            public_id=public_id, campaign_id=campaign_id, branch=order.branch, profile=writer.profile.code,
            recipient=order.recipient, parts=summary.parts, counts=counts,
            manifest_sha256=writer.parts[-1].manifest_sha256, key_id=writer.signer.key_id, by=by, made_at=now,
        )  # fmt: skip
        session.add(package)
        session.flush()
        if writer.reported:
            session.bulk_insert_mappings(
                PackageLine.__mapper__, [{"package_id": package.id, **entry} for entry in writer.reported]
            )
        detail = {"campaign": order.campaign, "parts": len(summary.parts), "encrypted": bool(order.recipient)}
        session.add(
            FileLog(
                direction="out",
                kind="package",
                reference=public_id,
                campaign=order.campaign,
                sha256=summary.sha256,
                bytes=summary.bytes,
                detail=detail,
                by=by,
                at=now,
            )
        )
        audit.append(session, now, "package_export", "done", by, detail={**detail, **counts})


def _safe(value: str) -> str:
    """A value as part of a file name on every system."""
    return _NOT_IN_NAMES.sub("_", value).strip() or "_"
