"""What a student's phone is shown of a receipt: first little, after the last four characters picture and data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import format_date, format_datetime
from sqlalchemy import case, select
from sqlalchemy.orm import Session

from kiosk.actions import copies
from kiosk.domain.collection import Mode, Standing
from kiosk.domain.masking import mask_name, mask_number
from kiosk.domain.queue import day_of, photo_valid_until
from kiosk.domain.receipts import nonce_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected, receipts
from kiosk.records.receipts import Receipt
from kiosk.records.registry_tables import CollectedPhoto, Package, PackageLine, RegistryResult, StudentCheck
from kiosk.records.tables import Student
from kiosk.web import texts
from kiosk.web.site import Site

#: Fields that a student can call wrong, in the order in which they are shown.
FIELDS = (
    "name", "sex", "id_number", "student_number", "school_name", "level", "major_name", "branch",
    "teaching_point", "class_name",
)  # fmt: skip
#: What the card says of the photo; one that was rejected or that gave way is not used.
_STATES = {Standing.ACCEPTED: "accepted", Standing.CANDIDATE: "with_staff"}


def find(here: Site, session: Session, token: str) -> Receipt:
    """The receipt of a token. Raises `Refusal`: receipt_unknown, receipt_expired."""
    nonce = nonce_of(here.receipt_key, token)
    found = receipts.of_nonce(session, here.settings, nonce) if nonce is not None else None
    if found is None:
        raise Refusal(Code.RECEIPT_UNKNOWN)
    if here.clock() >= found.expires:
        raise Refusal(Code.RECEIPT_EXPIRED)
    return found


def card(found: Receipt) -> dict[str, Any]:
    """What anybody with the link sees: number, state, masked name, dates."""
    english = texts.language() == "en"
    return {
        "kiosk": found.visit is not None,
        "number": found.visit.number if found.visit else None,
        "photo": _STATES.get(Standing(found.photo.state), "not_used"),
        "name": mask_name(found.student.name) if found.student else "",
        "accepted_at": format_datetime(_accepted_at(found), "medium"),
        "expires_on": format_date(found.expires, "long"),
        "campaign": found.campaign.title_en if english else found.campaign.title_zh,
        "registered": found.student is not None,
    }


def _accepted_at(found: Receipt) -> datetime:
    """When the student accepted the photo, or when one that came otherwise was decided about."""
    visit, photo = found.visit, found.photo
    if visit is not None and photo.shot_id is not None and photo.shot_id == visit.accepted_shot_id:
        return visit.receipt_issued_at or visit.state_since
    return photo.decided_at or photo.stored_at


def opened(session: Session, found: Receipt, now: datetime) -> dict[str, Any]:
    """What the student sees besides once the last four characters were right: picture, data, how far it is.

    The number stays masked; the name is whole, because its characters are what has to be checked.
    """
    student = found.student
    if student is None:
        raise Refusal(Code.NOT_NOW)
    values: Mapping[str, str] = {
        **{name: str(getattr(student, name) or "") for name in FIELDS},
        "id_number": mask_number(student.id_number, 3, 4),
        "student_number": mask_number(student.student_number, 2, 4),
    }
    said = _said(session, student, found.photo)
    check = None if said is None else _check(said, found.photo)
    until = found.campaign.check_until
    return {
        "data": [(name, values[name]) for name in FIELDS if values[name]],
        "seen": found.photo.public_id,
        "steps": _steps(session, found, check is not None and check["state"] == "confirmed", now),
        "check": check,
        "until": format_date(until, "long") if until else "",
        "over": until is not None and day_of(now) > until,
        "own": Mode.OWN.value in found.campaign.modes,
    }


def copy_state(here: Site, session: Session, found: Receipt) -> str | None:
    """Where the request for a photo file stands (`kiosk.actions.copies.state`), `none` without one.

    None where there is no photo that counts, or its days are over.
    """
    gone = found.photo.purged_at is not None
    if found.student is None or found.photo.state != Standing.ACCEPTED or gone:
        return None
    asked = copies.newest(session, found.student.id)
    return "none" if asked is None else copies.state(asked, here.clock(), here.settings.visit.copy_downloads)


def granted_copy(here: Site, session: Session, found: Receipt) -> str | None:
    """Id of the request whose file may be fetched now."""
    asked = copies.newest(session, found.student.id) if found.student is not None else None
    good = asked is not None and copies.is_good(asked, here.clock(), here.settings.visit.copy_downloads)
    return asked.public_id if asked is not None and good else None


def _said(session: Session, student: Student, photo: CollectedPhoto) -> StudentCheck | None:
    """What the student said: a report that staff have yet to settle, else the newest word about the photo, else
    about another one."""
    about_it = case((StudentCheck.deliverable_sha256 == photo.deliverable_sha256, 1), else_=0)
    query = select(StudentCheck).where(StudentCheck.student_id == student.id)
    order = (StudentCheck.resolved_at.is_(None).desc(), about_it.desc(), StudentCheck.id.desc())
    return session.scalar(query.order_by(*order).limit(1))


def _check(said: StudentCheck, photo: CollectedPhoto) -> dict[str, Any]:
    """How far it is: `reported` until staff settle it, `again` where the word was about another photo."""
    if said.resolved_at is None:
        state = "reported"
    elif said.deliverable_sha256 != photo.deliverable_sha256:
        state = "again"
    else:
        state = "confirmed" if said.confirmed else "settled"
    return {"state": state, "at": format_datetime(said.at, "medium"), "fields": said.fields}


def _steps(session: Session, found: Receipt, checked: bool, now: datetime) -> list[tuple[str, str]]:
    """The way of the photo: (step, "done" | "now" | "later" | "bad"), the registry's answer last."""
    student = found.student.id if found.student else None
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
    expired = day_of(now) > photo_valid_until(collected.taken(found.photo), found.campaign.validity_days)
    linked = "later" if result is None else "done" if result.linked else "bad"
    steps = [
        ("photographed", "bad" if expired and packed is None else "done"),
        ("checked", "done" if checked else "now"),
        ("reported", "done" if packed else "later"),
        ("linked", linked),
    ]
    return steps
