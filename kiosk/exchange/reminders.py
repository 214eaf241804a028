"""Reminders to check picture and data (核对): a mail before the deadline to who has a photo and is silent."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.domain.queue import day_of, site_zone
from kiosk.i18n import LANGUAGES, text
from kiosk.records import audit, receipts, reminders
from kiosk.records.database import Database
from kiosk.records.receipts import Waiting
from kiosk.records.registry_tables import StudentCheck
from kiosk.records.site_tables import OutboxMessage
from kiosk.records.tables import Campaign
from kiosk.settings import Settings

KIND = reminders.KIND
#: Hours of the site's day in which reminders are queued: nobody is woken by one.
FROM_HOUR, UNTIL_HOUR = 8, 20
#: Students whose messages are written in one transaction.
BATCH = 100


def kind_today(check_until: date | None, today: date, days: list[int]) -> int | None:
    """Which of the reminders (days before the deadline) is today's, None before the first and after the end.

    A worker that was off on the day itself makes up for it, but never sends two kinds at once.
    """
    if check_until is None or today > check_until:
        return None
    left = (check_until - today).days
    return min((each for each in days if each >= left), default=None)


def due(session: Session, settings: Settings, now: datetime) -> list[tuple[Campaign, int]]:
    """Campaigns whose students are to be reminded now, each with its kind; none at night or without a server."""
    if not settings.smtp.host or not FROM_HOUR <= now.astimezone(site_zone()).hour < UNTIL_HOUR:
        return []
    rows = session.scalars(select(Campaign).where(Campaign.active, Campaign.check_until.is_not(None)))
    kinds = ((row, kind_today(row.check_until, day_of(now), settings.smtp.check_reminder_days)) for row in rows)
    return [(row, kind) for row, kind in kinds if kind is not None]


def queue_messages(
    database: Database, settings: Settings, campaign: Campaign, kind: int, by: str, now: datetime,
    tell: Callable[[float], None] = lambda _share: None,
) -> dict[str, int]:  # fmt: skip
    """Put a reminder for everybody who has not checked into the outbox; a kind never twice for one deadline.

    The link is of today, in whatever way the photo came. Answers `{"queued", "known", "no_address"}`.
    """
    counts = {"queued": 0, "known": 0, "no_address": 0}
    links = receipts.Links.of(settings, now)
    with database.read() as session:
        newest = session.scalar(select(func.max(StudentCheck.id))) or 0
        known = set(session.scalars(select(OutboxMessage.key).where(OutboxMessage.campaign_id == campaign.id)))
        waiting = list(receipts.unchecked(session, campaign, now))
    messages = []
    for each in waiting:
        student = each.student
        about = f"{KIND}/{campaign.id}/{campaign.check_until}/{kind}/{student.id}/{student.email}"
        digest = hashlib.sha256(about.encode()).hexdigest()
        if not student.email:
            counts["no_address"] += 1
        elif digest in known:
            counts["known"] += 1
        else:
            messages.append(_message(campaign, each, links.plain(each.photo), digest, by, now))
    for start in range(0, len(messages), BATCH):
        tell(start / len(messages))
        with database.write() as session:
            audit.lock(session)  # whoever checks now is either seen here or cancels what is written here
            counts["queued"] += _write(session, messages[start : start + BATCH], newest)
    if counts["queued"]:
        detail = {"campaign": campaign.code, "days": kind, **counts}
        with database.write() as session:
            audit.lock(session)
            audit.append(session, now, "check_reminders", "done", by, detail=detail)
    return counts


def _write(session: Session, batch: list[OutboxMessage], newest: int) -> int:
    students = [message.student_id for message in batch]
    checked = set(
        session.scalars(
            select(StudentCheck.student_id).where(StudentCheck.id > newest, StudentCheck.student_id.in_(students))
        )
    )
    keys = [message.key for message in batch]
    there = set(session.scalars(select(OutboxMessage.key).where(OutboxMessage.key.in_(keys))))
    added = [message for message in batch if message.key not in there and message.student_id not in checked]
    session.add_all(added)
    return len(added)


def _message(campaign: Campaign, to: Waiting, address: str, digest: str, by: str, now: datetime) -> OutboxMessage:
    student = to.student
    language = to.language if to.language in LANGUAGES else LANGUAGES[0]
    words = {
        "name": student.name,
        "campaign": campaign.title_en if language == "en" else campaign.title_zh,
        "until": campaign.check_until,
        "address": address,
    }
    return OutboxMessage(
        public_id=secrets.token_hex(16), key=digest, kind=KIND, campaign_id=campaign.id, student_id=student.id,
        to=student.email, subject=text(language, "checking.mail.subject", **words),
        body=text(language, "checking.mail.body", **words), attachments=[], state="waiting", attempts=0,
        next_try_at=now, by=by, created_at=now,
    )  # fmt: skip
