"""Which screen a kiosk shows: decided from the station's facts and the state of the visit in front of it."""

from __future__ import annotations

from enum import StrEnum

from kiosk.domain.states import VisitState


class Screen(StrEnum):
    """Every screen of the kiosk page; docs/interfaces.md names them."""

    CLOSED = "closed"
    WELCOME = "welcome"
    IDENTIFY = "identify"
    NOTICE = "notice"
    CONFIRM = "confirm"
    DATA_REPORTED = "data_reported"
    DECLARE = "declare"
    REFUSED = "refused"
    TEMPERATURE = "temperature"
    OBSERVATION = "observation"
    WAITING = "waiting"
    CALLED = "called"
    CAPTURE = "capture"
    REVIEW = "review"
    RECEIPT = "receipt"
    PARKED = "parked"


#: Screen of a visit in front; a state that is missing here is never in front.
OF_STATE: dict[VisitState, Screen] = {
    VisitState.CONFIRMING: Screen.CONFIRM,
    VisitState.DATA_REPORTED: Screen.DATA_REPORTED,
    VisitState.DECLARING: Screen.DECLARE,
    VisitState.REFUSED: Screen.REFUSED,
    VisitState.TEMPERATURE: Screen.TEMPERATURE,
    VisitState.OBSERVATION: Screen.OBSERVATION,
    VisitState.ESCALATED: Screen.OBSERVATION,
    VisitState.QUEUED: Screen.WAITING,
    VisitState.CALLED: Screen.CALLED,
    VisitState.CAPTURING: Screen.CAPTURE,
    VisitState.REVIEW: Screen.REVIEW,
    VisitState.ACCEPTED: Screen.RECEIPT,
    VisitState.PARKED: Screen.PARKED,
}


def screen_for(mode: str, notice: bool, campaign_open: bool, front: VisitState | None) -> Screen:
    """The screen of a station.

    `mode` is the station's (`welcome` or `identify`), `notice` whether a refusal is to be read, `campaign_open`
    whether the station has a campaign that photographs today, `front` the state of the visit shown, if any. A
    visit comes before everything: nobody loses their place because a campaign ends or a stranger lays a card.
    """
    if front is not None and front in OF_STATE:
        return OF_STATE[front]
    if notice:
        return Screen.NOTICE
    if not campaign_open:
        return Screen.CLOSED
    return Screen.IDENTIFY if mode == Screen.IDENTIFY else Screen.WELCOME
