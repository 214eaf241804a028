"""Tables of a site's day: organisation, sites, time slots, notices, the opening, what was purged.

Times are aware UTC (`UtcDateTime`); a `day` is the day on the site's clock. Other modules' rows are pointed at by
id; the older tables point at none of these, so that a process that needs only those never has to load this module.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.records.tables import Base


class OrganisationUnit(Base):
    """One unit of the organisation: province → branch → work station → teaching point → class."""

    __tablename__ = "organisation_unit"
    __table_args__ = (
        UniqueConstraint("parent_id", "kind", "name", name="uq_unit_name"),
        Index("ix_unit_kind_name", "kind", "name"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation_unit.id"))
    kind: Mapped[str] = mapped_column(String(20))  # kiosk.domain.organisation.Kind
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))  # as rosters write it
    email: Mapped[str] = mapped_column(String(200), default="")  # where lists and notices for the unit go
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class Site(Base):
    """A place where photos are taken: its waiting area and seats decide how many students a slot takes."""

    __tablename__ = "site"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(200), default="")
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("organisation_unit.id"))
    waiting_metres: Mapped[float] = mapped_column(Float)  # length of the waiting line, metres
    seats: Mapped[int] = mapped_column(Integer, default=1)  # kiosks that photograph side by side
    student_seconds: Mapped[int] = mapped_column(Integer, default=180)  # at the seat; until the site has measured
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class CampaignDraft(Base):
    """A campaign that is being set up: it counts for nothing until it is published."""

    __tablename__ = "campaign_draft"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    content: Mapped[dict[str, Any]] = mapped_column()  # fields of kiosk.domain.campaign.CampaignFile so far
    step: Mapped[str] = mapped_column(String(20), default="")
    by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column()
    updated_at: Mapped[datetime] = mapped_column()
    version: Mapped[int] = mapped_column(Integer, default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Slot(Base):
    """A stretch of time at a site for students of one campaign. Slots of a site never overlap."""

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("site_id", "starts_at", name="uq_slot_start"),
        Index("ix_slot_day", "campaign_id", "day"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    day: Mapped[date] = mapped_column(Date)
    starts_at: Mapped[datetime] = mapped_column()
    ends_at: Mapped[datetime] = mapped_column()
    capacity: Mapped[int] = mapped_column(Integer)


class SlotAssignment(Base):
    """A student's place in a slot. What was moved or missed stays as history; one row a student is `due`."""

    __tablename__ = "slot_assignment"
    __table_args__ = (
        Index(
            "uq_assignment_due",
            "student_id",
            unique=True,
            sqlite_where=text("state = 'due'"),
            postgresql_where=text("state = 'due'"),
        ),
        Index("ix_assignment_slot", "slot_id", "state"),
        Index("ix_assignment_student", "student_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))
    state: Mapped[str] = mapped_column(String(10))  # due | came | missed | moved, see kiosk.records.planning
    offers: Mapped[int] = mapped_column(Integer, default=1)  # 1: the first slot offered, 2: after a no-show …
    assigned_at: Mapped[datetime] = mapped_column()
    by: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[datetime | None] = mapped_column()  # when it was moved or missed


class OutboxMessage(Base):
    """An e-mail that is to be sent once. `to`, subject and body are personal data and in no log."""

    __tablename__ = "outbox_message"
    __table_args__ = (Index("ix_outbox_due", "state", "next_try_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)  # also its Message-ID
    key: Mapped[str] = mapped_column(String(64), unique=True)  # what it is about: the same is never queued twice
    kind: Mapped[str] = mapped_column(String(40))  # slot_notice | slot_list | …
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    student_id: Mapped[int | None] = mapped_column(ForeignKey("student.id"))
    to: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    attachments: Mapped[list[Any]] = mapped_column(default=list)  # [{"name", "type", "base64"}]
    state: Mapped[str] = mapped_column(String(10))  # waiting | sending | sent | failed | unsure | cancelled
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    sender: Mapped[str] = mapped_column(String(40), default="")  # station whose worker is sending it
    next_try_at: Mapped[datetime | None] = mapped_column()
    error: Mapped[str | None] = mapped_column(String(40))  # kind of the last fault, never the server's words
    by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column()
    sent_at: Mapped[datetime | None] = mapped_column()
    purged_at: Mapped[datetime | None] = mapped_column()  # address and text were removed


class OpeningSignature(Base):
    """A line of the opening checklist that somebody signed; the newest row of a line counts."""

    __tablename__ = "opening_signature"
    __table_args__ = (Index("ix_opening_day", "day", "site", "line"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    site: Mapped[str] = mapped_column(String(40), default="")  # code; empty: the installation has but one
    checklist: Mapped[str] = mapped_column(String(40))
    checklist_version: Mapped[str] = mapped_column(String(20))
    line: Mapped[str] = mapped_column(String(40))
    value: Mapped[dict[str, Any]] = mapped_column(default=dict)  # by kind: {"text"}, {"value"}, {"devices"}
    picture_sha256: Mapped[str | None] = mapped_column(String(64))  # in the vault
    withdrawn: Mapped[bool] = mapped_column(Boolean, default=False)  # the signature before it was taken back
    signed_by: Mapped[str] = mapped_column(String(80))
    signed_at: Mapped[datetime] = mapped_column()


class HygieneLog(Base):
    """One disinfection or airing of a room, with its times."""

    __tablename__ = "hygiene_log"
    __table_args__ = (Index("ix_hygiene_day", "day", "site"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    site: Mapped[str] = mapped_column(String(40), default="")
    line: Mapped[str] = mapped_column(String(40))  # of the checklist: disinfection, ventilation …
    place: Mapped[str] = mapped_column(String(80), default="")
    starts_at: Mapped[datetime] = mapped_column()
    ends_at: Mapped[datetime] = mapped_column()
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column()  # when it was written down


class PurgeRecord(Base):
    """What one run removed of one kind of data; grows with the removal, in the same transaction."""

    __tablename__ = "purge_record"
    __table_args__ = (UniqueConstraint("run", "campaign_id", "kind", name="uq_purge_run"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    run: Mapped[str] = mapped_column(String(32))  # public id of the job
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    kind: Mapped[str] = mapped_column(String(20))  # answers | temperatures | messages …
    kept_days: Mapped[int] = mapped_column(Integer)
    before: Mapped[date] = mapped_column(Date)  # data of days before this one was due
    rows: Mapped[int] = mapped_column(Integer, default=0)
    started_at: Mapped[datetime] = mapped_column()
    ended_at: Mapped[datetime | None] = mapped_column()  # None: killed, or still running
    by: Mapped[str] = mapped_column(String(80))


class VaultPurge(Base):
    """A machine has removed its own files of what a purge removed; the purge ran on one machine alone."""

    __tablename__ = "vault_purge"
    __table_args__ = (UniqueConstraint("station", "record_id", name="uq_vault_purge"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    station: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int] = mapped_column(ForeignKey("purge_record.id"))
    files: Mapped[int] = mapped_column(Integer)  # that were there
    at: Mapped[datetime] = mapped_column()


class CampusCard(Base):
    """A campus card and whose it is. The card's number is kept as a keyed hash alone: it is short enough to guess.

    A card that was laid and is nobody's yet has no student number; staff may bind it while `seen_at` is recent.
    """

    __tablename__ = "campus_card"
    __table_args__ = (
        Index("ix_campus_card_student", "student_number"),
        Index("ix_campus_card_seen", "station", "seen_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    uid_hash: Mapped[str] = mapped_column(String(64), unique=True)  # kiosk.actions.campus_cards.uid_hash
    student_number: Mapped[str | None] = mapped_column(String(20))  # in whichever campaign
    source: Mapped[str] = mapped_column(String(10), default="")  # import | staff; empty: laid and not bound
    by: Mapped[str] = mapped_column(String(80), default="")
    at: Mapped[datetime] = mapped_column()  # when the row became what it is
    station: Mapped[str] = mapped_column(String(40), default="")  # where the unbound card was laid
    seen_at: Mapped[datetime | None] = mapped_column()


class DeviceCheck(Base):
    """One guided check of a kiosk's devices before opening; the newest row of a station and day counts."""

    __tablename__ = "device_check"
    __table_args__ = (Index("ix_device_check_day", "day", "station"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    station: Mapped[str] = mapped_column(String(40))
    passed: Mapped[bool] = mapped_column(Boolean)  # no step failed; skipped ones carry their reason
    steps: Mapped[dict[str, Any]] = mapped_column()  # kiosk.domain.device_check.Outcome.to_json() by step
    by: Mapped[str] = mapped_column(String(80))  # log-in
    at: Mapped[datetime] = mapped_column()
