"""Pictures that are still kept are found by their files and by their age without looking at every row.

Revision ID: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

#: Index → table and columns, over the rows whose files are kept.
_KEPT = {
    "ix_shot_kept": ("shot", ["stored_at", "id"]),
    "ix_shot_original": ("shot", ["original_sha256"]),
    "ix_shot_deliverable": ("shot", ["deliverable_sha256"]),
    "ix_collected_kept": ("collected_photo", ["campaign_id", "stored_at", "id"]),
    "ix_collected_original": ("collected_photo", ["original_sha256"]),
    "ix_collected_deliverable": ("collected_photo", ["deliverable_sha256"]),
}
_COUNTS = [
    "student_id", "state", "taken_at", "stored_at", "deliverable_sha256", "mode", "shot_id", "id", "purged_at",
]  # fmt: skip


def upgrade() -> None:
    """Add them; what is asked of everybody's photo knows of its files, too."""
    kept = sa.text("purged_at IS NULL")
    for name, (table, columns) in _KEPT.items():
        op.create_index(name, table, columns, sqlite_where=kept, postgresql_where=kept)
    op.drop_index("ix_collected_counts", table_name="collected_photo")
    op.create_index("ix_collected_counts", "collected_photo", _COUNTS)
