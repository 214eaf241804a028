"""What a student's phone is shown of a receipt: first little, after the last four characters picture and data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import format_date, format_datetime
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.actions import copies
from kiosk.domain.collection import Mode, Standing
from kiosk.domain.masking import mask_name, mask_number
from kiosk.domain.queue import day_of, photo_valid_until
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import PHOTOGRAPHED, VisitState
from kiosk.records import collected
from kiosk.records.registry_tables import CollectedPhoto, Package, PackageLine, RegistryResult, StudentCheck
from kiosk.records.tables import Visit
from kiosk.web import receipts, texts
from kiosk.web.site import Site

#: Fields that a student can call wrong, in the order in which they are shown.
FIELDS = (
    "name", "sex", "id_number", "student_number", "school_name", "level", "major_name", "branch",
    "teaching_point", "class_name",
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A receipt that may be shown."""

    visit: Visit
    photo: CollectedPhoto  # the one that counts for the student, else the visit's own
    expires: datetime


def find(here: Site, session: Session, token: str) -> Found:
    """The receipt of a token. Raises `Refusal`: receipt_unknown, receipt_expired."""
    nonce = receipts.nonce_of(here.receipt_key, token)
    if nonce is None:
        raise Refusal(Code.RECEIPT_UNKNOWN)
    visit = session.scalar(select(Visit).where(Visit.receipt_nonce == nonce))
    photo = collected.of_visit(session, visit) if visit else None
    if visit is None or photo is None or VisitState(visit.state) not in PHOTOGRAPHED:
        raise Refusal(Code.RECEIPT_UNKNOWN)
    issued = visit.receipt_issued_at or visit.state_since
    expires = issued + timedelta(days=here.settings.visit.receipt_days)
    if here.clock() >= expires:
        raise Refusal(Code.RECEIPT_EXPIRED)
    return Found(visit, photo, expires)


def card(found: Found) -> dict[str, Any]:
    """What anybody with the link sees: number, state, masked name, dates."""
    visit, photo = found.visit, found.photo
    english = texts.language() == "en"
    return {
        "number": visit.number,
        "photo": "accepted" if photo.state == Standing.ACCEPTED else "with_staff",
        "name": mask_name(visit.student.name) if visit.student else "",
        "accepted_at": format_datetime(_accepted_at(found), "medium"),
        "expires_on": format_date(found.expires, "long"),
        "campaign": visit.campaign.title_en if english else visit.campaign.title_zh,
        "registered": visit.student is not None,
    }


def _accepted_at(found: Found) -> datetime:
    """When the student accepted the photo, or when one that came otherwise was decided about."""
    visit, photo = found.visit, found.photo
    if photo.shot_id is not None and photo.shot_id == visit.accepted_shot_id:
        return visit.receipt_issued_at or visit.state_since
    return photo.decided_at or photo.stored_at


def opened(session: Session, found: Found, now: datetime) -> dict[str, Any]:
    """What the student sees besides once the last four characters were right: picture, data, how far it is.

    The number stays masked; the name is whole, because its characters are what has to be checked.
    """
    visit, student = found.visit, found.visit.student
    if student is None:
        raise Refusal(Code.NOT_NOW)
    values: Mapping[str, str] = {
        **{name: str(getattr(student, name) or "") for name in FIELDS},
        "id_number": mask_number(student.id_number, 3, 4),
        "student_number": mask_number(student.student_number, 2, 4),
    }
    check = session.scalar(
        select(StudentCheck).where(StudentCheck.student_id == student.id).order_by(StudentCheck.id.desc()).limit(1)
    )
    until = visit.campaign.check_until
    return {
        "data": [(name, values[name]) for name in FIELDS if values[name]],
        "steps": _steps(session, found, check, now),
        "check": None if check is None else _check(check),
        "until": format_date(until, "long") if until else "",
        "over": until is not None and day_of(now) > until,
        "own": Mode.OWN.value in visit.campaign.modes,
    }


def copy_state(here: Site, session: Session, found: Found) -> str | None:
    """Where the request for a photo file stands (`kiosk.actions.copies.state`), `none` without one.

    None where there is no photo that counts.
    """
    if found.visit.student_id is None or found.photo.state != Standing.ACCEPTED:
        return None
    asked = copies.newest(session, found.visit.student_id)
    return "none" if asked is None else copies.state(asked, here.clock(), here.settings.visit.copy_downloads)


def granted_copy(here: Site, session: Session, found: Found) -> str | None:
    """Id of the request whose file may be fetched now."""
    student = found.visit.student_id
    asked = copies.newest(session, student) if student is not None else None
    good = asked is not None and copies.is_good(asked, here.clock(), here.settings.visit.copy_downloads)
    return asked.public_id if asked is not None and good else None


def _check(check: StudentCheck) -> dict[str, Any]:
    settled = check.resolved_at is not None and not check.confirmed
    state = "confirmed" if check.confirmed else "settled" if settled else "reported"
    return {"state": state, "at": format_datetime(check.at, "medium"), "fields": check.fields}


def _steps(session: Session, found: Found, check: StudentCheck | None, now: datetime) -> list[tuple[str, str]]:
    """The way of the photo: (step, "done" | "now" | "later" | "bad"), the registry's answer last."""
    student, campaign = found.visit.student_id, found.visit.campaign
    packed = session.scalar(
        select(Package.made_at)
        .join(PackageLine, PackageLine.package_id == Package.id)
        .where(PackageLine.student_id == student)
        .limit(1)
    )
    result = session.scalar(
        select(RegistryResult)
        .where(RegistryResult.student_id == student)
        .order_by(RegistryResult.id.desc())
        .limit(1)
    )
    expired = day_of(now) > photo_valid_until(collected.taken(found.photo), campaign.validity_days)
    linked = "later" if result is None else "done" if result.linked else "bad"
    steps = [
        ("photographed", "bad" if expired and packed is None else "done"),
        ("checked", "done" if check and check.confirmed else "now"),
        ("reported", "done" if packed else "later"),
        ("linked", linked),
    ]
    return steps
