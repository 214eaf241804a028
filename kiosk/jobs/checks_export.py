"""Job: writes who has not checked yet, each with a link, as a workbook to `data/documents/<job>.xlsx`."""

from __future__ import annotations

import hashlib
from typing import Any

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import checks_workbook
from kiosk.jobs.context import Context
from kiosk.jobs.documents import document, file_of
from kiosk.records import planning
from kiosk.records.receipts import Links


def run(context: Context, *, campaign: str, language: str = "zh_CN", branch: str | None = None) -> dict[str, Any]:
    """Write the workbook of everybody, or of one branch.

    Answers `{"file", "sha256", "bytes", "unchecked"}`. Raises `Refusal` no_campaign.
    """
    place = {} if branch is None else {"branch": branch}
    context.progress(0.1)
    with document(context, "xlsx") as file:
        with context.database.read() as session:
            of = planning.campaign(session, campaign)
            if of is None:
                raise Refusal(Code.NO_CAMPAIGN, {"campaign": campaign})
            links = Links.of(context.settings, context.now)
            counts = checks_workbook.write(session, links, of, context.now, file, language, place)
        content = file.read_bytes()
    facts = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    return {**counts, "file": file_of(context, "xlsx"), **facts}
