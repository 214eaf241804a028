"""Job: writes the empty roster of a school code to `documents/`."""

from __future__ import annotations

from typing import Any

from kiosk.exchange.doctor import read_programmes, site_lists
from kiosk.exchange.template import write_template
from kiosk.jobs.context import Context
from kiosk.jobs.documents import document, file_of


def run(context: Context, *, school: str, campaign: str = "", language: str = "zh_CN") -> dict[str, Any]:
    """Make the template. Answers `file`. Raises `Refusal` bad_request for an unknown school code."""
    with context.database.read() as session:
        lists = site_lists(session, read_programmes(context.settings.data))
    with document(context, "xlsx") as file:
        write_template(file, school, lists, language)
    return {"file": file_of(context, "xlsx"), "school": school}
