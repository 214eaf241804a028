"""Job: prints the report about somebody whose temperature stayed abnormal, to `data/documents/<job>.pdf`.

It is made from the records each time and gone after a day, so that no file with health data lies about.
"""

from __future__ import annotations

from typing import Any

from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState
from kiosk.exchange import incident_pdf
from kiosk.jobs.context import Context
from kiosk.jobs.rounds import DOCUMENTS
from kiosk.records import queries


def run(context: Context, *, visit: str, language: str = "zh_CN") -> dict[str, Any]:
    """Make the report. Answers `{"pages", "contacts", "file"}`. Raises `Refusal` visit_unknown or not_now."""
    folder = context.settings.data / DOCUMENTS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{context.job}.pdf"
    draft = folder / f".{name}"
    with context.database.read() as session:
        found = queries.visit(session, visit)
        if found is None:
            raise Refusal(Code.VISIT_UNKNOWN)
        if found.state != VisitState.ESCALATED:
            raise Refusal(Code.NOT_NOW, {"state": found.state})
        counts = incident_pdf.write(session, context.settings, found, draft, language, context.now)
    draft.chmod(0o600)
    draft.replace(folder / name)
    return {**counts, "file": name}
