"""What the staff pages are told: today's visits with masked data, the kiosks, and one visit in full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from kiosk.actions import available, campus_cards
from kiosk.domain.masking import mask_number
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected, line, queries
from kiosk.records.database import rows
from kiosk.records.tables import Audit, DataReport, Shot, Station, TemperatureReading, Visit
from kiosk.web import refusals
from kiosk.web.login import Member
from kiosk.web.site import Site
from kiosk.web.snapshots import flags, iso, screen_of, shot_view, who

SHOTS = "/staff/api/shots"


@dataclass(frozen=True)
class _Beside:
    """What stands beside the visits of a list, read at once for all of them."""

    temperatures: dict[int, dict[str, Any]]  # the last of each
    shots: dict[int, tuple[int, str, str | None]]  # number of shots, verdict of the last, staff's word on it
    reports: dict[int, dict[str, Any]]
    stations: dict[int, Station]  # shows the visit or keeps its seat
    shown: frozenset[int]
    names: dict[int, str]
    bindable: frozenset[int]  # visits to which the campus card that was laid before them may be bound


def staff(site: Site, me: Member, since: str | None = None) -> dict[str, Any]:
    """The staff page's snapshot; with `since`, the `cursor` of an earlier one, only the rows that changed.

    Where that list is no longer known the answer is whole and its `since` is None.
    """
    with site.visit_lists.lock, site.database.read() as session:
        now = site.clock()
        day, here = day_of(now), site.settings.site.code
        version = site.version(session)
        stations = [station for station in queries.stations(session) if station.site == here]
        placed = {key for each in stations for key in (each.front_visit_id, each.seat_visit_id) if key}

        def build(visits: Sequence[Visit]) -> list[tuple[int, dict[str, Any]]]:
            beside = _beside(session, visits, stations)
            return [(visit.id, _row(visit, beside, me.role, now)) for visit in visits]

        today = queries.listed(session, day, here)
        found = site.visit_lists.look(
            session, me.role, day, versions=today.versions, placed=placed, build=build, since=since
        )
        return {
            "version": version,
            "now": iso(now),
            "me": me.view(),
            "stations": [_station(site, session, station, me.language) for station in stations],
            "counts": today.counts,
            "line": _line(site, session, stations),
            "cursor": found.cursor,
            "since": found.since,
            "visits": found.rows,
        }


def _line(site: Site, session: Session, stations: Iterable[Station]) -> dict[str, Any] | None:
    """The waiting area of this station's campaign, None before anybody came."""
    now = site.clock()
    own = next((each for each in stations if each.name == site.station_name), None) or site.station(session)
    campaign = queries.campaign_of(session, own.campaign_code, day_of(now))
    here = site.settings.site.code
    today = queries.site_session(session, campaign.id, day_of(now), here) if campaign else None
    if today is None:
        return None
    found = line.of_session(session, site.settings, today, now)
    return {
        "waiting": len(found.order) + found.held,
        "inside": found.inside,
        "outside": found.outside,
        "held": found.held,
        "places": found.places,
        "seat_seconds": round(found.each),
        "seats": max(1, len(found.taken)),
        "wait_seconds": round(found.wait_seconds(len(found.order))),
        "next": [visit.public_id for visit in found.order[:12]],
    }


def _notice(station: Station, language: str) -> dict[str, Any] | None:
    """What the screen refused and why, as staff read it; the screen tells the student less."""
    if not station.notice:
        return None
    said = refusals.describe(str(station.notice["code"]), station.notice.get("args"), language)
    return {key: said[key] for key in ("code", "title", "staff")}


def _station(site: Site, session: Session, station: Station, language: str) -> dict[str, Any]:
    front = queries.pointed_at(session, station.front_visit_id)
    seat = queries.pointed_at(session, station.seat_visit_id)
    return {
        "name": station.name,
        "seat": station.seat,
        "screen": screen_of(site, session, station).value,
        "called_staff_since": iso(station.called_staff_at),
        "caller_left": station.caller_left_at is not None,
        "notice": _notice(station, language),
        # Another kiosk's devices are known to its own server alone.
        "devices": site.bridge.view() if station.name == site.station_name else {},
        "front": front.public_id if front else None,
        "seat_visit": seat.public_id if seat else None,
    }


_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_READINGS = (
    select(TemperatureReading.visit_id, TemperatureReading.celsius, TemperatureReading.abnormal)
    .where(TemperatureReading.visit_id.in_(_IDS))
    .order_by(TemperatureReading.id)
)
_SHOTS = (
    select(Shot.visit_id, Shot.verdict, Shot.staff_decision).where(Shot.visit_id.in_(_IDS)).order_by(Shot.ordinal)
)
_REPORTS = select(DataReport.visit_id, DataReport.fields, DataReport.note).where(
    DataReport.visit_id.in_(_IDS), DataReport.resolved_at.is_(None)
)


