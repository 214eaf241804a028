"""Job: prints the report about somebody whose temperature stayed abnormal, to `data/documents/<job>.pdf`.

It is made from the records each time and gone after a day, so that no file with health data lies about.
"""

from __future__ import annotations

from typing import Any

from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState
from kiosk.exchange import incident_pdf
from kiosk.jobs.context import Context
from kiosk.jobs.documents import document, file_of
from kiosk.records import queries


def run(context: Context, *, visit: str, language: str = "zh_CN") -> dict[str, Any]:
    """Make the report. Answers `{"pages", "contacts", "file"}`. Raises `Refusal` visit_unknown or not_now."""
    with document(context, "pdf") as file, context.database.read() as session:
        found = queries.visit(session, visit)
        if found is None:
            raise Refusal(Code.VISIT_UNKNOWN)
        if found.state != VisitState.ESCALATED:
            raise Refusal(Code.NOT_NOW, {"state": found.state})
        counts = incident_pdf.write(session, context.settings, found, file, language, context.now)
    return {**counts, "file": file_of(context, "pdf")}
