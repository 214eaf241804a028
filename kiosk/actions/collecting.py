"""What the decisions about collected photos share: find one, whether it may count, what a kiosk's shot is told."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from kiosk.actions.base import Transaction
from kiosk.domain.collection import Mode, Standing
from kiosk.domain.judgement import Verdict
from kiosk.domain.queue import day_of, photo_valid_until
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.review import ACCEPT, REJECT
from kiosk.records import collected
from kiosk.records.balance import COLLECTION_CODE
from kiosk.records.registry_tables import CollectedPhoto
from kiosk.records.tables import Campaign, Shot, Student

PhotoId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def by_id(tx: Transaction, public_id: str) -> CollectedPhoto:
    """The photo of that id. Raises `Refusal` not_found."""
    found = collected.by_id(tx.session, public_id)
    if found is None:
        raise Refusal(Code.NOT_FOUND)
    return found


def student_of(tx: Transaction, student: int, mode: Mode) -> tuple[Student, Campaign]:
    """Whose photo comes in that way. Raises `Refusal` student_unknown, mode_not_allowed."""
    found = tx.session.get(Student, student)
    if found is None or found.removed_at is not None:
        raise Refusal(Code.STUDENT_UNKNOWN)
    campaign = found.campaign
    if mode.value not in campaign.modes or campaign.identity_mode == COLLECTION_CODE:
        raise Refusal(Code.MODE_NOT_ALLOWED)
    return found, campaign


def check_undecided(photo: CollectedPhoto) -> None:
    """Refuse a photo about which somebody has decided: photo_decided."""
    if photo.state != Standing.CANDIDATE:
        raise Refusal(Code.PHOTO_DECIDED)


def in_doubt(photo: CollectedPhoto) -> bool:
    """Whether a person has to look: the judge asks, or the file shows a sign that it was edited."""
    return photo.verdict != Verdict.PASS


def too_old(tx: Transaction, photo: CollectedPhoto, campaign: Campaign) -> bool:
    """Whether its camera says that it was taken longer ago than the campaign allows."""
    return day_of(tx.now) > photo_valid_until(collected.taken(photo), campaign.validity_days)


def check_may_count(tx: Transaction, photo: CollectedPhoto, date_is_wrong: bool) -> None:
    """Refuse what can't be reported: photo_of_nobody, photo_has_no_picture, photo_removed, photo_too_old.

    `date_is_wrong`: the member knows that the camera's clock was wrong; the photo then counts from when it came.
    """
    campaign = tx.session.get_one(Campaign, photo.campaign_id)
    if photo.student_id is None:
        raise Refusal(Code.PHOTO_OF_NOBODY)
    if photo.deliverable_sha256 is None:
        raise Refusal(Code.PHOTO_HAS_NO_PICTURE)
    if photo.purged_at is not None:
        raise Refusal(Code.PHOTO_REMOVED)
    if date_is_wrong and photo.shot_id is None:
        photo.taken_at = None
        tx.detail["date_is_wrong"] = True
    if too_old(tx, photo, campaign):
        raise Refusal(Code.PHOTO_TOO_OLD, {"taken": day_of(collected.taken(photo)).isoformat()})


def tell_shot(tx: Transaction, photo: CollectedPhoto, accepted: bool) -> None:
    """Where the photo is a kiosk's shot, staff's decision stands there, too: its receipt shows it."""
    shot = tx.session.get(Shot, photo.shot_id) if photo.shot_id is not None else None
    if shot is not None:
        shot.staff_decision = ACCEPT if accepted else REJECT
        shot.staff_decision_by, shot.staff_decision_at = str(tx.actor), tx.now
