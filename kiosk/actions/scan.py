"""A keyboard-wedge scanner typed into the kiosk page: whom that identifies is decided as for any other reader."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from kiosk.actions import campaigns, stations
from kiosk.actions.base import KIOSK, Outcome, Transaction, action
from kiosk.actions.identify import COLLECTION_CODE, identify, tell
from kiosk.domain import wedge
from kiosk.domain.campus_cards import Writing
from kiosk.domain.refusals import Code, Refusal


@action(kinds=(KIOSK,), secrets=("text",), on_refusal=tell)
def scan(
    tx: Transaction,
    text: Annotated[str, StringConstraints(min_length=1, max_length=wedge.LONGEST_CODE)],
    visit: str | None = None,
) -> Outcome:
    """Identify by what was typed, never surer than `uid_only`: whoever has a keyboard can type.

    Raises `Refusal`: scan_unreadable for what is neither a card's number nor a code, and all of `identify`.
    """
    settings = tx.settings.devices.scanner
    if not settings.keyboard:
        raise Refusal(Code.NOT_ALLOWED, {"action": "scan"})
    campaign = campaigns.open_at(tx, stations.here(tx))
    try:
        assurance, entry = wedge.read(
            text.encode(),
            by_code=campaign.identity_mode == COLLECTION_CODE,
            writing=Writing(settings.writing),
            digits=settings.digits,
        )
    except ValueError as error:
        raise Refusal(Code.SCAN_UNREADABLE) from error
    return identify(tx, assurance, source="keyboard", **entry)
