"""Tables of the way to the registry: photos from every mode, packages, results, checking, money, prints.

Times are aware UTC (`UtcDateTime`). The older tables point at none of these.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.records.tables import Base, kept


class Delivery(Base):
    """Photos that came in together: a studio's folder or zip, a company's delivery."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("campaign_id", "sha256", name="uq_delivery_sha256"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    mode: Mapped[str] = mapped_column(String(10))  # company | studio
    source: Mapped[str] = mapped_column(String(80), default="")  # who took them
    sha256: Mapped[str] = mapped_column(String(64))  # of the file: the same one counts once
    state: Mapped[str] = mapped_column(String(10))  # judging | ready | withdrawn
    file_name: Mapped[str] = mapped_column(String(200), default="")
    problems: Mapped[list[Any]] = mapped_column(default=list)  # files that came to nothing: [name, refusal code]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # by outcome
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column()


class CollectedPhoto(Base):
    """A photo of a student in a campaign, from whichever mode. One of them counts: the accepted one."""

    __tablename__ = "collected_photo"
    __table_args__ = (
        Index(
            "uq_collected_accepted",
            "student_id",
            unique=True,
            sqlite_where=text("state = 'accepted'"),
            postgresql_where=text("state = 'accepted'"),
        ),
        Index("ix_collected_student", "student_id"),
        Index(
            "ix_collected_counts",
            "student_id",
            "state",
            "taken_at",
            "stored_at",
            "deliverable_sha256",
            "mode",
            "shot_id",
            "id",
            "purged_at",
        ),
        kept("ix_collected_kept", "campaign_id", "stored_at", "id"),
        kept("ix_collected_original", "original_sha256"),
        kept("ix_collected_deliverable", "deliverable_sha256"),
        Index("ix_collected_state", "campaign_id", "state"),
        Index("ix_collected_delivery", "delivery_id"),
        Index("uq_collected_shot", "shot_id", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    student_id: Mapped[int | None] = mapped_column(ForeignKey("student.id"))  # None: matched to nobody yet
    mode: Mapped[str] = mapped_column(String(10))  # own | company | studio | kiosk
    shot_id: Mapped[int | None] = mapped_column(ForeignKey("shot.id"))  # kiosk
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"))  # company, studio
    original_sha256: Mapped[str] = mapped_column(String(64))
    deliverable_sha256: Mapped[str | None] = mapped_column(String(64))
    profile: Mapped[str] = mapped_column(String(40))
    verdict: Mapped[str] = mapped_column(String(8))  # pass | fail | ask; a sign in `evidence` makes a pass an ask
    judgement: Mapped[dict[str, Any]] = mapped_column()
    making: Mapped[dict[str, Any]] = mapped_column(default=dict)
    evidence: Mapped[list[Any]] = mapped_column(default=list)  # signs of a selfie or of editing
    state: Mapped[str] = mapped_column(String(10))  # candidate | accepted | replaced | rejected
    taken_at: Mapped[datetime | None] = mapped_column()  # where the file says it
    stored_at: Mapped[datetime] = mapped_column()
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column()
    reason: Mapped[str | None] = mapped_column(String(400))
    source_name: Mapped[str] = mapped_column(String(200), default="")  # of the file, in a delivery
    assigned_by: Mapped[str | None] = mapped_column(String(80))  # who said by hand whose photo it is
    purged_at: Mapped[datetime | None] = mapped_column()  # its files were removed from the vault


class UploadLink(Base):
    """A link by which a student sends in their own photo; only its hash is kept."""

    __tablename__ = "upload_link"
    __table_args__ = (Index("ix_upload_link_student", "student_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))
    expires_at: Mapped[datetime] = mapped_column()
    uploads: Mapped[int] = mapped_column(Integer, default=0)
    job: Mapped[str] = mapped_column(String(32), default="")  # that judges the last one
    by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column()


class Package(Base):
    """A reporting package that was made: what it holds, and the signature that proves it."""

    __tablename__ = "package"
    __table_args__ = (Index("ix_package_campaign", "campaign_id", "made_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)  # the job's
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    branch: Mapped[str] = mapped_column(String(80), default="")  # empty: all
    profile: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(200), default="")  # for whom it was encrypted
    parts: Mapped[list[Any]] = mapped_column(default=list)  # [{"name", "sha256", "bytes"}]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str] = mapped_column(String(32))  # of the signing key
    by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column()
    purged_at: Mapped[datetime | None] = mapped_column()  # its files were removed


class PackageLine(Base):
    """Who was reported in a package, with which picture."""

    __tablename__ = "package_line"
    __table_args__ = (
        UniqueConstraint("package_id", "ordinal", name="uq_package_line"),
        Index("ix_package_line_student", "student_id", "deliverable_sha256"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    package_id: Mapped[int] = mapped_column(ForeignKey("package.id"))
    ordinal: Mapped[int] = mapped_column(Integer)
    student_id: Mapped[int | None] = mapped_column(ForeignKey("student.id"))  # None: a collection code
    code_sha256: Mapped[str | None] = mapped_column(String(64))
    deliverable_sha256: Mapped[str] = mapped_column(String(64))


class ResultImport(Base):
    """One file of the registry's answers."""

    __tablename__ = "result_import"
    __table_args__ = (UniqueConstraint("campaign_id", "file_sha256", name="uq_result_import"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    package_id: Mapped[int | None] = mapped_column(ForeignKey("package.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[str] = mapped_column(String(64))
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column()


class RegistryResult(Base):
    """What the registry said of one person's picture; the newest row counts."""

    __tablename__ = "registry_result"
    __table_args__ = (
        Index("ix_result_student", "student_id", "deliverable_sha256", "id", "linked"),
        Index("ix_result_picture", "deliverable_sha256"),
        Index("ix_result_campaign", "campaign_id", "linked"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("result_import.id"))
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    student_id: Mapped[int | None] = mapped_column(ForeignKey("student.id"))
    code_sha256: Mapped[str | None] = mapped_column(String(64))
    deliverable_sha256: Mapped[str | None] = mapped_column(String(64))  # the picture it is about
    linked: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(String(40), default="")  # kiosk.domain.results.Reason
    reason_text: Mapped[str] = mapped_column(String(200), default="")  # the registry's own words
    at: Mapped[datetime] = mapped_column()


class StudentCheck(Base):
    """A student's own checking (核对): all is right, or a field is wrong."""

    __tablename__ = "student_check"
    __table_args__ = (
        Index("ix_student_check_student", "student_id", "deliverable_sha256", "id", "confirmed"),
        Index("ix_student_check_open", "campaign_id", "resolved_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))
    deliverable_sha256: Mapped[str | None] = mapped_column(String(64))  # the picture that was looked at
    confirmed: Mapped[bool] = mapped_column(Boolean)
    fields: Mapped[list[Any]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(String(400), default="")
    at: Mapped[datetime] = mapped_column()
    resolved_at: Mapped[datetime | None] = mapped_column()
    resolved_by: Mapped[str | None] = mapped_column(String(80))
    resolution: Mapped[str | None] = mapped_column(String(400))


class Payment(Base):
    """Money taken, waived or given back; rows are never changed, a mistake gets a row against it."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("campaign_id", "receipt_number", name="uq_payment_receipt"),
        Index("ix_payment_student", "student_id", "kind", "cents"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))
    kind: Mapped[str] = mapped_column(String(10))  # paid | waived | refunded
    cents: Mapped[int] = mapped_column(Integer)  # what was paid or given back; 0 where waived
    receipt_number: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(String(200), default="")
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column()


class HandOut(Base):
    """Something of paper that somebody collected or that was posted."""

    __tablename__ = "hand_out"
    __table_args__ = (UniqueConstraint("student_id", "kind", name="uq_hand_out"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))
    kind: Mapped[str] = mapped_column(String(20))  # prints
    way: Mapped[str] = mapped_column(String(10))  # collected | posted | proxy
    note: Mapped[str] = mapped_column(String(200), default="")
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column()


class CopyRequest(Base):
    """A student asked for their photo as a file; what was decided, and the link, known by its hash alone."""

    __tablename__ = "copy_request"
    __table_args__ = (
        Index("ix_copy_request_student", "student_id"),
        Index("uq_copy_request_token", "token_sha256", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))
    asked_by: Mapped[str] = mapped_column(String(80))  # phone, or a staff log-in
    asked_at: Mapped[datetime] = mapped_column()
    given_by: Mapped[str | None] = mapped_column(String(80))  # who decided
    given_at: Mapped[datetime | None] = mapped_column()
    decision: Mapped[str | None] = mapped_column(String(10))  # granted | refused
    reason: Mapped[str | None] = mapped_column(String(400))
    token_sha256: Mapped[str | None] = mapped_column(String(64))
    expires_at: Mapped[datetime | None] = mapped_column()
    downloads: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class FileLog(Base):
    """A file that came in or went out: who, what, when, how large; never a name or number out of it."""

    __tablename__ = "file_log"
    __table_args__ = (Index("ix_file_log_at", "at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    direction: Mapped[str] = mapped_column(String(4))  # in | out
    kind: Mapped[str] = mapped_column(String(30))  # roster | delivery | own_photo | package | result | prints | …
    reference: Mapped[str] = mapped_column(String(64), default="")  # public id of what it belongs to
    campaign: Mapped[str] = mapped_column(String(40), default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    bytes: Mapped[int] = mapped_column(Integer, default=0)
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column()
