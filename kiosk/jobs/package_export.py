"""Job: writes the reporting package of a campaign to `data/packages/<job>.zip`."""

from __future__ import annotations

from typing import Any

from kiosk.exchange.package import export
from kiosk.jobs.context import Context
from kiosk.records.queue import PACKAGES


def run(context: Context, *, campaign: str) -> dict[str, Any]:
    """Export the campaign. Raises `Refusal` like `export`."""
    out = context.settings.data / PACKAGES / f"{context.job}.zip"
    summary = export(
        context.database,
        context.settings,
        campaign,
        out,
        context.by,
        now=context.now,
        progress=context.progress,
    )
    return summary.to_json()
