"""Everybody of a campaign is counted in the order in which what is known about them lies on the disk.

Revision ID: 0011
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    columns = ["campaign_id", "id", "branch", "teaching_point", "class_name", "removed_at"]
    op.create_index("ix_student_order", "student", columns)
