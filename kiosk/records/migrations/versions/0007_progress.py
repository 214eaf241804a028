"""How far every branch is can be counted from indexes alone; a member of staff may belong to a branch.

Revision ID: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: Index → table and columns; those that were there held the student alone.
_WIDER = {
    "ix_package_line_student": ("package_line", ["student_id", "deliverable_sha256"]),
    "ix_result_student": ("registry_result", ["student_id", "deliverable_sha256", "id", "linked"]),
    "ix_student_check_student": ("student_check", ["student_id", "id", "confirmed", "deliverable_sha256"]),
    "ix_payment_student": ("payment", ["student_id", "kind", "cents"]),
}


def upgrade() -> None:
    """Add the column and the indexes."""
    op.add_column("staff", sa.Column("branch", sa.String(80), server_default="", nullable=False))
    place = ["campaign_id", "branch", "teaching_point", "class_name", "removed_at"]
    op.create_index("ix_student_place", "student", place)
    counts = ["student_id", "state", "taken_at", "stored_at", "deliverable_sha256"]
    op.create_index("ix_collected_counts", "collected_photo", counts)
    for name, (table, columns) in _WIDER.items():
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns)
