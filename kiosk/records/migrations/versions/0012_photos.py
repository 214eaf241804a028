"""Photos say who assigned them by hand, and when their files were removed from the vault.

Revision ID: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("collected_photo", sa.Column("assigned_by", sa.String(length=80), nullable=True))
    for table in ("collected_photo", "shot"):
        op.add_column(table, sa.Column("purged_at", sa.DateTime(), nullable=True))