def _beside(session: Session, visits: Sequence[Visit], stations: Iterable[Station]) -> _Beside:
    ids = {"ids": [visit.id for visit in visits]}
    readings = rows(session, _READINGS, ids)
    shots: dict[int, tuple[int, str, str | None]] = {}
    for owner, verdict, decision in rows(session, _SHOTS, ids):
        shots[owner] = (shots[owner][0] + 1 if owner in shots else 1, verdict, decision)
    reports = rows(session, _REPORTS, ids)
    places: dict[int, Station] = {}
    names: dict[int, str] = {}
    for station in stations:
        names[station.id] = station.name
        for visit_id in (station.seat_visit_id, station.front_visit_id):
            if visit_id:
                places[visit_id] = station
    return _Beside(
        {owner: {"celsius": celsius, "abnormal": abnormal} for owner, celsius, abnormal in readings},
        shots,
        {owner: {"fields": fields, "note": note} for owner, fields, note in reports},
        places,
        frozenset(station.front_visit_id for station in places.values() if station.front_visit_id),
        names,
        frozenset(campus_cards.bindable(session, visits, names)),
    )


def _row(visit: Visit, beside: _Beside, role: str, now: datetime) -> dict[str, Any]:
    student = visit.student
    used, verdict, decision = beside.shots.get(visit.id, (0, None, None))
    place = beside.stations.get(visit.id)
    masked = who(visit)
    return {
        "id": visit.public_id,
        "number": visit.number,
        "state": visit.state,
        "since": iso(visit.state_since),
        "name": masked.get("name", ""),
        "id_number": masked.get("id_number", ""),
        "student_number": masked.get("student_number", ""),
        "code_tail": masked.get("code_tail"),
        "major_name": student.major_name if student else "",
        "class_name": student.class_name if student else "",
        "station": place.name if place else beside.names.get(visit.station_id or 0),
        "assurance": visit.assurance,
        "flags": flags(visit),
        "temperature": beside.temperatures.get(visit.id),
        "shots_used": used,
        "shots_allowed": visit.shots_allowed,
        "verdict": verdict,
        "staff_decision": decision,
        "report": beside.reports.get(visit.id),
        "resume_state": visit.resume_state,
        "priority": visit.priority,
        "held_since": iso(visit.held_at),
        "come_back_at": iso(visit.outside_until),
        "missed_calls": visit.missed_calls,
        "actions": available.for_visit(
            visit.state,
            role,
            visit.id in beside.shown,
            visit.id in beside.bindable,
            held=visit.held_at is not None,
            outside=visit.outside_until is not None and now < visit.outside_until,
        ),
    }


def audit_row(row: Audit) -> dict[str, Any]:
    """One line of the audit."""
    return {
        "sequence": row.sequence,
        "at": iso(row.at),
        "action": row.action,
        "result": row.result,
        "actor": row.actor,
        "visit": row.visit,
        "station": row.station,
        "reason": row.reason,
        "detail": row.detail,
    }


def visit(site: Site, me: Member, public_id: str) -> dict[str, Any]:
    """One visit in full for the detail panel. Raises `Refusal(VISIT_UNKNOWN)`."""
    with site.database.read() as session:
        found = queries.visit(session, public_id)
        if found is None:
            raise Refusal(Code.VISIT_UNKNOWN)
        declared = queries.declaration(session, found)
        return {
            "visit": _row(found, _beside(session, [found], queries.stations(session)), me.role, site.clock()),
            "masked": who(found),
            "card_photo": site.card_photos.of(public_id) is not None,
            "history": [
                {
                    "state": row.state,
                    "started_at": iso(row.started_at),
                    "ended_at": iso(row.ended_at),
                    "by": row.by,
                }
                for row in queries.history(session, found)
            ],
            "temperatures": [
                {
                    "celsius": row.celsius,
                    "abnormal": row.abnormal,
                    "source": row.source,
                    "by": row.by,
                    "at": iso(row.at),
                }
                for row in queries.temperatures(session, found)
            ],
            "declaration": {
                "passed": declared.passed,
                "failed_questions": declared.failed_questions,
                "signed_at": iso(declared.signed_at),
            }
            if declared
            else None,
            "shots": [
                {
                    **shot_view(shot, SHOTS),
                    "taken_at": iso(shot.taken_at),
                    "accepted_at": iso(shot.accepted_at),
                    "staff_decision": shot.staff_decision,
                }
                for shot in queries.shots(session, found)
            ],
            "reports": [
                {
                    "fields": row.fields,
                    "note": row.note,
                    "at": iso(row.at),
                    "resolved_at": iso(row.resolved_at),
                    "resolution": row.resolution,
                }
                for row in queries.reports(session, found)
            ],
            "audit": [audit_row(row) for row in queries.audit_of(session, public_id)],
        }


def students(site: Site, text: str) -> list[dict[str, Any]]:
    """Roster search in the campaign of this kiosk; what is found is masked."""
    with site.database.read() as session:
        station = site.station(session)
        campaign = queries.campaign_of(session, station.campaign_code, day_of(site.clock()))
        if campaign is None:
            raise Refusal(Code.NO_CAMPAIGN)
        found = queries.find_students(session, campaign.id, text)
        done = collected.photographed(session, [student.id for student in found])
        return [
            {
                "id": student.id,
                "name": student.name,
                "id_number": mask_number(student.id_number, 3, 4),
                "student_number": mask_number(student.student_number, 2, 4),
                "major_name": student.major_name,
                "class_name": student.class_name,
                "photographed": student.id in done,
            }
            for student in found
        ]
