"""Where somebody stands in a campaign: has a photo that goes into the reporting package, or why not.

Exactly one of both holds for everybody, so that registered = ready + missing, always.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from kiosk.domain.collection import Standing
from kiosk.domain.queue import photo_valid_until
from kiosk.domain.states import PHOTOGRAPHED, VisitState


class Missing(StrEnum):
    """Why somebody has no photo in the package. The values are translation keys (`package.missing.<value>`)."""

    NOT_COME = "not_come"
    REMOVED = "removed"  # no longer on the roster
    REFUSED = "refused"  # the declaration was not passed
    OBSERVATION = "observation"
    ESCALATED = "escalated"
    DATA_REPORTED = "data_reported"
    PARKED = "parked"
    IN_PROGRESS = "in_progress"
    CANCELLED = "cancelled"
    AWAITING_STAFF = "awaiting_staff"  # there is a photo about which staff have yet to decide
    REJECTED = "rejected"
    NOT_LINKED = "not_linked"  # the registry rejected it: a new photo is needed
    EXPIRED = "expired"  # taken longer ago than the campaign allows
    FILE_DAMAGED = "file_damaged"  # the vault's file is gone or not what its name says


_BY_STATE = {
    VisitState.REFUSED: Missing.REFUSED,
    VisitState.OBSERVATION: Missing.OBSERVATION,
    VisitState.ESCALATED: Missing.ESCALATED,
    VisitState.DATA_REPORTED: Missing.DATA_REPORTED,
    VisitState.PARKED: Missing.PARKED,
    VisitState.CANCELLED: Missing.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that came in, by whichever mode: at the kiosk one that its student accepted."""

    state: str  # kiosk.domain.collection.Standing
    deliverable: str  # SHA-256 in hex
    taken_at: datetime
    not_linked: bool = False  # the registry rejected this very picture


@dataclass(frozen=True, slots=True)
class Attendance:
    """One visit, or one photo that came without one (`DONE`), as far as it matters here.

    `photo` of a visit is None until the student accepted one.
    """

    state: VisitState
    photo: Photo | None = None


def standing(visits: Sequence[Attendance], today: date, validity_days: int) -> Photo | Missing:
    """The photo that may be reported, else why there is none.

    `visits` are in the order in which they began, `today` is the day in China. A photo may go when it was
    accepted, the registry did not reject it, and it is not older than `validity_days`. Without one the newest
    visit or photo that was not cancelled or replaced says why.
    """
    for visit in reversed(visits):
        photo = _photo(visit, today, validity_days)
        if isinstance(photo, Photo):
            return photo
    for visit in reversed(visits):
        if visit.state is not VisitState.CANCELLED and not _replaced(visit):
            found = _photo(visit, today, validity_days)
            return found if isinstance(found, Missing) else _BY_STATE.get(visit.state, Missing.IN_PROGRESS)
    return Missing.CANCELLED if visits else Missing.NOT_COME


def _replaced(visit: Attendance) -> bool:
    return visit.photo is not None and visit.photo.state == Standing.REPLACED


def _photo(visit: Attendance, today: date, validity_days: int) -> Photo | Missing | None:
    photo = visit.photo
    if photo is None or visit.state not in PHOTOGRAPHED or photo.state == Standing.REPLACED:
        return None
    if photo.state == Standing.REJECTED:
        return Missing.REJECTED
    if photo.not_linked:
        return Missing.NOT_LINKED
    if today > photo_valid_until(photo.taken_at, validity_days):
        return Missing.EXPIRED
    return photo if photo.state == Standing.ACCEPTED else Missing.AWAITING_STAFF
