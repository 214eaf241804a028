"""Who may be photographed now, and what becomes of a visit that is open already: for cards, codes and staff."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from kiosk.actions import code_use, slots, stations, visits
from kiosk.actions.base import Outcome, Transaction
from kiosk.domain.overrides import NEVER, may_override, needs_second
from kiosk.domain.queue import day_of, local_text, photo_valid_until
from kiosk.domain.reconciliation import UNDER_OBSERVATION
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import OPEN, SEATED, VisitState
from kiosk.records import collected, planning
from kiosk.records.tables import Campaign, SiteSession, Station, Student, Visit

#: Visits that only staff can move on; laying the card again does nothing.
WAITS_FOR_STAFF = frozenset({VisitState.DATA_REPORTED, VisitState.OBSERVATION})
#: Ends that stand for the rest of the day.
REFUSED_TODAY = frozenset({VisitState.REFUSED, VisitState.ESCALATED})


@dataclass(frozen=True)
class _Asked:
    """How the roster is asked for a number; put together once, as everything that each card asks."""

    listed: Select[Student]  # in the campaign
    elsewhere: Select[int]  # in another active one


def _asked(column: InstrumentedAttribute[str]) -> _Asked:
    whose = column == bindparam("number")
    campaign: BindParameter[int] = bindparam("campaign")
    return _Asked(
        select(Student).where(Student.campaign_id == campaign, whose, Student.removed_at.is_(None)),
        select(Student.id).join(Campaign).where(whose, Campaign.active, Campaign.id != campaign).limit(1),
    )


_BY_ID_NUMBER, _BY_STUDENT_NUMBER = _asked(Student.id_number), _asked(Student.student_number)
_OF_DAY = SiteSession.day == bindparam("day")
_OPEN = (
    select(Visit)
    .join(SiteSession, SiteSession.id == Visit.session_id)
    .where(Visit.campaign_id == bindparam("campaign"), _OF_DAY, Visit.state.in_([state.value for state in OPEN]))
    .order_by(Visit.id.desc())
    .limit(1)
)
_OPEN_OF_STUDENT = _OPEN.where(Visit.student_id == bindparam("student"))
_OPEN_OF_CODE = _OPEN.where(Visit.code_sha256 == bindparam("code"))
_TODAY = select(Visit.id).join(SiteSession, SiteSession.id == Visit.session_id).where(_OF_DAY).limit(1)
_OF_CODE = Visit.code_sha256 == bindparam("who")
_OBSERVED = _TODAY.where(Visit.state == VisitState.OBSERVATION.value)
_OBSERVED_PERSON = _OBSERVED.where(
    Visit.student_id.in_(select(Student.id).where(Student.id_number == bindparam("who")))
)
_OBSERVED_CODE = _OBSERVED.where(_OF_CODE)
_REFUSED = _TODAY.where(
    Visit.state.in_([state.value for state in REFUSED_TODAY])
    | ((Visit.state == VisitState.CANCELLED) & (Visit.end_code == UNDER_OBSERVATION))
)
_REFUSED_PERSON = _REFUSED.join(Student, Student.id == Visit.student_id).where(
    Student.id_number == bindparam("who")
)
_REFUSED_CODE = _REFUSED.where(_OF_CODE)


def student(tx: Transaction, campaign: Campaign, id_number: str) -> Student:
    """The campaign's student of that ID number. Raises `Refusal` wrong_programme or not_on_roster."""
    return _student(tx, campaign, _BY_ID_NUMBER, id_number)


def student_by_number(tx: Transaction, campaign: Campaign, student_number: str) -> Student:
    """The campaign's student of that student number. Raises `Refusal` wrong_programme or not_on_roster."""
    return _student(tx, campaign, _BY_STUDENT_NUMBER, student_number)


def _student(tx: Transaction, campaign: Campaign, by: _Asked, number: str) -> Student:
    found = tx.session.scalar(by.listed, {"campaign": campaign.id, "number": number})
    if found is not None and (not campaign.school_codes or found.school_code in campaign.school_codes):
        return found
    elsewhere = tx.session.scalar(by.elsewhere, {"campaign": campaign.id, "number": number})
    raise Refusal(Code.NOT_ON_ROSTER if found is None and elsewhere is None else Code.WRONG_PROGRAMME)


def open_visit(
    tx: Transaction, campaign: Campaign, student: Student | None = None, code_sha256: str | None = None
) -> Visit | None:
    """Today's visit of the student or the code that is still open."""
    asked = {"campaign": campaign.id, "day": day_of(tx.now)}
    if student is not None:
        return tx.session.scalar(_OPEN_OF_STUDENT, {**asked, "student": student.id})
    return tx.session.scalar(_OPEN_OF_CODE, {**asked, "code": code_sha256})


