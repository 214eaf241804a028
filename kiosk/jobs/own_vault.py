"""Job: removes from this machine's vault and packages what the records say was purged, whichever machine did that.

Where several machines share the records one of them purges, but each has files of its own. So each machine's
worker follows every purge that has ended, once; `vault_purge` says which. One that is killed begins it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kiosk.jobs.context import Context
from kiosk.records import audit, queue
from kiosk.records.database import Database
from kiosk.records.registry_tables import CollectedPhoto, Package
from kiosk.records.site_tables import OpeningSignature, PurgeRecord, VaultPurge
from kiosk.records.tables import Campaign, Shot, Visit
from kiosk.records.vault import Vault
from kiosk.settings import Settings

#: Kinds of data that have files.
KINDS = ("packages", "photos")
#: Rows that are looked at together.
BATCH = 500


def run(context: Context, *, station: str) -> dict[str, Any]:
    """Follow what this machine has not followed yet. Answers `{"files"}`, how many there were."""
    waiting: dict[tuple[int, str], list[int]] = {}  # purges of the same data are followed by one look
    with context.database.read() as session:
        for row in session.execute(_waiting(station)):
            waiting.setdefault((row.campaign_id, row.kind), []).append(row.id)
    return {"files": sum(_follow(context, station, records, *what) for what, records in waiting.items())}


def here(settings: Settings, *, station: str) -> bool:
    """Whether it is this machine's."""
    return settings.station.name == station


def is_due(database: Database, settings: Settings, _now: datetime) -> bool:
    """Whether a purge has ended that this machine has not followed."""
    with database.read() as session:
        return session.execute(_waiting(settings.station.name).limit(1)).first() is not None


def remove(settings: Settings, session: Session, digests: set[str]) -> int:
    """Remove from this machine's vault what no row needs; returns how many files there were.

    The same file may be another row's, too. Call it in a transaction that holds the audit's lock.
    """
    vault = Vault(settings.data / "vault")
    return sum(_unlink(vault.path(digest)) for digest in digests - _needed(session, digests))


def package_files(settings: Settings, package: Package) -> list[Path]:
    """Where the parts of a package lie, on the machine that made it."""
    names = (PurePosixPath(str(part["name"])).name for part in package.parts)
    return [settings.data / queue.PACKAGES / name for name in names]


def _waiting(station: str) -> Select[int, int, str]:
    followed = select(VaultPurge.id).where(VaultPurge.record_id == PurgeRecord.id, VaultPurge.station == station)
    return (
        select(PurgeRecord.id, PurgeRecord.campaign_id, PurgeRecord.kind)
        .where(PurgeRecord.kind.in_(KINDS), PurgeRecord.ended_at.is_not(None), ~followed.exists())
        .order_by(PurgeRecord.id)
    )


def _follow(context: Context, station: str, records: list[int], campaign: int, kind: str) -> int:
    """The files are counted with the newest of the purges."""
    files = _packages(context, campaign) if kind == "packages" else _photos(context, campaign)
    with context.database.write() as session:
        audit.lock(session)
        for record in records:
            counted = files if record == records[-1] else 0
            session.add(VaultPurge(station=station, record_id=record, files=counted, at=context.now))
        if files:  # none on the machine that purged, which removed its own at once
            detail = {"campaign": session.get_one(Campaign, campaign).code, "kind": kind, "files": files}
            audit.append(
                session, context.now, "vault_purge", "done", context.by, station=station, detail=detail
            )  # fmt: skip
    return files


def _packages(context: Context, campaign: int) -> int:
    with context.database.read() as session:
        gone = select(Package).where(Package.campaign_id == campaign, Package.purged_at.is_not(None))
        files = [file for package in session.scalars(gone) for file in package_files(context.settings, package)]
    return sum(_unlink(file) for file in files)


def _photos(context: Context, campaign: int) -> int:
    """Records are held only where this machine has a file of a batch."""
    vault, removed = Vault(context.settings.data / "vault"), 0
    for digests in _purged(context.database, campaign):
        context.progress(0.5)
        mine = {digest for digest in digests if vault.path(digest).is_file()}
        if mine:
            with context.database.write() as session:
                audit.lock(session)
                removed += remove(context.settings, session, mine)
    return removed


def _purged(database: Database, campaign: int) -> Iterator[set[str]]:
    """The files of the campaign's purged pictures, batch by batch."""
    shots = select(Shot.id, Shot.original_sha256, Shot.deliverable_sha256).join(Visit, Visit.id == Shot.visit_id)
    mine = CollectedPhoto
    photos = select(mine.id, mine.original_sha256, mine.deliverable_sha256)
    for table, query in (
        (Shot, shots.where(Visit.campaign_id == campaign, Shot.purged_at.is_not(None))),
        (mine, photos.where(mine.campaign_id == campaign, mine.purged_at.is_not(None))),
    ):
        last = 0
        while True:
            with database.read() as session:
                rows = session.execute(query.where(table.id > last).order_by(table.id).limit(BATCH)).all()
            if not rows:
                break
            last = rows[-1][0]
            yield {digest for row in rows for digest in row[1:] if digest}


def _needed(session: Session, digests: set[str]) -> set[str]:
    """Of these files, those of rows whose own were not removed, and those that sign an opening."""
    found: set[str | None] = set()
    for table in (Shot, CollectedPhoto):
        for column in (table.original_sha256, table.deliverable_sha256):  # each has its index
            query = select(column).where(table.purged_at.is_(None), column.in_(digests))
            found.update(session.scalars(query))
    signed = OpeningSignature.picture_sha256
    found.update(session.scalars(select(signed).where(signed.in_(digests))))
    return {digest for digest in found if digest}


def _unlink(file: Path) -> bool:
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    return True
