"""Photos that came in without a kiosk, as rows."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from kiosk.records import collected
from kiosk.records.registry_tables import CollectedPhoto
from kiosk.records.tables import Student
from kiosk.records.vault import Vault
from tests.actions.desk import Desk


def came(desk: Desk, student: int | None, mode: str = "studio", content: bytes = b"", counts: bool = True) -> str:
    """A photo of the student that staff accepted, or that still waits; answers its public id.

    Where another one counted it is replaced. `content` is the finished picture, which is put into the vault.
    """
    picture = content or secrets.token_bytes(8)
    digest = Vault(desk.settings.data / "vault").put(picture)
    public_id = secrets.token_hex(16)

    with desk.database.write() as session:
        campaign = session.get_one(Student, student or 1).campaign_id
        row = CollectedPhoto(
            public_id=public_id, campaign_id=campaign, student_id=student, mode=mode, original_sha256=digest,
            deliverable_sha256=digest, profile="chsi-2017-99", verdict="pass", judgement={}, state="candidate",
            stored_at=desk.now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        if counts:
            collected.make_count(session, row, "staff:li", desk.now)
    return public_id


def digest_of(desk: Desk, public_id: str) -> str:
    """The SHA-256 of a photo's finished picture."""
    with desk.database.read() as session:
        found = session.scalars(select(CollectedPhoto).where(CollectedPhoto.public_id == public_id)).one()
        return str(found.deliverable_sha256)
