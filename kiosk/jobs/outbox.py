"""Job: sends the e-mails that are due, each at most once.

A message is marked `sending` before the server hears of it. A worker that dies in between leaves it so, and it
becomes `unsure` instead of being sent again: staff see it and decide. What the server surely did not take waits
and is tried again, later each time, until it is given up.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from kiosk.exchange import mail
from kiosk.exchange.mail import Fate
from kiosk.jobs.context import Context
from kiosk.records import audit
from kiosk.records.database import Database
from kiosk.records.site_tables import OutboxMessage
from kiosk.settings import Settings, Smtp

log = logging.getLogger(__name__)

WAITING, SENDING, SENT, FAILED, UNSURE = "waiting", "sending", "sent", "failed", "unsure"
Clock = Callable[[], datetime]


def run(context: Context) -> dict[str, Any]:
    """Send what is due. Answers how many became what."""
    return deliver(context.database, context.settings, lambda: datetime.now(UTC), context.progress, context.by)


def deliver(
    database: Database, settings: Settings, clock: Clock, progress: Callable[[float], None], by: str
) -> dict[str, Any]:
    """Send every message that is due by `clock`, one connection for all of them."""
    counts: Counter[str] = Counter()
    counts[UNSURE] += _recover(database, settings)
    counts["expired"] += _expire(database, settings, clock())
    if settings.smtp.host and is_due(database, settings, clock()):
        try:
            with mail.connected(settings) as client:
                while (message := _claim(database, settings, clock())) is not None:
                    fate, error = mail.send(client, settings, message)
                    _settle(database, settings, message.id, fate, error, clock())
                    counts[fate.value] += 1
                    if error == "connection":
                        break  # the connection is gone; the next job makes another
                    progress(0.5)
        except mail.Unreachable as fault:
            counts["postponed"] += _postpone(database, settings, str(fault), clock())
            log.info("the mail server cannot be used: %s", fault)
    found = {name: count for name, count in sorted(counts.items()) if count}
    if found:
        with database.write() as session:
            audit.append(session, clock(), "outbox", "done", by, detail=found)
    return found


def is_due(database: Database, settings: Settings, now: datetime) -> bool:
    """Whether there is a message to send now, or one that a dead worker left."""
    mine = (OutboxMessage.state == SENDING) & (OutboxMessage.sender == settings.station.name)
    with database.read() as session:
        return (
            session.scalar(select(OutboxMessage.id).where(or_(_due(settings.smtp, now), mine)).limit(1))
            is not None
        )


def _due(smtp: Smtp, now: datetime) -> ColumnElement[bool]:
    """Waiting and its time has come. A time further off than any wait is from before the clock was set back."""
    furthest = now + timedelta(minutes=smtp.longest_retry_minutes)
    time = OutboxMessage.next_try_at
    return (OutboxMessage.state == WAITING) & ((time <= now) | (time > furthest))


def wait(smtp: Smtp, attempts: int) -> timedelta:
    """How long to wait after so many tries: doubled each time, up to the longest."""
    minutes = smtp.first_retry_minutes * 2 ** min(attempts - 1, 20)
    return timedelta(minutes=min(minutes, smtp.longest_retry_minutes))


def _recover(database: Database, settings: Settings) -> int:
    with database.write() as session:
        rows = session.scalars(
            select(OutboxMessage).where(
                OutboxMessage.state == SENDING, OutboxMessage.sender == settings.station.name
            )
        ).all()
        for row in rows:
            row.state, row.error, row.next_try_at = UNSURE, "worker", None
    return len(rows)


def _expire(database: Database, settings: Settings, now: datetime) -> int:
    oldest = now - timedelta(hours=settings.smtp.give_up_hours)
    with database.write() as session:
        done = session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.state == WAITING, OutboxMessage.created_at < oldest)
            .values(state=FAILED, error="expired", next_try_at=None)
        )
        return int(getattr(done, "rowcount", 0))


def _claim(database: Database, settings: Settings, now: datetime) -> OutboxMessage | None:
    """The next message that is due, marked before the server hears of it."""
    with database.write() as session:
        row = session.scalar(
            select(OutboxMessage)
            .where(_due(settings.smtp, now))
            .order_by(OutboxMessage.next_try_at, OutboxMessage.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if row is not None:
            row.state, row.sender = SENDING, settings.station.name
            row.attempts += 1
        return row


def _settle(database: Database, settings: Settings, message: int, fate: Fate, error: str, now: datetime) -> None:
    with database.write() as session:
        row = session.get_one(OutboxMessage, message)
        row.error = error or None
        row.next_try_at = None
        if fate is Fate.SENT:
            row.state, row.sent_at = SENT, now
        elif fate is Fate.LATER:
            row.state, row.next_try_at = WAITING, now + wait(settings.smtp, row.attempts)
        else:
            row.state = FAILED if fate is Fate.REFUSED else UNSURE


def _postpone(database: Database, settings: Settings, error: str, now: datetime) -> int:
    """The server can't be used: everything that is due waits, so that one try serves for all."""
    with database.write() as session:
        rows = _all_due(session, settings, now)
        for row in rows:
            row.attempts += 1
            row.error, row.next_try_at = error, now + wait(settings.smtp, row.attempts)
    return len(rows)


def _all_due(session: Session, settings: Settings, now: datetime) -> list[OutboxMessage]:
    return list(session.scalars(select(OutboxMessage).where(_due(settings.smtp, now))))
