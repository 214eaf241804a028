"""Two sites of one campaign have a session each on the same day, and each its own queue numbers.

Revision ID: 0008
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The site belongs to the key; SQLite writes the table anew for it."""
    with op.batch_alter_table("site_session") as table:
        table.drop_constraint("uq_session_day", type_="unique")
        table.create_unique_constraint("uq_session_day", ["campaign_id", "day", "site"])
