"""Staff know the student: open the visit without a card and put it in front of a kiosk."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kiosk.actions import admission, campaigns, stations
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, USHER, Outcome, Transaction, action
from kiosk.actions.identify import ID_CARD, ways
from kiosk.domain.identity import Assurance
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.tables import Student, Visit

Override = Annotated[list[Annotated[Code, Field(strict=False)]], Field(max_length=8)]


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR, USHER), needs_reason=True)
def confirm_without_card(tx: Transaction, student: int, station: str, override: Override = []) -> Outcome:  # noqa: B006
    """Open the student's visit with the assurance `typed`, or show the open one; the student still confirms.

    `student` is the id of the roster search, `override` the refusals that the member knowingly lets pass (who may
    stands in `domain.overrides`). Raises `Refusal` student_unknown, station_busy and those of `identify`.
    """
    at = stations.named(tx, station)
    stations.call_answered(at)  # whoever was called for the student without a card has come
    campaign = campaigns.open_at(tx, at)
    if campaign.identity_mode != ID_CARD or Assurance.TYPED not in campaign.assurances:
        raise Refusal(Code.IDENTITY_MODE, {"mode": campaign.identity_mode, "takes": ways(campaign)})
    found = tx.session.get(Student, student)
    if found is None or found.campaign_id != campaign.id or found.removed_at is not None:
        raise Refusal(Code.STUDENT_UNKNOWN)
    tx.detail.update({"assurance": Assurance.TYPED.value, "student": found.id})
    open_visit = admission.open_visit(tx, campaign, student=found)
    if open_visit is not None:
        return admission.take_up(tx, at, open_visit)
    if not stations.has_room(tx, at):
        raise Refusal(Code.STATION_BUSY)
    admission.admit(tx, campaign, found, frozenset(override))
    visit = Visit(student_id=found.id, assurance=Assurance.TYPED.value, card={"flags": []})
    return admission.open_new(tx, at, campaign, visit)
