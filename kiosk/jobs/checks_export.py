"""Job: writes who has not checked yet, each with a link, as a workbook to `data/documents/<job>.xlsx`."""

from __future__ import annotations

import hashlib
from typing import Any

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import checks_workbook
from kiosk.jobs.context import Context
from kiosk.jobs.rounds import DOCUMENTS
from kiosk.records import planning
from kiosk.records.receipts import Links


def run(context: Context, *, campaign: str, language: str = "zh_CN", branch: str | None = None) -> dict[str, Any]:
    """Write the workbook of everybody, or of one branch.

    Answers `{"file", "sha256", "bytes", "unchecked"}`. Raises `Refusal` no_campaign.
    """
    place = {} if branch is None else {"branch": branch}
    folder = context.settings.data / DOCUMENTS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{context.job}.xlsx"
    draft = folder / f".{name}"
    context.progress(0.1)
    try:
        with context.database.read() as session:
            of = planning.campaign(session, campaign)
            if of is None:
                raise Refusal(Code.NO_CAMPAIGN, {"campaign": campaign})
            links = Links.of(context.settings, context.now)
            counts = checks_workbook.write(session, links, of, context.now, draft, language, place)
        draft.chmod(0o600)
        content = draft.read_bytes()
        draft.replace(folder / name)
    finally:
        draft.unlink(missing_ok=True)
    return {**counts, "file": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
