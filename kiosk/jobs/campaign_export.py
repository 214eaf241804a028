"""Job: writes a campaign with its organisation and sites as TOML or workbook to `data/documents/<job>.*`."""

from __future__ import annotations

from typing import Any

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import plan_files
from kiosk.jobs.context import Context
from kiosk.jobs.rounds import DOCUMENTS


def run(context: Context, *, campaign: str, form: str = "toml", language: str = "zh_CN") -> dict[str, Any]:
    """Write the file. Answers `{"file"}`. Raises `Refusal` no_campaign or bad_request."""
    if form not in ("toml", "xlsx"):
        raise Refusal(Code.BAD_REQUEST, {"what": "form"})
    folder = context.settings.data / DOCUMENTS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{context.job}.{form}"
    draft = folder / f".{name}"
    with context.database.read() as session:
        plan_files.export(session, campaign, draft, form, language)
    draft.chmod(0o600)
    draft.replace(folder / name)
    return {"file": name}
