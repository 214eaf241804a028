"""Job: removes personal data whose days are over, kind by kind, and keeps a record of what was removed.

Each batch and the count in its record are one transaction: a worker that is killed has removed exactly what its
record says, and the job that begins again goes on with the same record. Files go just before that transaction
ends: after a death in between they are gone already when their rows are marked the next time. Between two batches
the records are everybody's: kiosks write meanwhile. Files go from this machine; other machines follow
(`kiosk.jobs.own_vault`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from kiosk.domain.campaign import RETENTION_DAYS
from kiosk.domain.queue import day_of
from kiosk.domain.states import OPEN
from kiosk.jobs import own_vault
from kiosk.jobs.context import Context
from kiosk.records import audit
from kiosk.records.database import Database
from kiosk.records.registry_tables import (
    CollectedPhoto,
    CopyRequest,
    Delivery,
    HandOut,
    Package,
    Payment,
    RegistryResult,
    StudentCheck,
    UploadLink,
)
from kiosk.records.site_tables import OutboxMessage, PurgeRecord
from kiosk.records.tables import (
    Base,
    Campaign,
    Declaration,
    Shot,
    SiteSession,
    Student,
    TemperatureReading,
    Visit,
)
from kiosk.settings import Settings

#: Rows of one transaction.
BATCH = 200
#: Seconds between two batches in which others write; a full one holds the records for about a third of that.
REST_SECONDS = 0.3


def run(context: Context) -> dict[str, Any]:
    """Remove what is due in every campaign. Answers `{"rows": {kind: n}}`."""
    removed: dict[str, int] = {}
    _end_abandoned(context)
    with context.database.read() as session:
        campaigns = session.scalars(select(Campaign.id).order_by(Campaign.id)).all()
    for campaign in campaigns:
        for kind in KINDS:
            rows = purge(context, campaign, kind)
            removed[kind] = removed.get(kind, 0) + rows
    return {"rows": {kind: rows for kind, rows in removed.items() if rows}}


def is_due(database: Database, _settings: Settings, now: datetime) -> bool:
    """Whether anything is to be removed, or a run was left unfinished."""
    with database.read() as session:
        if session.scalar(select(PurgeRecord.id).where(PurgeRecord.ended_at.is_(None)).limit(1)) is not None:
            return True
        for row in session.scalars(select(Campaign)):
            for kind, wanted in KINDS.items():
                before = cut(row, kind, now)
                if any(session.execute(query(row.id, before).limit(1)).first() is not None for query in wanted):
                    return True
    return False


def cut(campaign: Campaign, kind: str, now: datetime) -> date:
    """Data of days before this one has been kept long enough."""
    days = int((campaign.retention or {}).get(kind, RETENTION_DAYS[kind]))
    return day_of(now) - timedelta(days=days)


def purge(context: Context, campaign_id: int, kind: str) -> int:
    """Remove one kind of one campaign, batch by batch; returns the rows that this run removed in all."""
    while True:
        context.progress(0.5)
        with context.database.write() as session:
            _really_erase(context.database, session)
            audit.lock(session)
            campaign = session.get_one(Campaign, campaign_id)
            record = session.scalar(
                select(PurgeRecord).where(
                    PurgeRecord.run == context.job,
                    PurgeRecord.campaign_id == campaign_id,
                    PurgeRecord.kind == kind,
                )
            )
            before = record.before if record is not None else cut(campaign, kind, context.now)
            rows = _batch(session, kind, campaign_id, before)
            if record is None:
                if not rows:
                    return 0
                record = PurgeRecord(
                    run=context.job, campaign_id=campaign_id, kind=kind, before=before, rows=0,
                    kept_days=(day_of(context.now) - before).days, started_at=context.now, by=context.by,
                )  # fmt: skip
                session.add(record)
            for row in rows:
                REMOVE[kind](context, session, row)
            if kind == "photos":
                session.flush()
                files = {digest for row in rows for digest in (row.original_sha256, row.deliverable_sha256)}
                own_vault.remove(context.settings, session, {digest for digest in files if digest})
            record.rows += len(rows)
            if len(rows) < BATCH:
                if record.ended_at is None:
                    record.ended_at = context.now
                    detail = {"campaign": campaign.code, "kind": kind, "rows": record.rows, "before": before}
                    audit.append(session, context.now, "purge", "done", context.by, detail=detail)
                return record.rows
        time.sleep(REST_SECONDS)


def _batch(session: Session, kind: str, campaign_id: int, before: date) -> list[Any]:
    """The next rows of a kind, those of its first table first."""
    rows: list[Any] = []
    for query in KINDS[kind]:
        rows += session.scalars(query(campaign_id, before).limit(BATCH - len(rows)))
    return rows


def _end_abandoned(context: Context) -> None:
    """End the records of runs that were given up: they say what those runs did remove, this one does the rest."""
    with context.database.write() as session:
        for record in session.scalars(
            select(PurgeRecord).where(PurgeRecord.run != context.job, PurgeRecord.ended_at.is_(None))
        ):
            record.ended_at = context.now


def _really_erase(database: Database, session: Session) -> None:
    """Let SQLite overwrite what is removed instead of leaving it in free pages."""
    if database.is_sqlite:
        session.connection().exec_driver_sql("PRAGMA secure_delete = ON")


def _of_days(campaign_id: int, before: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Visit.campaign_id == campaign_id, SiteSession.day < before


def _answers(campaign_id: int, before: date) -> Select[Any]:
    return (
        select(Declaration)
        .join(Visit, Visit.id == Declaration.visit_id)
        .join(SiteSession, SiteSession.id == Visit.session_id)
        .where(*_of_days(campaign_id, before), Declaration.purged_at.is_(None))
        .order_by(Declaration.id)
    )


def _temperatures(campaign_id: int, before: date) -> Select[Any]:
    return (
        select(TemperatureReading)
        .join(Visit, Visit.id == TemperatureReading.visit_id)
        .join(SiteSession, SiteSession.id == Visit.session_id)
        .where(*_of_days(campaign_id, before))
        .order_by(TemperatureReading.id)
    )


def _messages(campaign_id: int, before: date) -> Select[Any]:
    return (
        select(OutboxMessage)
        .where(
            OutboxMessage.campaign_id == campaign_id,
            OutboxMessage.state.not_in(("waiting", "sending")),
            OutboxMessage.purged_at.is_(None),
            OutboxMessage.created_at < _midnight(before),
        )
        .order_by(OutboxMessage.id)
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=UTC)


def _upload_links(campaign_id: int, before: date) -> Select[Any]:
    return (
        select(UploadLink)
        .join(Student, Student.id == UploadLink.student_id)
        .where(Student.campaign_id == campaign_id, UploadLink.expires_at < _midnight(before))
        .order_by(UploadLink.id)
    )


def _packages(campaign_id: int, before: date) -> Select[Any]:
    return (
        select(Package)
        .where(
            Package.campaign_id == campaign_id, Package.purged_at.is_(None), Package.made_at < _midnight(before)
        )
        .order_by(Package.id)
    )


def _results(campaign_id: int, before: date) -> Select[Any]:
    return (
        select(RegistryResult)
        .where(
            RegistryResult.campaign_id == campaign_id,
            RegistryResult.reason_text != "",
            RegistryResult.at < _midnight(before),
        )
        .order_by(RegistryResult.id)
    )


def _checks(campaign_id: int, before: date) -> Select[Any]:
    return (
        select(StudentCheck)
        .where(
            StudentCheck.campaign_id == campaign_id,
            StudentCheck.note != "",
            StudentCheck.resolved_at < _midnight(before),
        )
        .order_by(StudentCheck.id)
    )


def _payments(campaign_id: int, before: date) -> Select[Any]:
    """All of the campaign together, once the last one is old enough: half an account would be a wrong one."""
    last = select(func.max(Payment.at)).where(Payment.campaign_id == campaign_id).scalar_subquery()
    return (
        select(Payment)
        .where(Payment.campaign_id == campaign_id, last < _midnight(before))
        .order_by(Payment.at, Payment.id)
    )


def _hand_outs(campaign_id: int, before: date) -> Select[Any]:
    return (
        select(HandOut)
        .where(HandOut.campaign_id == campaign_id, HandOut.at < _midnight(before))
        .order_by(HandOut.id)
    )


def _copies(campaign_id: int, before: date) -> Select[Any]:
    return (
        select(CopyRequest)
        .where(CopyRequest.campaign_id == campaign_id, CopyRequest.asked_at < _midnight(before))
        .order_by(CopyRequest.id)
    )


def _over(campaign_id: int, before: date) -> tuple[ColumnElement[bool], ...]:
    """Conditions on a query over `Campaign`: its last day is long past, and nobody of it is still under way."""
    states = [state.value for state in OPEN]
    under_way = (
        select(Visit.id)
        .join(SiteSession, SiteSession.id == Visit.session_id)
        .where(SiteSession.campaign_id == campaign_id, Visit.state.in_(states))
    )
    return Campaign.id == campaign_id, Campaign.capture_until < before, ~under_way.correlate(None).exists()


def _shots(campaign_id: int, before: date) -> Select[Any]:
    return (
        select(Shot)
        .join(Visit, Visit.id == Shot.visit_id)
        .join(Campaign, Campaign.id == Visit.campaign_id)
        .where(*_over(campaign_id, before), Shot.stored_at < _midnight(before), Shot.purged_at.is_(None))
        .order_by(Shot.stored_at, Shot.id)
    )


def _photos(campaign_id: int, before: date) -> Select[Any]:
    mine = CollectedPhoto
    return (
        select(mine)
        .join(Campaign, Campaign.id == mine.campaign_id)
        .where(*_over(campaign_id, before), mine.stored_at < _midnight(before), mine.purged_at.is_(None))
        .order_by(mine.stored_at, mine.id)
    )


def _forget_answers(context: Context, _session: Session, row: Declaration) -> None:
    """What was answered goes; that a declaration was signed under which rules, and whether it passed, stays."""
    row.answers, row.failed_questions, row.purged_at = {}, [], context.now


def _delete(_context: Context, session: Session, row: Base) -> None:
    session.delete(row)


def _forget_message(context: Context, _session: Session, row: OutboxMessage) -> None:
    row.to, row.subject, row.body, row.attachments, row.purged_at = "", "", "", [], context.now


def _forget_package(context: Context, _session: Session, row: Package) -> None:
    """Its files go from this machine; a worker that is killed before the commit finds them gone the next time."""
    for file in own_vault.package_files(context.settings, row):
        file.unlink(missing_ok=True)
    row.purged_at = context.now


def _forget_picture(context: Context, session: Session, row: Shot | CollectedPhoto) -> None:
    """That it was taken, what was measured and decided stays; names of files go, they may hold the person's."""
    row.purged_at = context.now
    if isinstance(row, CollectedPhoto):
        row.source_name = ""
        delivery = session.get(Delivery, row.delivery_id) if row.delivery_id is not None else None
        if delivery is not None and (delivery.file_name or delivery.problems):
            delivery.file_name, delivery.problems = "", []


def _forget_words(_context: Context, _session: Session, row: RegistryResult) -> None:
    row.reason_text = ""


def _forget_note(_context: Context, _session: Session, row: StudentCheck) -> None:
    row.note = ""


#: Kind → queries of the rows that are due, and what becomes of one. The kinds are those of
#: `domain.campaign.RETENTION_DAYS`.
KINDS: dict[str, tuple[Callable[[int, date], Select[Any]], ...]] = {
    "answers": (_answers,),
    "temperatures": (_temperatures,),
    "messages": (_messages,),
    "uploads": (_upload_links,),
    "packages": (_packages,),
    "results": (_results,),
    "checks": (_checks,),
    "payments": (_payments,),
    "hand_outs": (_hand_outs,),
    "copies": (_copies,),
    "photos": (_shots, _photos),
}
REMOVE: dict[str, Callable[[Context, Session, Any], None]] = {
    "answers": _forget_answers,
    "temperatures": _delete,
    "messages": _forget_message,
    "uploads": _delete,
    "packages": _forget_package,
    "results": _forget_words,
    "checks": _forget_note,
    "payments": _delete,
    "hand_outs": _delete,
    "copies": _delete,
    "photos": _forget_picture,
}
