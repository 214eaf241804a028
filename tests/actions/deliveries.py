"""A studio's photo whose file names nobody, as the worker keeps it."""

from __future__ import annotations

import secrets
from typing import Any

from kiosk.records.registry_tables import CollectedPhoto, Delivery
from tests.actions.desk import Desk


def delivered(desk: Desk, campaign: int = 1, **changes: Any) -> str:
    """A judged picture that came alone in its delivery; returns its id. `changes`: of the photo's columns."""
    photo = secrets.token_hex(16)
    facts: dict[str, Any] = {
        "public_id": photo, "campaign_id": campaign, "mode": "studio", "original_sha256": "1" * 64,
        "deliverable_sha256": "2" * 64, "profile": "chsi-2017-99", "verdict": "ask",
        "judgement": {"profile": "chsi-2017-99", "verdict": "pass", "checks": []}, "state": "candidate",
        "evidence": [{"code": "photo_not_named", "ask": True, "evidence": {}}], "stored_at": desk.now,
        "source_name": "IMG_1.jpg",
    }  # fmt: skip
    with desk.database.write() as session:
        delivery = Delivery(
            public_id=delivery_of(photo), campaign_id=campaign, mode="studio", sha256=secrets.token_hex(32),
            state="ready", file_name="张三.zip", problems=[["李四.jpg", "picture_unreadable"]], by="staff:li",
            at=desk.now,
        )  # fmt: skip
        session.add(delivery)
        session.flush()
        session.add(CollectedPhoto(**{**facts, "delivery_id": delivery.id, **changes}))
    return photo


def delivery_of(photo: str) -> str:
    """The id of the delivery in which the photo came."""
    return photo[::-1]
