"""What the report of a day says, read from the records of one site: still facts, no words, no pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.domain.masking import mask_name, mask_number
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import audit, day_balance, day_figures, incidents
from kiosk.records.balance import COLLECTION_CODE
from kiosk.records.day_balance import DayBalance, Line
from kiosk.records.tables import Audit, AuditHead, Visit
from kiosk.settings import Settings


@dataclass(frozen=True, slots=True)
class Chain:
    """How far the audit chain was proved. `broken_at` None: whole, and `head` is the hash of its last entry."""

    rows: int
    broken_at: int | None
    head: str

    def to_json(self) -> dict[str, Any]:
        """`{"rows", "broken_at", "head"}`."""
        return {"rows": self.rows, "broken_at": self.broken_at, "head": self.head}


@dataclass(frozen=True, slots=True)
class Incident:
    """Somebody whose temperature stayed abnormal: contacts of the same half hour, what became of the notice."""

    visit: Visit
    contacts: int
    notice: str  # a state of the outbox, or `off`


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the report says, still without words. Valid while the session it was read in is open."""

    settings: Settings
    day: date
    made_at: datetime
    by: str
    language: str
    balances: list[DayBalance]
    decisions: list[Audit]
    stops: list[day_figures.Stop]
    incidents: list[Incident]
    retakes: dict[str, int]
    refusals: dict[str, int]
    chain: Chain

    @property
    def site(self) -> str:
        """How the site is called in the report."""
        return self.settings.site.code or self.settings.station.name

    @property
    def masked(self) -> bool:
        """Whether names and student numbers are masked on paper too."""
        return self.settings.day_report.names == "masked"

    @property
    def is_final(self) -> bool:
        """Whether every session of the day is closed and every sum holds."""
        return all(
            (found.session is None or found.session.closed_at is not None) and found.sum.holds
            for found in self.balances
        )

    def who(self, line: Line) -> tuple[str, str]:
        """Name and student number as this report may show them; the end of the code where there is no name."""
        if line.student is None:
            return (line.visits[0].code_sha256 or "")[-4:], ""
        if self.masked:
            return mask_name(line.student.name), mask_number(line.student.student_number, 2, 4)
        return line.student.name, line.student.student_number


def is_by_code(balance: DayBalance) -> bool:
    """Whether the campaign knows its people by collection codes alone."""
    return balance.campaign.identity_mode == COLLECTION_CODE


def read(session: Session, settings: Settings, day: date, by: str, language: str, now: datetime) -> Facts:
    """What the records say about the day at this site. Raises `Refusal` no_day where there is nothing."""
    site = settings.site.code
    balances = day_balance.of_day(session, day, site, now)
    if not balances:
        raise Refusal(Code.NO_DAY, {"day": day.isoformat()})
    minutes = settings.observation.contact_minutes
    stopped = [
        Incident(visit, len(incidents.contacts(session, visit, now, minutes)), incidents.notice(session, visit))
        for visit in reversed(incidents.of_day(session, day, site))
    ]
    return Facts(
        settings, day, now, by, language, balances, day_figures.overridden(session, day, site),
        day_figures.stops(session, day, site), stopped, day_figures.retakes(session, day, site),
        day_figures.refusals(session, day, site), prove(session),
    )  # fmt: skip


def prove(session: Session) -> Chain:
    """Walk the audit chain as `kiosk audit verify` does."""
    rows, broken_at = audit.verify(session)
    head = session.scalar(select(AuditHead.hash).where(AuditHead.id == 1))
    return Chain(rows, broken_at, head or audit.GENESIS)
