"""Job: prints photo sheets, address labels or the list to hand out with, to `data/documents/<job>.pdf`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.domain import prints
from kiosk.domain.queue import local_text
from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import hand_out_list, labels, photo_sheets, printable
from kiosk.exchange.notices import speaker
from kiosk.exchange.printable import Choice
from kiosk.jobs.context import Context
from kiosk.jobs.documents import document, file_of
from kiosk.records import planning
from kiosk.records.registry_tables import HandOut
from kiosk.records.tables import Campaign
from kiosk.records.vault import Vault

KINDS = ("sheets", "labels", "list")


def run(
    context: Context,
    *,
    campaign: str,
    what: str,
    language: str = "zh_CN",
    branch: str | None = None,
    teaching_point: str | None = None,
    class_name: str | None = None,
    size: str = "1inch",
    paper: str = "6inch",
    count: int | None = None,
    grid: str = "24",
) -> dict[str, Any]:
    """Make it. Answers its counts and `file`. Raises `Refusal`: no_campaign, bad_request, no_photo_that_counts,
    prints_too_many, prints_do_not_fit, picture_unreadable."""
    if what not in KINDS:
        raise Refusal(Code.BAD_REQUEST, {"what": "what"})
    context.progress(0.02)
    layout = prints.layout(size, paper, count) if what == "sheets" else None
    with context.database.read() as session:
        of = planning.campaign(session, campaign)
        if of is None:
            raise Refusal(Code.NO_CAMPAIGN, {"campaign": campaign})
        people = printable.chosen(session, of, Choice(branch, teaching_point, class_name), context.now)
        handed = _handed(session, of) if what == "list" else {}
    say, title = speaker(language), of.title_zh if language == "zh_CN" else of.title_en
    with document(context, "pdf") as file:
        if layout is not None:
            vault = Vault(context.settings.data / "vault")
            counts = photo_sheets.write(
                people, vault, layout, file, title, say("prints.no_class"), context.progress
            )
        elif what == "labels":
            counts = labels.write(people, grid, file, title, say)
        else:
            counts = hand_out_list.write(people, handed, file, title, local_text(context.now), say)
    return {**counts, "file": file_of(context, "pdf")}


def _handed(session: Session, of: Campaign) -> dict[int, HandOut]:
    query = select(HandOut).where(HandOut.campaign_id == of.id, HandOut.kind == "prints")
    return {row.student_id: row for row in session.scalars(query)}
