"""Every table of the records. The migrations make them; a test holds both against each other."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from kiosk.domain.collection import Mode
from kiosk.domain.identity import DEFAULT_REFUSED


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored as naive UTC so that SQLite and PostgreSQL compare alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Refuse naive values: a local time in the records would be off by hours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime in the records")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Common base of the tables."""

    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


def kept(name: str, *columns: str) -> Index:
    """An index over the rows whose files are still kept (`purged_at`): those of years ago make it no larger."""
    still = text("purged_at IS NULL")
    return Index(name, *columns, sqlite_where=still, postgresql_where=still)


class Campaign(Base):
    """One round of photographing: whom, how identified, by which standard, until when."""

    __tablename__ = "campaign"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    title_zh: Mapped[str] = mapped_column(String(120))
    title_en: Mapped[str] = mapped_column(String(120))
    identity_mode: Mapped[str] = mapped_column(String(20))  # id-card | collection-code
    assurances: Mapped[list[Any]] = mapped_column(default=lambda: ["chip_verified", "code", "typed"])
    refuse_flags: Mapped[list[Any]] = mapped_column(default=lambda: list(DEFAULT_REFUSED))  # domain.identity.Flag
    profile: Mapped[str] = mapped_column(String(40))
    screening: Mapped[str] = mapped_column(String(40))  # file name in config/screening without .toml
    school_codes: Mapped[list[Any]] = mapped_column(default=list)  # e.g. ["51161"]; empty = any known one
    modes: Mapped[list[Any]] = mapped_column(default=lambda: [mode.value for mode in Mode])  # how photos may come
    own_auto: Mapped[bool] = mapped_column(Boolean, default=False)  # own photos that pass count without staff
    temperature_required: Mapped[bool] = mapped_column(Boolean, default=True)
    shots: Mapped[int] = mapped_column(Integer, default=3)
    validity_days: Mapped[int] = mapped_column(Integer, default=365)
    capture_from: Mapped[date] = mapped_column(Date)
    capture_until: Mapped[date] = mapped_column(Date)
    roster_deadline: Mapped[date | None] = mapped_column(Date)
    upload_on: Mapped[date | None] = mapped_column(Date)
    check_until: Mapped[date | None] = mapped_column(Date)  # students check picture and data until then
    fee_cents: Mapped[int] = mapped_column(Integer, default=1500)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    cohort: Mapped[str] = mapped_column(String(40), default="")  # e.g. 2027 春季毕业生
    intake_terms: Mapped[list[Any]] = mapped_column(default=list)  # e.g. ["202409"]; empty = any
    earlier_students: Mapped[bool] = mapped_column(Boolean, default=True)  # earlier terms, photo over a year old
    late_policy: Mapped[str] = mapped_column(
        String(10), default="hold"
    )  # hold | admit, for rows after the deadline
    slot_minutes: Mapped[int] = mapped_column(Integer, default=30)
    retention: Mapped[dict[str, Any]] = mapped_column(default=dict)  # days by kind, see kiosk.domain.campaign
    opening: Mapped[str] = mapped_column(String(40), default="")  # file of config/opening; empty = the site's
    source: Mapped[str] = mapped_column(String(10), default="file")  # file | page, which is not reloaded


