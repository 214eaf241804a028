"""Job: writes a campaign with its organisation and sites as TOML or workbook to `data/documents/<job>.*`."""

from __future__ import annotations

from typing import Any

from kiosk.domain.campaign import CampaignFile
from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import plan_files
from kiosk.i18n import text
from kiosk.jobs.context import Context
from kiosk.jobs.rounds import DOCUMENTS
from kiosk.records import campaigns, planning


def run(context: Context, *, campaign: str, form: str = "toml", language: str = "zh_CN") -> dict[str, Any]:
    """Write the file. Answers `{"file"}`. Raises `Refusal` no_campaign or bad_request."""
    if form not in ("toml", "xlsx"):
        raise Refusal(Code.BAD_REQUEST, {"what": "form"})
    folder = context.settings.data / DOCUMENTS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with context.database.read() as session:
        row = planning.campaign(session, campaign)
        if row is None:
            raise Refusal(Code.NO_CAMPAIGN, {"campaign": campaign})
        file, units = campaigns.of_row(row), planning.units(session)
        sites = [
            {"code": site.code, "title": site.name, "address": site.address, "waiting_metres": site.waiting_metres,
             "seats": site.seats, "student_seconds": site.student_seconds}
            for site in planning.sites(session)
        ]  # fmt: skip
    name = f"{context.job}.{form}"
    draft = folder / f".{name}"
    if form == "toml":
        plan_files.write_toml(draft, file, units, sites)
    else:
        hints = {field: text(language, f"plan.hint.{field}") for field in CampaignFile.model_fields}
        plan_files.write_workbook(draft, file, units, sites, hints)
    draft.chmod(0o600)
    draft.replace(folder / name)
    return {"file": name}
