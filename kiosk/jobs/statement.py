"""Job: makes the statement of a campaign's fees, a workbook or a PDF, to `data/documents/<job>.*`."""

from __future__ import annotations

from typing import Any

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import statements
from kiosk.jobs.context import Context
from kiosk.jobs.documents import document, file_of
from kiosk.records import planning


def run(
    context: Context, *, campaign: str, form: str, language: str = "zh_CN", branch: str | None = None
) -> dict[str, Any]:
    """Make it, of one branch where one is named. Answers its counts and `file`. Raises `Refusal` no_campaign,
    bad_request."""
    if form not in ("xlsx", "pdf"):
        raise Refusal(Code.BAD_REQUEST, {"what": "form"})
    context.progress(0.1)
    with document(context, form) as file, context.database.read() as session:
        of = planning.campaign(session, campaign)
        if of is None:
            raise Refusal(Code.NO_CAMPAIGN, {"campaign": campaign})
        if form == "xlsx":
            counts = statements.workbook(session, of, file, language, branch)
        else:
            counts = statements.pdf(session, context.settings, of, file, language, context.now, branch)
    return {**counts, "file": file_of(context, form)}
