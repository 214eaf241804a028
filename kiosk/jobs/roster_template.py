"""Job: writes the empty roster of a school code to `documents/`."""

from __future__ import annotations

from typing import Any

from kiosk.exchange.doctor import read_programmes, site_lists
from kiosk.exchange.template import write_template
from kiosk.jobs.context import Context
from kiosk.jobs.rounds import DOCUMENTS


def run(context: Context, *, school: str, campaign: str = "", language: str = "zh_CN") -> dict[str, Any]:
    """Make the template. Answers `file`. Raises `Refusal` bad_request for an unknown school code."""
    folder = context.settings.data / DOCUMENTS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{context.job}.xlsx"
    draft = folder / f".{name}"
    with context.database.read() as session:
        lists = site_lists(session, read_programmes(context.settings.data))
    try:
        write_template(draft, school, lists, language)
        draft.chmod(0o600)
        draft.replace(folder / name)
    finally:
        draft.unlink(missing_ok=True)
    return {"file": name, "school": school}
