"""Writes into the log of files who looks at photos that came in: a row a member, day and delivery.

A row for each of a thousand pictures of a page would hide what the log is read for. Photos without a delivery
(sent in by students, taken at the kiosk) are one row a member, day, campaign and way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.domain.queue import day_of
from kiosk.records import audit
from kiosk.records.registry_tables import CollectedPhoto, Delivery, FileLog
from kiosk.records.tables import Campaign
from kiosk.web.site import site

KIND = "pictures"


@dataclass(frozen=True)
class Look:
    """What is looked at: the delivery's public id, or the way. `known`: today's row is there."""

    reference: str
    campaign: str
    mode: str
    known: bool

    @classmethod
    def of(cls, session: Session, photo: CollectedPhoto) -> Look:
        """A look of the member who asks."""
        campaign = session.get_one(Campaign, photo.campaign_id).code
        delivery = session.get(Delivery, photo.delivery_id) if photo.delivery_id is not None else None
        reference = delivery.public_id if delivery is not None else photo.mode
        return cls(reference, campaign, photo.mode, _known(session, reference, campaign))


def note(look: Look) -> None:
    """Write the row, unless today's is there."""
    if look.known:
        return

    def write(session: Session) -> None:
        audit.lock(session)  # the pictures of a page are asked for side by side
        if not _known(session, look.reference, look.campaign):
            session.add(
                FileLog(
                    direction="out", kind=KIND, reference=look.reference, campaign=look.campaign,
                    detail={"mode": look.mode}, by=str(current_user.actor()), at=site().clock(),
                )
            )  # fmt: skip

    site().write(write)


def _known(session: Session, reference: str, campaign: str) -> bool:
    now = site().clock()
    rows = session.scalars(
        select(FileLog.at).where(
            FileLog.at > now - timedelta(days=1), FileLog.kind == KIND, FileLog.reference == reference,
            FileLog.campaign == campaign, FileLog.by == str(current_user.actor()),
        )
    )  # fmt: skip
    return any(day_of(at) == day_of(now) for at in rows)
