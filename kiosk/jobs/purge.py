"""Job: removes personal data whose days are over, kind by kind, and keeps a record of what was removed.

Each batch and the count in its record are one transaction: a worker that is killed has removed exactly what its
record says, and the job that begins again goes on with the same record.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from kiosk.domain.campaign import RETENTION_DAYS
from kiosk.domain.queue import day_of
from kiosk.jobs.context import Context
from kiosk.records import audit
from kiosk.records.database import Database
from kiosk.records.site_tables import OutboxMessage, PurgeRecord
from kiosk.records.tables import Campaign, Declaration, SiteSession, TemperatureReading, Visit
from kiosk.settings import Settings

#: Rows of one transaction.
BATCH = 200


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
                if session.execute(wanted(row.id, before).limit(1)).first() is not None:
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
            rows = session.scalars(KINDS[kind](campaign_id, before).limit(BATCH)).all()
            if record is None:
                if not rows:
                    return 0
                record = PurgeRecord(
                    run=context.job, campaign_id=campaign_id, kind=kind, before=before, rows=0,
                    kept_days=(day_of(context.now) - before).days, started_at=context.now, by=context.by,
                )  # fmt: skip
                session.add(record)
            for row in rows:
                REMOVE[kind](session, row, context.now)
            record.rows += len(rows)
            if len(rows) < BATCH:
                if record.ended_at is None:
                    record.ended_at = context.now
                    detail = {"campaign": campaign.code, "kind": kind, "rows": record.rows, "before": before}
                    audit.append(session, context.now, "purge", "done", context.by, detail=detail)
                return record.rows


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
            OutboxMessage.created_at < datetime.combine(before, datetime.min.time(), tzinfo=UTC),
        )
        .order_by(OutboxMessage.id)
    )


def _forget_answers(_session: Session, row: Declaration, now: datetime) -> None:
    """What was answered goes; that a declaration was signed under which rules, and whether it passed, stays."""
    row.answers, row.failed_questions, row.purged_at = {}, [], now


def _delete(session: Session, row: TemperatureReading, _now: datetime) -> None:
    session.delete(row)


def _forget_message(_session: Session, row: OutboxMessage, now: datetime) -> None:
    row.to, row.subject, row.body, row.attachments, row.purged_at = "", "", "", [], now


#: Kind → rows that are due, and what becomes of one. The kinds are those of `domain.campaign.RETENTION_DAYS`.
KINDS: dict[str, Callable[[int, date], Select[Any]]] = {
    "answers": _answers,
    "temperatures": _temperatures,
    "messages": _messages,
}
REMOVE: dict[str, Callable[[Session, Any, datetime], None]] = {
    "answers": _forget_answers,
    "temperatures": _delete,
    "messages": _forget_message,
}
