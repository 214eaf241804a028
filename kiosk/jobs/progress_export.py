"""Job: writes how far a place of a campaign is as a workbook to `data/documents/<job>.xlsx`."""

from __future__ import annotations

import hashlib
from typing import Any

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import progress_workbook
from kiosk.jobs.context import Context
from kiosk.jobs.documents import document, file_of
from kiosk.records import planning
from kiosk.records.progress import Place


def run(
    context: Context,
    *,
    campaign: str,
    branch: str | None = None,
    teaching_points: list[str] | None = None,
    class_name: str | None = None,
    language: str = "zh_CN",
) -> dict[str, Any]:
    """Write the workbook; answers `{"file", "sha256", "bytes", "places", "missing"}`.

    Raises `Refusal` no_campaign.
    """
    place = Place(branch, None if teaching_points is None else tuple(teaching_points), class_name)
    with document(context, "xlsx") as file:
        with context.database.read() as session:
            of = planning.campaign(session, campaign)
            if of is None:
                raise Refusal(Code.NO_CAMPAIGN, {"campaign": campaign})
            counts = progress_workbook.write(session, of, context.now, place, file, language, context.progress)
        content = file.read_bytes()
    facts = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    return {**counts, "file": file_of(context, "xlsx"), **facts}
