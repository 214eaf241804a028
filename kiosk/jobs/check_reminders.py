"""Job: puts the reminders of today to check picture and data (核对) into the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kiosk.exchange import reminders
from kiosk.jobs.context import Context
from kiosk.records.database import Database
from kiosk.settings import Settings


def run(context: Context) -> dict[str, Any]:
    """Queue them for every campaign that is due. Answers `{campaign: counts of reminders.queue_messages}`."""
    with context.database.read() as session:
        found = reminders.due(session, context.settings, context.now)
    return {
        campaign.code: reminders.queue_messages(
            context.database, context.settings, campaign, kind, context.by, context.now, context.progress
        )
        for campaign, kind in found
    }


def is_due(database: Database, settings: Settings, now: datetime) -> bool:
    """Whether the deadline of some campaign is near enough."""
    with database.read() as session:
        return bool(reminders.due(session, settings, now))
