"""Job: writes the reporting package of a campaign to `data/packages/<job>.zip` (or its parts beside it)."""

from __future__ import annotations

from typing import Any

from kiosk.exchange.package import Order, export, rehearse
from kiosk.jobs.context import Context
from kiosk.records.queue import PACKAGES


def run(
    context: Context,
    *,
    campaign: str,
    branch: str = "",
    dbf: bool = False,
    part_mb: int | None = None,
    recipient: str = "",
    rehearsal: bool = False,
) -> dict[str, Any]:
    """Export the campaign, or with `rehearsal` say what would block it. Raises `Refusal` like `export`.

    The problems of a rehearsal name people by the id of their record alone.
    """
    order = Order(campaign, branch, dbf, part_mb * 1_000_000 if part_mb else None, recipient)
    if rehearsal:
        summary, problems = rehearse(
            context.database, context.settings, order, now=context.now, progress=context.progress
        )
        listed = [
            {"code": each.code, "ordinal": each.ordinal, "student": each.student, "field": each.field,
             "blocks": each.blocks}
            for each in problems
        ]  # fmt: skip
        return {**summary.to_json(), "problems": listed, "rehearsal": True}
    out = context.settings.data / PACKAGES / f"{context.job}.zip"
    summary = export(
        context.database,
        context.settings,
        order,
        out,
        context.by,
        now=context.now,
        progress=context.progress,
        public_id=context.job,
    )
    return summary.to_json()
