"""What the kiosk page, the board and the bridge are told: all derived from the records, nothing remembered."""

from __future__ import annotations

import math
import urllib.parse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.actions.stations import IDENTIFY, KEEPS_SCREEN, is_free
from kiosk.bridge.protocol import Mode
from kiosk.domain.identity import Assurance
from kiosk.domain.judgement import judgement_from_json
from kiosk.domain.masking import mask_name, mask_number
from kiosk.domain.queue import day_of, is_outside, local_text
from kiosk.domain.review import acceptable
from kiosk.domain.screens import Screen, screen_for
from kiosk.domain.states import VisitState
from kiosk.records import line, queries
from kiosk.records.tables import Campaign, Shot, SiteSession, Station, Student, Visit
from kiosk.web import config_views, receipts, refusals
from kiosk.web.site import Site
from kiosk.web.watch import at_seat

#: Numbers the board shows as next.
BOARD_NEXT = 6
#: States in which the student waits at the screen for a person or a step without a device.
_HOLD = KEEPS_SCREEN | {VisitState.DATA_REPORTED}


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the millisecond."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def receipt_url(site: Site, nonce: str) -> str:
    """Address that the phone opens."""
    return f"{site.settings.public_url}/r/{receipts.token(site.receipt_key, nonce)}"


def masked(student: Student) -> dict[str, str]:
    """The roster row as it may stand on a screen in a public place."""
    return {
        "name": mask_name(student.name),
        "sex": student.sex,
        "id_number": mask_number(student.id_number, 3, 4),
        "student_number": mask_number(student.student_number, 2, 4),
        "school_name": student.school_name,
        "level": student.level,
        "major_name": student.major_name,
        "branch": student.branch,
        "teaching_point": student.teaching_point,
        "class_name": student.class_name,
    }


def who(visit: Visit) -> dict[str, str]:
    """Masked roster data, or the end of the collection code where there is no roster row."""
    if visit.student is not None:
        return masked(visit.student)
    code = visit.code or b""
    readable = code.isascii() and code.decode("ascii").isprintable()
    return {"code_tail": code[-4:].decode("ascii") if readable else (visit.code_sha256 or "")[-4:]}


def flags(visit: Visit) -> list[str]:
    """What is odd about the card that was read."""
    found = (visit.card or {}).get("flags", [])
    return [str(flag) for flag in found]


def latest_temperature(session: Session, visit: Visit) -> dict[str, Any] | None:
    """The last reading of a visit."""
    readings = queries.temperatures(session, visit)
    return {"celsius": readings[-1].celsius, "abnormal": readings[-1].abnormal} if readings else None


def _campaign_of(site: Site, session: Session, station: Station) -> Campaign | None:
    return queries.campaign_of(session, station.campaign_code, day_of(site.clock()))


def _waiting(site: Site, session: Session, campaign: Campaign | None) -> Sequence[queries.Place]:
    if campaign is None:
        return []
    today = queries.site_session(session, campaign.id, day_of(site.clock()), site.settings.site.code)
    if today is None:
        return []
    return queries.waiting(session, today.id, site.clock(), site.settings.queue.priority_in_row)


def _is_open(site: Site, session: Session, campaign: Campaign | None) -> bool:
    """Whether the campaign photographs now: its days, and its session where one must be opened or was closed."""
    today = day_of(site.clock())
    if campaign is None or not queries.is_open(campaign, today):
        return False
    found = queries.site_session(session, campaign.id, today, site.settings.site.code)
    if found is None:
        return not site.settings.opening.required
    return found.closed_at is None


def screen_of(site: Site, session: Session, station: Station) -> Screen:
    """The screen a station shows now."""
    return _screen(
        site,
        session,
        station,
        _campaign_of(site, session, station),
        queries.pointed_at(session, station.front_visit_id),
    )


def _screen(
    site: Site, session: Session, station: Station, campaign: Campaign | None, visit: Visit | None
) -> Screen:
    front = VisitState(visit.state) if visit else None
    return screen_for(station.mode, station.notice is not None, _is_open(site, session, campaign), front)


