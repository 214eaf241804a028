"""What a site's day needs: organisation, schedule, notices, the opening, purging; observation and queue.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add its tables and columns."""
    _columns()
    _tables()


def _columns() -> None:
    """Columns of the older tables; rows that are there already get the default."""
    op.add_column(
        "campaign", sa.Column("cohort", sa.String(length=40), nullable=False, server_default=sa.text("''"))
    )
    op.add_column("campaign", sa.Column("intake_terms", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column(
        "campaign", sa.Column("earlier_students", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column(
        "campaign",
        sa.Column("late_policy", sa.String(length=10), nullable=False, server_default=sa.text("'hold'")),
    )
    op.add_column(
        "campaign", sa.Column("slot_minutes", sa.Integer(), nullable=False, server_default=sa.text("'30'"))
    )
    op.add_column("campaign", sa.Column("retention", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column(
        "campaign", sa.Column("opening", sa.String(length=40), nullable=False, server_default=sa.text("''"))
    )
    op.add_column(
        "campaign",
        sa.Column(
            "refuse_flags",
            sa.JSON(),
            nullable=False,
            server_default=sa.text("""'["check_digit", "number_invalid", "birth_mismatch"]'"""),
        ),
    )
    op.add_column(
        "campaign", sa.Column("source", sa.String(length=10), nullable=False, server_default=sa.text("'file'"))
    )
    op.add_column("declaration", sa.Column("purged_at", sa.DateTime(), nullable=True))
    op.add_column(
        "site_session", sa.Column("site", sa.String(length=40), nullable=False, server_default=sa.text("''"))
    )
    op.add_column(
        "site_session", sa.Column("opened_by", sa.String(length=80), nullable=False, server_default=sa.text("''"))
    )
    op.add_column("site_session", sa.Column("open_reason", sa.String(length=400), nullable=True))
    op.add_column(
        "site_session", sa.Column("open_missing", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
    )
    op.add_column(
        "site_session", sa.Column("closed_by", sa.String(length=80), nullable=False, server_default=sa.text("''"))
    )
    op.add_column("site_session", sa.Column("close_reason", sa.String(length=400), nullable=True))
    op.add_column(
        "site_session", sa.Column("priority_run", sa.Integer(), nullable=False, server_default=sa.text("'0'"))
    )
    op.add_column(
        "visit", sa.Column("priority", sa.String(length=20), nullable=False, server_default=sa.text("''"))
    )
    for name in ("held_at", "outside_until", "called_again_at"):
        op.add_column("visit", sa.Column(name, sa.DateTime(), nullable=True))
    op.add_column("visit", sa.Column("place_nonce", sa.String(length=64), nullable=True))
    op.create_index("ix_visit_place", "visit", ["place_nonce"], unique=True)
    op.add_column("station", sa.Column("caller_left_at", sa.DateTime(), nullable=True))
    op.add_column("student", sa.Column("late_admitted_at", sa.DateTime(), nullable=True))
    op.add_column("student", sa.Column("late_admitted_by", sa.String(length=80), nullable=True))
    op.add_column(
        "student", sa.Column("email", sa.String(length=200), nullable=False, server_default=sa.text("''"))
    )


def _tables() -> None:
    op.create_table(
        "campaign_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
    )
    op.create_table(
        "campus_card",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid_hash", sa.String(length=64), nullable=False),
        sa.Column("student_number", sa.String(length=20), nullable=True),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid_hash"),
    )
    op.create_index("ix_campus_card_seen", "campus_card", ["station", "seen_at"], unique=False)
    op.create_index("ix_campus_card_student", "campus_card", ["student_number"], unique=False)
    op.create_table(
        "hygiene_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("site", sa.String(length=40), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_hygiene_day", "hygiene_log", ["day", "site"], unique=False)
    op.create_table(
        "opening_signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("site", sa.String(length=40), nullable=False),
        sa.Column("checklist", sa.String(length=40), nullable=False),
        sa.Column("checklist_version", sa.String(length=20), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("picture_sha256", sa.String(length=64), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("signed_by", sa.String(length=80), nullable=False),
        sa.Column("signed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_opening_day", "opening_signature", ["day", "site", "line"], unique=False)
    op.create_table(
        "organisation_unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["organisation_unit.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
        sa.UniqueConstraint("parent_id", "kind", "name", name="uq_unit_name"),
    )
    op.create_index("ix_unit_kind_name", "organisation_unit", ["kind", "name"], unique=False)
    op.create_table(
        "purge_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("kept_days", sa.Integer(), nullable=False),
        sa.Column("before", sa.Date(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run", "campaign_id", "kind", name="uq_purge_run"),
    )
    op.create_table(
        "device_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_device_check_day", "device_check", ["day", "station"], unique=False)
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("waiting_metres", sa.Float(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("student_seconds", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["organisation_unit.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"]),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
        sa.UniqueConstraint("site_id", "starts_at", name="uq_slot_start"),
    )
    op.create_index("ix_slot_day", "slot", ["campaign_id", "day"], unique=False)
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("student_id", sa.Integer(), nullable=True),
        sa.Column("to", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=40), nullable=False),
        sa.Column("next_try_at", sa.DateTime(), nullable=True),
        sa.Column("error", sa.String(length=40), nullable=True),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("purged_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"]),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("public_id"),
    )
    op.create_index("ix_outbox_due", "outbox_message", ["state", "next_try_at"], unique=False)
    op.create_table(
        "slot_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"]),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_assignment_slot", "slot_assignment", ["slot_id", "state"], unique=False)
    op.create_index("ix_assignment_student", "slot_assignment", ["student_id"], unique=False)
    op.create_index(
        "uq_assignment_due",
        "slot_assignment",
        ["student_id"],
        unique=True,
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
