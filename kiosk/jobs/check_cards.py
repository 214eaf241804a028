"""Job: prints the cards by which students check picture and data, to `data/documents/<job>.pdf`."""

from __future__ import annotations

from typing import Any

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import check_cards
from kiosk.exchange.notices import speaker
from kiosk.exchange.printable import MOST
from kiosk.jobs.context import Context
from kiosk.jobs.documents import document, file_of
from kiosk.records import planning, receipts
from kiosk.records.progress import LEVELS


def run(
    context: Context, *, campaign: str, language: str = "zh_CN", student: int | None = None, **place: str
) -> dict[str, Any]:
    """Print them for who has not checked yet: all, those of a `branch`, `teaching_point`, `class_name`, or one.

    Answers `{"file", "students", "classes", "pages"}`. Raises `Refusal`: no_campaign, bad_request, all_checked,
    prints_too_many.
    """
    if not place.keys() <= set(LEVELS):
        raise Refusal(Code.BAD_REQUEST, {"what": "place"})
    links = receipts.Links.of(context.settings, context.now)
    with context.database.read() as session:
        of = planning.campaign(session, campaign)
        if of is None:
            raise Refusal(Code.NO_CAMPAIGN, {"campaign": campaign})
        people = list(receipts.unchecked(session, of, context.now, place, student))
    if not people:
        raise Refusal(Code.ALL_CHECKED)
    if len(people) > MOST:
        raise Refusal(Code.PRINTS_TOO_MANY, {"most": MOST, "count": len(people)})
    with document(context, "pdf") as file:
        counts = check_cards.write(people, links, of, file, language, speaker(language), context.progress)
    return {**counts, "file": file_of(context, "pdf")}
