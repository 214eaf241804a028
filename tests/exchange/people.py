"""Puts students with visits and photos into the records, in every state that matters for a package."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.domain.states import VisitState
from kiosk.records import collected
from kiosk.records.database import Database
from kiosk.records.tables import Campaign, Shot, SiteSession, Student, Visit
from kiosk.records.vault import Vault
from tests.exchange.conftest import NOW
from tests.exchange.rosters import student as roster_row


def picture(text: str) -> bytes:
    """Bytes that stand for a JPEG; a package never looks inside."""
    return b"\xff\xd8\xff\xe0" + text.encode() * 50 + b"\xff\xd9"


@dataclass
class People:
    """Adds people to one campaign."""

    database: Database
    vault: Vault
    campaign: str

    def student(self, serial: int, **changes: str) -> int:
        """Add a student of the roster; returns the record's id."""
        row = roster_row(serial)
        values = {
            "school_code": "51161", "student_number": row["学号"], "name": row["姓名"], "sex": row["性别"],
            "id_number": row["证件号码"], "major_name": row["专业名称"], "sequence": row["序号"],
        }  # fmt: skip
        with self.database.write() as session:
            found = Student(campaign_id=self._campaign(session).id, **{**values, **changes})
            session.add(found)
            session.flush()
            return found.id

    def visit(self, state: VisitState, student: int | None = None, code: bytes | None = None) -> int:
        """Add a visit in that state; returns the record's id."""
        with self.database.write() as session:
            campaign = self._campaign(session)
            visit = Visit(
                public_id=secrets.token_hex(16), campaign_id=campaign.id, session_id=self._site(session, campaign),
                student_id=student, code=code, code_sha256=secrets.token_hex(32) if code is None else code.hex(),
                assurance="typed", state=state.value, state_since=NOW, created_at=NOW,
            )  # fmt: skip
            if code is None:
                visit.code_sha256 = None
            session.add(visit)
            session.flush()
            return visit.id

    def photo(
        self,
        visit: int,
        content: bytes,
        verdict: str = "pass",
        decision: str | None = None,
        accepted_at: datetime = NOW,
    ) -> str:
        """Give the visit an accepted photo; returns its hash in the vault."""
        digest = self.vault.put(content)
        with self.database.write() as session:
            shot = Shot(
                public_id=secrets.token_hex(16), visit_id=visit, ordinal=1, original_sha256=digest,
                deliverable_sha256=digest, profile="chsi-2017-99", verdict=verdict, judgement={}, making={},
                triggered_at=accepted_at - timedelta(seconds=9), taken_at=accepted_at - timedelta(seconds=8),
                stored_at=accepted_at, accepted_at=accepted_at, staff_decision=decision,
            )  # fmt: skip
            session.add(shot)
            session.flush()
            owner = session.get_one(Visit, visit)
            owner.accepted_shot_id = shot.id
            collected.keep_shot(session, owner, shot, "test", accepted_at)
        return digest

    def ready(self, serial: int, **changes: str) -> str:
        """A student with a photo that may go; returns its hash."""
        visit = self.visit(VisitState.DONE, self.student(serial, **changes))
        return self.photo(visit, picture(f"photo {serial}"))

    def _campaign(self, session: Session) -> Campaign:
        return session.scalars(select(Campaign).where(Campaign.code == self.campaign)).one()

    @staticmethod
    def _site(session: Session, campaign: Campaign) -> int:
        site = session.scalar(select(SiteSession).where(SiteSession.campaign_id == campaign.id))
        if site is None:
            site = SiteSession(campaign_id=campaign.id, day=NOW.date(), opened_at=NOW)
            session.add(site)
            session.flush()
        return site.id