def kiosk(site: Site, page: str) -> dict[str, Any]:
    """The kiosk page's snapshot; a superseded page learns nothing of the visit."""
    settings = site.settings
    with site.database.read() as session:
        station = site.station(session)
        campaign = _campaign_of(site, session, station)
        mine = "unclaimed" if not station.page else "mine" if station.page == page else "superseded"
        if mine == "mine":
            site.page_seen()
        visit = queries.pointed_at(session, station.front_visit_id)
        waiting = _waiting(site, session, campaign)
        shown = visit.campaign if visit else campaign  # a visit goes on as it began, whatever the station does now
        notice = station.notice or None
        language = station.language
        return {
            "version": site.version(session),
            "now": iso(site.clock()),
            "page": mine,
            "station": {
                "name": station.name,
                "seat": station.seat,
                "language": language,
                "called_staff": station.called_staff_at is not None and station.caller_left_at is None,
                "devices": site.bridge.view(),
                "preview": site.bridge.preview() if mine != "superseded" else None,
            },
            "settings": {
                "idle_warn_seconds": settings.visit.idle_warn_seconds,
                "idle_park_seconds": settings.visit.idle_park_seconds,
                "waiting_screen_seconds": settings.visit.waiting_screen_seconds,
                "receipt_screen_seconds": settings.visit.receipt_screen_seconds,
                "notice_screen_seconds": settings.visit.notice_screen_seconds,
                "hold_ms": settings.capture.hold_ms,
            },
            "campaign": config_views.campaign(settings, shown) if shown else None,
            "profile": config_views.profile(settings, shown) if shown else None,
            "screen": _screen(site, session, station, campaign, visit).value
            if mine != "superseded"
            else Screen.CLOSED.value,
            "notice": refusals.describe(str(notice["code"]), notice.get("args"), language) if notice else None,
            "queue": {
                "waiting": len(waiting),
                "calling": [row["number"] for row in _called(site, session) if not row["arrived"]],
            },
            "visit": _visit(site, session, visit) if visit and mine != "superseded" else None,
        }


def standing(site: Site, session: Session, visit: Visit) -> dict[str, Any]:
    """Where a waiting visit stands: `{"ahead", "wait_minutes", "come_back_at"}`; zero and None while it waits not.

    `come_back_at` is the time on the site's clock that was told when the waiting area was full, until it has come.
    """
    if visit.state != VisitState.QUEUED:
        return {"ahead": 0, "wait_minutes": None, "come_back_at": None}
    now = site.clock()
    found = line.of_session(session, site.settings, session.get_one(SiteSession, visit.session_id), now)
    ahead = found.ahead(visit)
    return {
        "ahead": ahead,
        "wait_minutes": math.ceil(found.wait_seconds(ahead) / 60) if visit.held_at is None else None,
        "come_back_at": local_text(visit.outside_until)[-5:]
        if visit.outside_until is not None and is_outside(visit, now)
        else None,
    }


def place_url(site: Site, nonce: str) -> str:
    """Address of the phone's page with the own place."""
    return f"{site.settings.public_url}/q/{nonce}"


def _visit(site: Site, session: Session, visit: Visit) -> dict[str, Any]:
    shots = queries.shots(session, visit)
    state = VisitState(visit.state)
    shown = shots[-1] if shots and state in (VisitState.REVIEW, VisitState.ACCEPTED) else None
    receipt = None
    if visit.receipt_nonce and state is VisitState.ACCEPTED:
        url = receipt_url(site, visit.receipt_nonce)
        receipt = {"url": url, "qr": f"/kiosk/api/receipt.svg?v={visit.public_id[:8]}"}
    return {
        "id": visit.public_id,
        "state": visit.state,
        "since": iso(visit.state_since),
        "number": visit.number,
        **standing(site, session, visit),
        "place": f"/kiosk/api/place.svg?v={visit.public_id[:8]}"
        if visit.place_nonce and state is VisitState.QUEUED
        else None,
        "assurance": visit.assurance,
        "language": visit.language,
        "masked": who(visit),
        "flags": flags(visit),
        "temperature": latest_temperature(session, visit),
        "shots_used": len(shots),
        "shots_allowed": visit.shots_allowed,
        "shot": shot_view(shown, "/kiosk/api/shots") if shown else None,
        "receipt": receipt,
    }


def shot_view(shot: Shot, folder: str) -> dict[str, Any]:
    """One shot with its checks; `url` is None where no deliverable could be made."""
    judged = judgement_from_json(shot.judgement)
    reason = judged.reason
    has_picture = shot.deliverable_sha256 is not None
    return {
        "id": shot.public_id,
        "ordinal": shot.ordinal,
        "verdict": shot.verdict,
        "checks": [check.to_json() for check in judged.checks],
        "reason": reason.to_json() if reason else None,
        "url": f"{folder}/{urllib.parse.quote(shot.public_id)}.jpg" if has_picture else None,
        "acceptable": acceptable(shot.verdict, shot.staff_decision, has_picture),
        "staff_decision": shot.staff_decision,
    }


