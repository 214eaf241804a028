"""What a receipt is about: the kiosk's, given for a visit, or a link to check a photo that came in any way.

Both open the same page of the same student. A photo's link is kept nowhere: its token says which photo it was
made for and on which day, and it opens for `visit.receipt_days` from then on. Once another photo counts for the
student, every link and receipt shows that one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from kiosk import secrets_store
from kiosk.domain import receipts
from kiosk.domain.queue import day_of, site_zone
from kiosk.domain.receipts import PURPOSE, Result, Summary
from kiosk.domain.states import PHOTOGRAPHED, VisitState
from kiosk.records import collected, progress
from kiosk.records.registry_tables import CollectedPhoto
from kiosk.records.tables import Campaign, Shot, Student, Visit
from kiosk.settings import Settings
from kiosk.signing import Signer, seal


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt that was given out."""

    name: str  # public id of the visit, or of the photo that the link was made for
    link: bool  # to check a photo; the kiosk's own receipt else
    visit: Visit | None  # at which the receipt's own photo was taken
    student: Student | None  # None: a collection code
    campaign: Campaign
    photo: CollectedPhoto  # the one that counts for the student, else the receipt's own
    expires: datetime


def of_nonce(session: Session, settings: Settings, nonce: str) -> Receipt | None:
    """The receipt of a genuine nonce, also one that has run out; None where there is no such photo."""
    days = timedelta(days=settings.visit.receipt_days)
    link = receipts.photo_of(nonce)
    if link is not None:
        own = collected.by_id(session, link[0])
        student = session.get(Student, own.student_id) if own and own.student_id else None
        if own is None or student is None:
            return None
        photo, visit = collected.of_student(session, student.id) or own, collected.visit_of(session, own)
        return Receipt(own.public_id, True, visit, student, student.campaign, photo, _end(link[1]) + days)
    found = session.scalar(select(Visit).where(Visit.receipt_nonce == nonce))
    counts = collected.of_visit(session, found) if found else None
    if found is None or counts is None or VisitState(found.state) not in PHOTOGRAPHED:
        return None
    issued = found.receipt_issued_at or found.state_since
    return Receipt(found.public_id, False, found, found.student, found.campaign, counts, issued + days)


def _end(day: date) -> datetime:
    """The last moment of the day at the site."""
    return datetime.combine(day, time.max, site_zone())


def with_seal(signer: Signer, address: str, said: Summary) -> str:
    """The address with its seal behind the #, as it stands in a QR code."""
    return f"{address}#{seal(signer, PURPOSE, said.to_bytes())}"


@dataclass(frozen=True, slots=True)
class Links:
    """Makes links to check photos; they open for `visit.receipt_days` from the day on which they are made."""

    settings: Settings
    made: date
    key: bytes = field(repr=False)
    signer: Signer = field(repr=False)

    @classmethod
    def of(cls, settings: Settings, now: datetime) -> Links:
        """Those of today. Raises `OSError`, and `ValueError` for a damaged key file."""
        key = secrets_store.read_or_make(settings, secrets_store.RECEIPT_KEY).encode()
        return cls(settings, day_of(now), key, Signer.of(settings))

    def plain(self, photo: str) -> str:
        """The address of the photo of that public id, for a message."""
        return receipts.address(self.settings.public_url, self.key, receipts.photo_nonce(photo, self.made))

    def sealed(self, photo: str, deliverable_sha256: str, number: int | None) -> str:
        """The same with its seal, for the QR code of a photo that counts. `number`: of the queue, if any."""
        until = self.made + timedelta(days=self.settings.visit.receipt_days)
        return with_seal(
            self.signer, self.plain(photo), Summary(number or 0, Result.ACCEPTED, until, deliverable_sha256)
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who has not checked yet, and what a link to their photo needs."""

    student: Student
    photo: str  # public id of the one that counts
    deliverable_sha256: str
    number: int | None  # of the queue; None where the photo was not taken at a kiosk, as of the language
    language: str | None


def unchecked(
    session: Session, campaign: Campaign, now: datetime, place: Mapping[str, str] = MappingProxyType({}),
    student: int | None = None,
) -> Iterator[Waiting]:  # fmt: skip
    """Everybody of `progress.unchecked`, in its order.

    `place` by `progress.LEVELS`, and the id of a `student`, leave out all others.
    """
    counts = (CollectedPhoto.student_id == Student.id) & collected.accepted()
    query = (
        progress.unchecked(campaign, now)
        .join(CollectedPhoto, counts)
        .outerjoin(Shot, Shot.id == CollectedPhoto.shot_id)
        .outerjoin(Visit, Visit.id == Shot.visit_id)
        .where(*(getattr(Student, level) == name for level, name in place.items()))
        .where(true() if student is None else Student.id == student)
        .add_columns(CollectedPhoto.public_id, CollectedPhoto.deliverable_sha256, Visit.number, Visit.language)
    )
    for row in session.execute(query.execution_options(yield_per=500)):
        yield Waiting(*row)