class Student(Base):
    """One roster row: a graduate who is to be photographed in a campaign."""

    __tablename__ = "student"
    __table_args__ = (
        UniqueConstraint("campaign_id", "id_number", name="uq_student_id_number"),
        UniqueConstraint("campaign_id", "student_number", name="uq_student_student_number"),
        Index("ix_student_id_number", "id_number"),
        Index("ix_student_name", "campaign_id", "name"),
        Index("ix_student_place", "campaign_id", "branch", "teaching_point", "class_name", "removed_at"),
        Index("ix_student_order", "campaign_id", "id", "branch", "teaching_point", "class_name", "removed_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    sequence: Mapped[str] = mapped_column(String(20), default="")
    school_code: Mapped[str] = mapped_column(String(10))
    school_name: Mapped[str] = mapped_column(String(80), default="")
    student_number: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    sex: Mapped[str] = mapped_column(String(4), default="")
    id_type: Mapped[str] = mapped_column(String(40), default="")
    id_number: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(20), default="")
    major_code: Mapped[str] = mapped_column(String(20), default="")
    major_name: Mapped[str] = mapped_column(String(80), default="")
    study_form: Mapped[str] = mapped_column(String(20), default="")
    branch: Mapped[str] = mapped_column(String(80), default="")
    teaching_point: Mapped[str] = mapped_column(String(80), default="")
    class_name: Mapped[str] = mapped_column(String(80), default="")
    intake: Mapped[str] = mapped_column(String(20), default="")
    expected_graduation: Mapped[str] = mapped_column(String(20), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    remark: Mapped[str] = mapped_column(String(200), default="")
    late: Mapped[bool] = mapped_column(Boolean, default=False)  # imported after the roster deadline
    late_admitted_at: Mapped[datetime | None] = mapped_column()  # headquarters let the late row in
    late_admitted_by: Mapped[str | None] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(200), default="")
    slot_from: Mapped[datetime | None] = mapped_column()
    slot_until: Mapped[datetime | None] = mapped_column()
    import_id: Mapped[int | None] = mapped_column(ForeignKey("roster_import.id"))
    removed_at: Mapped[datetime | None] = mapped_column()  # no longer on the roster; the row is never deleted
    campaign: Mapped[Campaign] = relationship()


class RosterImport(Base):
    """One import of a roster file and what it did."""

    __tablename__ = "roster_import"
    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column()
    by: Mapped[str] = mapped_column(String(80))
    added: Mapped[int] = mapped_column(Integer, default=0)
    changed: Mapped[int] = mapped_column(Integer, default=0)
    unchanged: Mapped[int] = mapped_column(Integer, default=0)
    skipped: Mapped[int] = mapped_column(Integer, default=0)
    removed: Mapped[int] = mapped_column(Integer, default=0)


class SiteSession(Base):
    """One day of a campaign at one site; queue numbers count within it."""

    __tablename__ = "site_session"
    __table_args__ = (UniqueConstraint("campaign_id", "day", "site", name="uq_session_day"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    day: Mapped[date] = mapped_column(Date)
    last_number: Mapped[int] = mapped_column(Integer, default=0)  # numbers are never reused
    opened_at: Mapped[datetime] = mapped_column()
    closed_at: Mapped[datetime | None] = mapped_column()
    site: Mapped[str] = mapped_column(String(40), default="")  # code of the site where it was opened
    opened_by: Mapped[str] = mapped_column(String(80), default="")  # empty: by itself, at the first visit
    open_reason: Mapped[str | None] = mapped_column(String(400))  # why it was opened with lines missing
    open_missing: Mapped[list[Any]] = mapped_column(default=list)  # lines of the checklist that were not signed
    closed_by: Mapped[str] = mapped_column(String(80), default="")
    close_reason: Mapped[str | None] = mapped_column(String(400))
    priority_run: Mapped[int] = mapped_column(Integer, default=0)  # priority calls in a row, see domain.queue


class Station(Base):
    """One kiosk: the page it shows, the visit in front of the screen, the visit that holds the seat."""

    __tablename__ = "station"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    seat: Mapped[str] = mapped_column(String(10), default="1")
    site: Mapped[str] = mapped_column(String(40), default="")  # code of the site where it stands
    campaign_code: Mapped[str] = mapped_column(String(40), default="")  # empty = the active campaign
    page: Mapped[str] = mapped_column(String(40), default="")  # the one browser page that may act
    mode: Mapped[str] = mapped_column(String(20), default="welcome")  # welcome | identify, while no visit is shown
    language: Mapped[str] = mapped_column(String(10), default="zh_CN")
    front_visit_id: Mapped[int | None] = mapped_column(
        ForeignKey("visit.id", name="fk_station_front", use_alter=True), unique=True
    )
    seat_visit_id: Mapped[int | None] = mapped_column(
        ForeignKey("visit.id", name="fk_station_seat", use_alter=True), unique=True
    )
    notice: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # {"code", "args", "at"}
    called_staff_at: Mapped[datetime | None] = mapped_column()
    caller_left_at: Mapped[datetime | None] = mapped_column()  # whoever called is not at the screen any more
    active_at: Mapped[datetime] = mapped_column()  # last press or event at the screen


class Visit(Base):
    """One student's way from card to receipt. Its history stands in `visit_state`."""

    __tablename__ = "visit"
    __table_args__ = (
        UniqueConstraint("session_id", "number", name="uq_visit_number"),
        Index("ix_visit_state", "session_id", "state"),
        Index("ix_visit_student", "student_id"),
        Index("ix_visit_code", "code_sha256"),
        Index("ix_visit_receipt", "receipt_nonce", unique=True),
        Index("ix_visit_place", "place_nonce", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)  # random; the only id pages see
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("site_session.id"))
    station_id: Mapped[int | None] = mapped_column(ForeignKey("station.id"))
    student_id: Mapped[int | None] = mapped_column(ForeignKey("student.id"))
    code: Mapped[bytes | None] = mapped_column(LargeBinary)  # the collection code's bytes, opaque
    code_sha256: Mapped[str | None] = mapped_column(String(64))
    assurance: Mapped[str] = mapped_column(String(20))  # chip_verified | uid_only | code | typed
    card: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # flags only, no card text
    state: Mapped[str] = mapped_column(String(20))
    resume_state: Mapped[str | None] = mapped_column(String(20))  # where PARKED or OBSERVATION came from
    state_since: Mapped[datetime] = mapped_column()
    number: Mapped[int | None] = mapped_column(Integer)
    missed_calls: Mapped[int] = mapped_column(Integer, default=0)  # called but not there: waits behind the others
    priority: Mapped[str] = mapped_column(String(20), default="")  # kiosk.domain.queue.PRIORITIES; empty: none
    held_at: Mapped[datetime | None] = mapped_column()  # keeps its place and is not called until released
    outside_until: Mapped[datetime | None] = mapped_column()  # the waiting area was full: to come back then
    called_again_at: Mapped[datetime | None] = mapped_column()  # recalled: the board says the number once more
    place_nonce: Mapped[str | None] = mapped_column(String(64))  # of the phone's page with the own place
    language: Mapped[str] = mapped_column(String(10), default="zh_CN")
    shots_allowed: Mapped[int] = mapped_column(Integer, default=3)
    shutter_for: Mapped[int | None] = mapped_column(Integer)  # ordinal of the shot that staff release by hand
    accepted_shot_id: Mapped[int | None] = mapped_column(
        ForeignKey("shot.id", name="fk_visit_accepted_shot", use_alter=True)
    )
    receipt_issued_at: Mapped[datetime | None] = mapped_column()
    receipt_nonce: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column()
    ended_at: Mapped[datetime | None] = mapped_column()
    end_code: Mapped[str | None] = mapped_column(String(40))  # why it was refused or cancelled
    version: Mapped[int] = mapped_column(Integer, default=1)
    campaign: Mapped[Campaign] = relationship()
    student: Mapped[Student | None] = relationship()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class VisitStateRow(Base):
    """A stretch of a visit in one state, so that every duration can be reported."""

    __tablename__ = "visit_state"
    __table_args__ = (
        Index("ix_visit_state_visit", "visit_id"),
        # a visit is in one state at a time
        Index(
            "uq_visit_state_open",
            "visit_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    state: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime] = mapped_column()
    ended_at: Mapped[datetime | None] = mapped_column()
    by: Mapped[str] = mapped_column(String(80))


class DataReport(Base):
    """A student's word that roster or card data is wrong."""

    __tablename__ = "data_report"
    __table_args__ = (Index("ix_data_report_visit", "visit_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    fields: Mapped[list[Any]] = mapped_column()
    note: Mapped[str] = mapped_column(String(400), default="")
    at: Mapped[datetime] = mapped_column()
    resolved_at: Mapped[datetime | None] = mapped_column()
    resolution: Mapped[str | None] = mapped_column(String(400))


class Declaration(Base):
    """A signed health declaration."""

    __tablename__ = "declaration"
    __table_args__ = (Index("ix_declaration_visit", "visit_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    ruleset: Mapped[str] = mapped_column(String(40))
    ruleset_version: Mapped[str] = mapped_column(String(20))
    answers: Mapped[dict[str, Any]] = mapped_column()
    passed: Mapped[bool] = mapped_column(Boolean)
    failed_questions: Mapped[list[Any]] = mapped_column(default=list)
    signed_at: Mapped[datetime] = mapped_column()
    purged_at: Mapped[datetime | None] = mapped_column()  # the answers were removed; that it passed stays


class TemperatureReading(Base):
    """One measured temperature."""

    __tablename__ = "temperature"
    __table_args__ = (Index("ix_temperature_visit", "visit_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    celsius: Mapped[float] = mapped_column(Float)
    abnormal: Mapped[bool] = mapped_column(Boolean)
    source: Mapped[str] = mapped_column(String(20))  # thermometer | typed
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column()


class Shot(Base):
    """One photo of a visit: the untouched original, the deliverable, and what was measured."""

    __tablename__ = "shot"
    __table_args__ = (
        UniqueConstraint("visit_id", "ordinal", name="uq_shot_ordinal"),
        kept("ix_shot_kept", "stored_at", "id"),
        kept("ix_shot_original", "original_sha256"),
        kept("ix_shot_deliverable", "deliverable_sha256"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)  # minted by the bridge: makes a retry quiet
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    ordinal: Mapped[int] = mapped_column(Integer)
    original_sha256: Mapped[str] = mapped_column(String(64))
    deliverable_sha256: Mapped[str | None] = mapped_column(String(64))  # None: no crop was possible
    profile: Mapped[str] = mapped_column(String(40))
    verdict: Mapped[str] = mapped_column(String(8))  # pass | fail | ask
    judgement: Mapped[dict[str, Any]] = mapped_column()  # Judgement.to_json()
    making: Mapped[dict[str, Any]] = mapped_column()  # crop, encoder, versions: all that makes it again
    triggered_at: Mapped[datetime] = mapped_column()
    taken_at: Mapped[datetime] = mapped_column()  # later than triggered_at, always
    stored_at: Mapped[datetime] = mapped_column()
    accepted_at: Mapped[datetime | None] = mapped_column()  # by the student
    staff_decision: Mapped[str | None] = mapped_column(String(10))  # accept | reject
    staff_decision_by: Mapped[str | None] = mapped_column(String(80))
    staff_decision_at: Mapped[datetime | None] = mapped_column()
    purged_at: Mapped[datetime | None] = mapped_column()  # its files were removed from the vault
    visit: Mapped[Visit] = relationship(foreign_keys=[visit_id])


class Staff(Base):
    """A person who may log in."""

    __tablename__ = "staff"
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(40), unique=True)
    display_name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(20))  # kiosk.actions.base.ROLES
    branch: Mapped[str] = mapped_column(
        String(80), default=""
    )  # whose progress the person sees; empty: every one's
    password_hash: Mapped[str] = mapped_column(String(200))
    pin_hash: Mapped[str | None] = mapped_column(String(200))  # opens a locked tablet; None: the password does
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    language: Mapped[str] = mapped_column(String(10), default="zh_CN")
    epoch: Mapped[int] = mapped_column(Integer, default=1)  # raised to end every session of the person
    created_at: Mapped[datetime] = mapped_column()
    last_login_at: Mapped[datetime | None] = mapped_column()


class SetupLink(Base):
    """A one-time link that makes the first administrator; only its hash is kept."""

    __tablename__ = "setup_link"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column()
    expires_at: Mapped[datetime] = mapped_column()
    used_at: Mapped[datetime | None] = mapped_column()


class Decision(Base):
    """One idempotency key and the answer it got, so that a repeated press gets the same answer quietly."""

    __tablename__ = "decision"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    action: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[str] = mapped_column(String(64))  # of action, actor and arguments
    outcome: Mapped[dict[str, Any]] = mapped_column()
    at: Mapped[datetime] = mapped_column()


class AuditHead(Base):
    """The end of the audit chain; the one row every decision locks."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer)
    hash: Mapped[str] = mapped_column(String(64))


class Audit(Base):
    """One decision or refusal. Rows are chained by hash; triggers refuse UPDATE and DELETE."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_visit", "visit"),)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column()
    action: Mapped[str] = mapped_column(String(40))
    result: Mapped[str] = mapped_column(String(40))  # done, or the refusal's code
    actor: Mapped[str] = mapped_column(String(80))
    visit: Mapped[str | None] = mapped_column(String(32))  # public id
    station: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(String(400))
    detail: Mapped[dict[str, Any]] = mapped_column()  # never personal data
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class Job(Base):
    """One piece of work for the worker, enqueued by name, with its progress and result."""

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    arguments: Mapped[dict[str, Any]] = mapped_column()
    state: Mapped[str] = mapped_column(String(10))  # queued | running | done | failed
    progress: Mapped[float] = mapped_column(Float, default=0.0)  # 0..1
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    error: Mapped[str | None] = mapped_column(Text)  # a refusal code
    by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column()
    finished_at: Mapped[datetime | None] = mapped_column()