def take_up(tx: Transaction, station: Station, visit: Visit) -> Outcome:
    """Show an open visit at the station where it stands; a parked one goes on where it was.

    Raises `Refusal` visit_waits_for_staff, visit_open_elsewhere, station_busy.
    """
    tx.visit = visit.public_id
    state = VisitState(visit.state)
    if state in WAITS_FOR_STAFF:
        raise Refusal(Code.VISIT_WAITS_FOR_STAFF, {"state": state.value})
    if station.mode == stations.IDENTIFY:
        visit.language = station.language  # the one just chosen at Welcome, not that of the earlier try
    if state is VisitState.PARKED:
        visits.put_back(tx, visit, station)
        return visits.outcome(visit, resumed=True)
    if station.front_visit_id == visit.id:
        return visits.outcome(visit, resumed=False)
    shown_at = stations.of_visit(tx, visit)
    if shown_at is not None and (state in SEATED or state is not VisitState.QUEUED):
        raise Refusal(Code.VISIT_OPEN_ELSEWHERE, {"seat": shown_at.seat})
    if not stations.has_room(tx, station, visit):
        raise Refusal(Code.STATION_BUSY)
    stations.show(tx, station, visit)
    return visits.outcome(visit, resumed=True)


def admit(tx: Transaction, campaign: Campaign, student: Student, override: frozenset[Code] = frozenset()) -> None:
    """Check that the student may be photographed now.

    `override` are the refusals that a staff member lets pass; who may is in `domain.overrides`. Raises `Refusal`
    visit_waits_for_staff for somebody who is under observation in another campaign, roster_late,
    visit_refused_today, already_photographed, not_in_time_slot, or not_allowed, never_overridden and
    second_person_required for an override that is not the member's alone to give.
    """
    _not_observed(tx, _OBSERVED_PERSON, student.id_number)
    for refused in _objections(tx, campaign, student):
        if refused.code not in override:
            raise refused
        if refused.code in NEVER:
            raise Refusal(Code.NEVER_OVERRIDDEN, {"code": refused.code.value})
        if not may_override(refused.code, tx.actor.role):
            raise Refusal(Code.NOT_ALLOWED, {"code": refused.code.value})
        if needs_second(refused.code):
            if not tx.actor.second:
                raise Refusal(Code.SECOND_PERSON_REQUIRED, {"code": refused.code.value})
            tx.detail["second"] = tx.actor.second
        tx.detail.setdefault("overridden", []).append(refused.code.value)


def admit_code(tx: Transaction, campaign: Campaign, code_sha256: str) -> None:
    """Check that the code may be photographed now.

    Raises `Refusal` visit_waits_for_staff, code_already_used or visit_refused_today.
    """
    _not_observed(tx, _OBSERVED_CODE, code_sha256)
    if code_use.used(tx, campaign.id, code_sha256):
        raise Refusal(Code.CODE_ALREADY_USED)
    if _refused_today(tx, _REFUSED_CODE, code_sha256):
        raise Refusal(Code.VISIT_REFUSED_TODAY)


def open_new(tx: Transaction, station: Station, campaign: Campaign, visit: Visit) -> Outcome:
    """Write the new visit and put it in front of the station."""
    visit.public_id = secrets.token_hex(16)
    visit.campaign_id = campaign.id
    visit.session_id = visits.site_session(tx, campaign).id
    visit.station_id = station.id
    visit.state, visit.state_since = VisitState.CONFIRMING.value, tx.now
    visit.language = station.language
    visit.shots_allowed = campaign.shots
    visit.created_at = tx.now
    visits.start(tx, visit)
    stations.show(tx, station, visit)
    return visits.outcome(visit, resumed=False)


def _objections(tx: Transaction, campaign: Campaign, student: Student) -> list[Refusal]:
    found: list[Refusal] = []
    if _refused_today(tx, _REFUSED_PERSON, student.id_number):
        found.append(Refusal(Code.VISIT_REFUSED_TODAY))
    against = slots.why_not_collected(campaign, student)
    if against is not None:
        found.append(Refusal(against))
    photo = collected.last_of_person(tx.session, student.id_number)
    if photo is not None:
        until = photo_valid_until(collected.taken(photo), campaign.validity_days)
        if day_of(tx.now) <= until:
            found.append(Refusal(Code.ALREADY_PHOTOGRAPHED, {"until": until.isoformat()}))
    place = planning.place_of(tx.session, student.id)  # the schedule's word goes before the roster's
    begins, ends = student.slot_from, student.slot_until
    if place is not None:
        begins, ends = place.slot.starts_at, place.slot.ends_at
    if (begins is not None and tx.now < begins) or (ends is not None and tx.now > ends):
        times: dict[str, object] = {
            "from": local_text(begins) if begins else "…",
            "until": local_text(ends) if ends else "…",
        }
        found.append(Refusal(Code.NOT_IN_TIME_SLOT, times))
    return found


def _not_observed(tx: Transaction, asked: Select[int], who: str) -> None:
    """Another campaign is no way out of today's observation. Raises `Refusal` visit_waits_for_staff."""
    if tx.session.scalar(asked, {"day": day_of(tx.now), "who": who}) is not None:
        raise Refusal(Code.VISIT_WAITS_FOR_STAFF, {"state": VisitState.OBSERVATION.value})


def _refused_today(tx: Transaction, asked: Select[int], who: str) -> bool:
    """Whether the person's health check of today stands against it, in whichever campaign it was made."""
    return tx.session.scalar(asked, {"day": day_of(tx.now), "who": who}) is not None
