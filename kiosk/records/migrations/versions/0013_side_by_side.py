"""What is known of everybody is read out of indexes alone, in the order of students and pictures.

Revision ID: 0013
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

#: Index → table and columns; those that were there held fewer, or in another order.
_WIDER = {
    "ix_collected_counts": (
        "collected_photo",
        ["student_id", "state", "taken_at", "stored_at", "deliverable_sha256", "mode", "shot_id", "id"],
    ),
    "ix_student_check_student": ("student_check", ["student_id", "deliverable_sha256", "id", "confirmed"]),
}


def upgrade() -> None:
    """Make the indexes anew."""
    for name, (table, columns) in _WIDER.items():
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns)
