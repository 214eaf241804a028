"""The life of a visit: the states, what they mean as named sets, and every allowed transition in one table."""

from __future__ import annotations

from enum import StrEnum


class VisitState(StrEnum):
    """Where a visit stands. The values are stored, sent to pages and used as translation keys."""

    CONFIRMING = "confirming"  # the student checks the masked data
    DATA_REPORTED = "data_reported"  # the student said that a field is wrong; staff decide
    DECLARING = "declaring"  # health declaration
    REFUSED = "refused"  # declaration not passed
    TEMPERATURE = "temperature"  # to be measured
    OBSERVATION = "observation"  # abnormal or unwell: observation room, place in the queue kept
    ESCALATED = "escalated"  # still abnormal after the re-measurement
    QUEUED = "queued"  # has a number
    CALLED = "called"  # holds the seat, not yet in front of the camera
    CAPTURING = "capturing"  # in front of the camera
    REVIEW = "review"  # looks at the shot
    ACCEPTED = "accepted"  # accepted the photo; the receipt is on the screen
    DONE = "done"  # took the receipt and left
    PARKED = "parked"  # abandoned; staff or the same card resume it
    CANCELLED = "cancelled"  # ended by staff or by the student before a photo was accepted


S = VisitState

#: Nothing more happens to the visit.
ENDED = frozenset({S.REFUSED, S.ESCALATED, S.DONE, S.CANCELLED})
#: The visit still needs something from somebody.
OPEN = frozenset(S) - ENDED
#: The visit holds the seat in front of the camera; one visit a station.
SEATED = frozenset({S.CALLED, S.CAPTURING, S.REVIEW, S.ACCEPTED})
#: The student stands at the screen and the idle clock runs.
ATTENDED = frozenset({S.CONFIRMING, S.DECLARING, S.TEMPERATURE, S.CALLED, S.CAPTURING, S.REVIEW})
#: Only staff can move the visit on.
NEEDS_STAFF = frozenset({S.DATA_REPORTED, S.OBSERVATION, S.PARKED})
#: A photo of this visit was accepted by the student.
PHOTOGRAPHED = frozenset({S.ACCEPTED, S.DONE})
#: States a parked visit or one back from observation may return to.
RESUMABLE = frozenset({S.CONFIRMING, S.DECLARING, S.TEMPERATURE, S.QUEUED, S.DATA_REPORTED, S.CAPTURING, S.REVIEW})

TRANSITIONS: dict[VisitState, frozenset[VisitState]] = {
    S.CONFIRMING: frozenset(
        {S.DATA_REPORTED, S.DECLARING, S.TEMPERATURE, S.QUEUED, S.OBSERVATION, S.PARKED, S.CANCELLED}
    ),
    S.DATA_REPORTED: frozenset({S.CONFIRMING, S.OBSERVATION, S.CANCELLED}),
    S.DECLARING: frozenset({S.REFUSED, S.TEMPERATURE, S.QUEUED, S.OBSERVATION, S.PARKED, S.CANCELLED}),
    S.TEMPERATURE: frozenset({S.QUEUED, S.OBSERVATION, S.PARKED, S.CANCELLED}),
    S.OBSERVATION: RESUMABLE | {S.ESCALATED, S.CANCELLED},
    S.QUEUED: frozenset({S.CALLED, S.OBSERVATION, S.PARKED, S.CANCELLED}),
    S.CALLED: frozenset({S.CAPTURING, S.QUEUED, S.OBSERVATION, S.PARKED, S.CANCELLED}),
    S.CAPTURING: frozenset({S.REVIEW, S.QUEUED, S.OBSERVATION, S.PARKED, S.CANCELLED}),
    S.REVIEW: frozenset({S.CAPTURING, S.ACCEPTED, S.OBSERVATION, S.PARKED, S.CANCELLED}),
    S.ACCEPTED: frozenset({S.DONE}),
    S.PARKED: RESUMABLE | {S.OBSERVATION, S.CANCELLED},
    S.REFUSED: frozenset(),
    S.ESCALATED: frozenset(),
    S.DONE: frozenset(),
    S.CANCELLED: frozenset(),
}


def may_move(old: VisitState, new: VisitState) -> bool:
    """Whether the table allows `old` → `new`."""
    return new in TRANSITIONS[old]
