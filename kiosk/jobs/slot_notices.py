"""Job: puts a notice for everybody who is due and has an e-mail address into the outbox."""

from __future__ import annotations

from typing import Any

from kiosk.exchange.notices import queue_messages
from kiosk.jobs.context import Context


def run(context: Context, *, campaign: str, language: str = "zh_CN") -> dict[str, Any]:
    """Queue the notices. Raises `Refusal` like `queue_messages`."""
    return queue_messages(
        context.database, context.settings, campaign, language, context.by, context.now, context.progress
    )