def wanted(site: Site) -> dict[str, Any]:
    """What the station's devices shall do now (`kiosk.bridge.protocol`)."""
    with site.database.read() as session:
        station = site.station(session)
        campaign = _campaign_of(site, session, station)
        visit = queries.pointed_at(session, station.front_visit_id)
        mode, ordinal = _mode(site, session, station, campaign, visit)
        shown = visit.campaign if visit else campaign
        return {
            "version": site.version(session),
            "mode": mode.value,
            "visit": visit.public_id if visit and mode in (Mode.TEMPERATURE, Mode.CAPTURE) else None,
            "profile": shown.profile if shown else None,
            "identity_mode": campaign.identity_mode if campaign else "id-card",
            "codes": campaign is not None and Assurance.CODE in campaign.assurances,
            "shot_ordinal": ordinal,
            "shutter": visit is not None and ordinal is not None and visit.shutter_for == ordinal,
            "orders": site.desk.waiting(),
            "look": site.desk.looking,
            "free": is_free(station),
            "watch": site.watch.wanted(at_seat(session, station)),
        }


def _mode(
    site: Site, session: Session, station: Station, campaign: Campaign | None, visit: Visit | None
) -> tuple[Mode, int | None]:
    state = VisitState(visit.state) if visit else None
    if visit is not None and state is VisitState.TEMPERATURE:
        return Mode.TEMPERATURE, None
    if visit is not None and state is VisitState.CAPTURING and station.seat_visit_id == visit.id:
        used = len(queries.shots(session, visit))
        return (Mode.CAPTURE, used + 1) if used < visit.shots_allowed else (Mode.HOLD, None)
    if state in _HOLD or not _is_open(site, session, campaign):
        return Mode.HOLD, None
    if visit is None and station.mode == IDENTIFY:
        return Mode.IDENTIFY, None
    return Mode.IDLE, None


def _called(site: Site, session: Session) -> list[dict[str, Any]]:
    """Numbers that hold a seat now; `arrived` once the student pressed that they are there."""
    return [
        {
            "number": visit.number,
            "seat": station.seat,
            "since": iso(visit.called_again_at or visit.state_since),
            "name": board_name(site, visit),
            "arrived": visit.state != VisitState.CALLED,
        }
        for visit, station in queries.calling(session, day_of(site.clock()), site.settings.site.code)
    ]


def board_name(site: Site, visit: Visit) -> str | None:
    """The masked name for the board, where the settings show names."""
    return mask_name(visit.student.name) if site.settings.board.names and visit.student else None


def board(site: Site) -> dict[str, Any]:
    """Numbers and seats, masked names where the settings show them; nothing else of anybody."""
    with site.database.read() as session:
        station = site.station(session)
        campaign = _campaign_of(site, session, station)
        waiting = _waiting(site, session, campaign)
        return {
            "version": site.version(session),
            "now": iso(site.clock()),
            "session_open": _is_open(site, session, campaign),
            "waiting": len(waiting),
            "called": _called(site, session),
            "next": [
                {"number": visit.number, "seat": None, "name": board_name(site, visit)}
                for visit in (session.get_one(Visit, place.id) for place in waiting[:BOARD_NEXT])
            ],
        }


def next_for(session: Session, station: Station, site: Site) -> Visit | None:
    """The visit this kiosk may call by itself now, if any.

    Nobody is called over a screen that somebody still reads: a notice or an ended visit keeps it for
    `visit.notice_screen_seconds` after the last press, a waiting one until it steps aside.
    """
    if station.seat_visit_id is not None or station.mode == IDENTIFY:
        return None
    waiting = _waiting(site, session, _campaign_of(site, session, station))
    if not waiting:
        return None
    first, shown = session.get_one(Visit, waiting[0].id), queries.pointed_at(session, station.front_visit_id)
    elsewhere = session.scalar(select(Station).where(Station.front_visit_id == first.id, Station.id != station.id))
    if elsewhere is not None and elsewhere.seat_visit_id is None:
        return None  # the student stands at another free kiosk, which is about to call
    if (shown is None and station.notice is None) or shown is first:
        return first
    if shown is not None and (VisitState(shown.state) in _HOLD or shown.state == VisitState.QUEUED):
        return None
    quiet = site.clock() - max(station.active_at, shown.state_since if shown else station.active_at)
    return first if quiet >= timedelta(seconds=site.settings.visit.notice_screen_seconds) else None
