"""Job: makes the signed report of a day, to `data/documents/<job>.zip`, where it lies for a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import day_report
from kiosk.jobs.context import Context
from kiosk.jobs.documents import file_of
from kiosk.records.queue import DOCUMENTS


def run(context: Context, *, day: str, language: str = "zh_CN") -> dict[str, Any]:
    """Make the report. Answers what `day_report.make` does and `file`. Raises `Refusal` no_day or bad_request."""
    try:
        of = date.fromisoformat(day)
    except ValueError as error:
        raise Refusal(Code.BAD_REQUEST, {"what": "day"}) from error
    name = file_of(context, "zip")
    made = day_report.make(
        context.database, context.settings, of, context.settings.data / DOCUMENTS / name, context.by,
        language=language, now=context.now, progress=context.progress,
    )  # fmt: skip
    return {**made, "file": name}
