"""Which photo counts for a student in a campaign: the one answer, from whichever of the four ways it came.

A row of `collected_photo` is a photo that came in; the accepted one counts, and a unique index allows one a
student. A photo that a student accepted at the kiosk and that still waits for staff (`candidate`) keeps its
student from being photographed again, but goes nowhere.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from kiosk.domain.collection import Mode, Standing, of_shot
from kiosk.records.registry_tables import CollectedPhoto, RegistryResult
from kiosk.records.tables import Shot, Student, Visit

#: Students that are asked about at once.
_CHUNK = 400


def taken(photo: CollectedPhoto) -> datetime:
    """When it was taken: what the file says, else when it came. Its validity counts from here."""
    return photo.taken_at or photo.stored_at


def taken_at() -> ColumnElement[datetime]:
    """The same as a column of a query over `CollectedPhoto`."""
    return func.coalesce(CollectedPhoto.taken_at, CollectedPhoto.stored_at)


def accepted() -> ColumnElement[bool]:
    """Condition on `CollectedPhoto`: it counts, whether or not it has run out or the registry refused it."""
    return CollectedPhoto.state == Standing.ACCEPTED.value


def came() -> ColumnElement[bool]:
    """Condition on `CollectedPhoto`: it counts, or was accepted at the kiosk and staff have yet to decide."""
    waits = and_(CollectedPhoto.state == Standing.CANDIDATE.value, CollectedPhoto.mode == Mode.KIOSK.value)
    return or_(accepted(), waits)


def kept() -> ColumnElement[bool]:
    """Condition on `CollectedPhoto`: its files are still here, its campaign's days are not over."""
    return CollectedPhoto.purged_at.is_(None)


def not_linked() -> ColumnElement[bool]:
    """Condition on `CollectedPhoto`: the registry's newest word about this very picture is a rejection."""
    about = RegistryResult.deliverable_sha256 == CollectedPhoto.deliverable_sha256
    newest = select(func.max(RegistryResult.id)).where(about).correlate(CollectedPhoto).scalar_subquery()
    rejected = select(RegistryResult.id).where(RegistryResult.id == newest, RegistryResult.linked.is_(False))
    return rejected.correlate(CollectedPhoto).exists()


def of_student(session: Session, student_id: int) -> CollectedPhoto | None:
    """The photo that counts for the student in the campaign of that roster row."""
    return session.scalar(select(CollectedPhoto).where(CollectedPhoto.student_id == student_id, accepted()))


def of_shot_id(session: Session, shot_id: int | None) -> CollectedPhoto | None:
    """The row of a kiosk's shot, if its student accepted it."""
    return session.scalar(select(CollectedPhoto).where(CollectedPhoto.shot_id == shot_id)) if shot_id else None


def of_visit(session: Session, visit: Visit) -> CollectedPhoto | None:
    """What a visit's receipt is about: the photo that counts for its student, else the visit's own."""
    found = of_student(session, visit.student_id) if visit.student_id is not None else None
    return found or of_shot_id(session, visit.accepted_shot_id)


def visit_of(session: Session, photo: CollectedPhoto) -> Visit | None:
    """The visit at which it was taken, None for one that did not come from a kiosk."""
    return session.scalar(select(Visit).join(Shot, Shot.visit_id == Visit.id).where(Shot.id == photo.shot_id))


def by_id(session: Session, public_id: str) -> CollectedPhoto | None:
    """The photo of that public id."""
    return session.scalar(select(CollectedPhoto).where(CollectedPhoto.public_id == public_id))


# Put together once: every card asks it.
_LAST_OF_PERSON = (
    select(CollectedPhoto)
    .join(Student, Student.id == CollectedPhoto.student_id)
    .where(Student.id_number == bindparam("id_number"), came(), kept(), ~not_linked())
    .order_by(taken_at().desc(), CollectedPhoto.id.desc())
    .limit(1)
)


def last_of_person(session: Session, id_number: str) -> CollectedPhoto | None:
    """The newest photo of the person in any campaign that came, is kept and was not rejected by the registry."""
    return session.scalar(_LAST_OF_PERSON, {"id_number": id_number})


def photographed(session: Session, student_ids: Collection[int]) -> set[int]:
    """Which of these students have a photo that came and that the registry did not reject."""
    wanted, found = list(student_ids), set[int]()
    for start in range(0, len(wanted), _CHUNK):
        query = select(CollectedPhoto.student_id).where(
            CollectedPhoto.student_id.in_(wanted[start : start + _CHUNK]), came(), ~not_linked()
        )
        found.update(student for student in session.scalars(query) if student is not None)
    return found


def code_used(session: Session, campaign_id: int, code_sha256: str, but: Visit | None = None) -> bool:
    """Whether a photo came under the collection code in the campaign, by another visit than `but`."""
    query = (
        select(Visit.id)
        .join(Shot, Shot.id == Visit.accepted_shot_id)
        .join(CollectedPhoto, CollectedPhoto.shot_id == Shot.id)
        .where(Visit.campaign_id == campaign_id, Visit.code_sha256 == code_sha256, came(), ~not_linked())
    )
    if but is not None:
        query = query.where(Visit.id != but.id)
    return session.scalar(query.limit(1)) is not None


def keep_shot(session: Session, visit: Visit, shot: Shot, by: str, now: datetime) -> CollectedPhoto:
    """Write, in the transaction of the decision, where a shot stands that its student accepted.

    Called when the student accepts it and whenever staff decide about it afterwards. Somebody who has a photo is
    admitted to the kiosk again only because the older one no longer serves or because staff let them: so the new
    one takes its place.
    """
    found = of_shot_id(session, shot.id)
    if found is None:
        found = CollectedPhoto(
            public_id=shot.public_id, campaign_id=visit.campaign_id, student_id=visit.student_id,
            mode=Mode.KIOSK.value, shot_id=shot.id, original_sha256=shot.original_sha256,
            deliverable_sha256=shot.deliverable_sha256, profile=shot.profile, verdict=shot.verdict,
            judgement=shot.judgement, making=shot.making, evidence=[], state=Standing.CANDIDATE.value,
            taken_at=shot.taken_at, stored_at=shot.stored_at,
        )  # fmt: skip
    wanted = of_shot(shot.verdict, shot.staff_decision)
    if wanted is Standing.ACCEPTED:
        make_count(session, found, by, now)
    elif wanted is not Standing.CANDIDATE:
        settle(found, wanted, by, now)
    session.add(found)
    session.flush()
    return found


def make_count(session: Session, photo: CollectedPhoto, by: str, now: datetime, reason: str | None = None) -> None:
    """Let the photo count; the one that did is kept as replaced."""
    before = of_student(session, photo.student_id) if photo.student_id is not None else None
    if before is not None and before is not photo:
        settle(before, Standing.REPLACED, by, now, reason)
        session.flush()  # one accepted a student, by a unique index
    settle(photo, Standing.ACCEPTED, by, now, reason)


def settle(photo: CollectedPhoto, state: Standing, by: str, now: datetime, reason: str | None = None) -> None:
    """Write who decided what about a photo, and when."""
    photo.state, photo.decided_by, photo.decided_at, photo.reason = state.value, by, now, reason
