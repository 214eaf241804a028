"""Job: prints the schedule: the list, the students' notices, or a calendar file, to `data/documents/<job>.*`."""

from __future__ import annotations

from typing import Any

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import notices, schedule_pdf
from kiosk.jobs.context import Context
from kiosk.jobs.documents import document, file_of
from kiosk.records import planning

#: What can be made → ending of the file.
KINDS = {"list": "pdf", "notices": "pdf", "calendar": "ics"}


def run(
    context: Context,
    *,
    campaign: str,
    what: str,
    language: str = "zh_CN",
    day: str = "",
    slot: str = "",
    branch: str | None = None,
) -> dict[str, Any]:
    """Make the document; list and notices of the students of `branch` alone, where one is named.

    Answers its counts and `file`. Raises `Refusal` no_campaign or bad_request.
    """
    if what not in KINDS:
        raise Refusal(Code.BAD_REQUEST, {"what": "what"})
    context.progress(0.1)
    with document(context, KINDS[what]) as file, context.database.read() as session:
        of = planning.campaign(session, campaign)
        if of is None:
            raise Refusal(Code.NO_CAMPAIGN, {"campaign": campaign})
        settings = context.settings
        if what == "list":
            counts = schedule_pdf.list_pdf(session, settings, of, file, language, context.now, day, branch)
        elif what == "notices":
            counts = schedule_pdf.notices_pdf(session, settings, of, file, language, day, slot, branch)
        else:
            counts = notices.schedule_ics(session, settings, of, file, language, context.now)
    return {**counts, "file": file_of(context, KINDS[what])}
