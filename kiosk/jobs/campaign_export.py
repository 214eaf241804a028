"""Job: writes a campaign with its organisation and sites as TOML or workbook to `data/documents/<job>.*`."""

from __future__ import annotations

from typing import Any

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import plan_files
from kiosk.jobs.context import Context
from kiosk.jobs.documents import document, file_of


def run(context: Context, *, campaign: str, form: str = "toml", language: str = "zh_CN") -> dict[str, Any]:
    """Write the file. Answers `{"file"}`. Raises `Refusal` no_campaign or bad_request."""
    if form not in ("toml", "xlsx"):
        raise Refusal(Code.BAD_REQUEST, {"what": "form"})
    with document(context, form) as file, context.database.read() as session:
        plan_files.export(session, campaign, file, form, language)
    return {"file": file_of(context, form)}
