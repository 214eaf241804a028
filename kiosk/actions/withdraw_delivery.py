"""Send a whole delivery back: what nobody has accepted yet is rejected."""

from __future__ import annotations

from sqlalchemy import select

from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.actions.collecting import PhotoId
from kiosk.domain.collection import Standing
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected
from kiosk.records.registry_tables import CollectedPhoto, Delivery


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR), needs_reason=True)
def withdraw_delivery(tx: Transaction, delivery: PhotoId) -> Outcome:
    """READY → WITHDRAWN; accepted photos of it stay. Raises `Refusal` not_found, not_now."""
    found = tx.session.scalar(select(Delivery).where(Delivery.public_id == delivery))
    if found is None:
        raise Refusal(Code.NOT_FOUND)
    if found.state != "ready":
        raise Refusal(Code.NOT_NOW, {"state": found.state})
    waiting = tx.session.scalars(
        select(CollectedPhoto).where(
            CollectedPhoto.delivery_id == found.id, CollectedPhoto.state == Standing.CANDIDATE.value
        )
    ).all()
    for photo in waiting:
        collected.settle(photo, Standing.REJECTED, str(tx.actor), tx.now, tx.reason)
    found.state = "withdrawn"
    tx.detail.update({"delivery": delivery, "rejected": len(waiting)})
    return {"delivery": delivery, "rejected": len(waiting)}
