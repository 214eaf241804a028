"""Job: writes how far a place of a campaign is as a workbook to `data/documents/<job>.xlsx`."""

from __future__ import annotations

import hashlib
from typing import Any

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import progress_workbook
from kiosk.jobs.context import Context
from kiosk.jobs.rounds import DOCUMENTS
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
    folder = context.settings.data / DOCUMENTS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{context.job}.xlsx"
    draft = folder / f".{name}"
    place = Place(branch, None if teaching_points is None else tuple(teaching_points), class_name)
    try:
        with context.database.read() as session:
            of = planning.campaign(session, campaign)
            if of is None:
                raise Refusal(Code.NO_CAMPAIGN, {"campaign": campaign})
            counts = progress_workbook.write(session, of, context.now, place, draft, language, context.progress)
        draft.chmod(0o600)
        content = draft.read_bytes()
        draft.replace(folder / name)
    finally:
        draft.unlink(missing_ok=True)
    return {**counts, "file": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
